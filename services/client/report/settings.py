"""The settings of `report`: flags only, no variables of the environment."""

import argparse
import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.client.outputs import why_unwritable
from services.client.thresholds import Limit, Thresholds
from shared.flags import FlagParser, SettingsInvalid
from shared.load.histogram import PERCENTILES


@dataclass(frozen=True)
class ReportSettings:
    """Which results to merge (`-` is standard input), and how to show them."""

    files: tuple[str, ...]
    json: bool = False
    csv: bool = False
    baseline: str | None = None
    html: Path | None = None
    live: bool = False
    percentiles: tuple[float, ...] = PERCENTILES
    thresholds: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def load(cls, arguments: Sequence[str]) -> "ReportSettings":
        """Return the settings; raise SettingsInvalid; `--help` prints the help and raises SystemExit(0)."""
        options: dict[str, Any] = vars(_parser().parse_intermixed_args(arguments))
        thresholds = Thresholds(**{limit.value: options.pop(limit.value) for limit in Limit})
        settings = cls(**(options | {"files": tuple(options["files"])}), thresholds=thresholds)
        settings._expect_what_can_be_known()
        return settings

    def _expect_what_can_be_known(self) -> None:
        """Refuse now what would fail when everything is read. Raises SettingsInvalid."""
        if self.live and self.files != ("-",):
            raise SettingsInvalid("--live follows standard input: FILE should be - alone")
        if self.baseline == "-" and "-" in self.files:
            raise SettingsInvalid("--baseline is '-': standard input is FILE already")
        read = self.files if self.baseline is None else (*self.files, self.baseline)
        why = None if self.html is None else why_unwritable(self.html, read)
        if why is not None:
            raise SettingsInvalid(f"--html is {str(self.html)!r}: cannot be written ({why})")


def _parser() -> FlagParser:
    # argparse, and not pydantic-settings as elsewhere, which would take `a,b.json` for two files and `[1].json` for
    # JSON. No variables of the environment: nobody configures a container with the files that one call is to read.
    parser = FlagParser(
        prog="python -m services.client report",
        description="Merge results of clients exactly: histograms are added, percentiles never averaged.",
        epilog="Exit code: 0 every byte came back in every run; 1 not, or a run is missing; 2 a file or flag is wrong; "
        "99 a threshold was missed: one of a flag, or else one that the loads were given.",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="results, one by one or as lines of a log; -: stdin")
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print the merged result as JSON instead of as text")
    printed.add_argument("--csv", action="store_true", help="print a row for all, each replica and each step as CSV")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts as well")
    parser.add_argument("--baseline", metavar="FILE", help="show beside an earlier load how each figure has changed")
    parser.add_argument(
        "--live", action="store_true", help="show on stderr how the replicas do, as long as standard input lasts"
    )
    parser.add_argument(
        "--percentiles", type=_percentiles, default=PERCENTILES, metavar="P,P", help="of the latency: 50,99,99.999"
    )
    for limit, most, what in (
        (Limit.P99, math.inf, "the merged latency's 99th percentile is higher, in us"),
        (Limit.ERROR_RATE, 1, "errors / (errors + verified messages) is higher"),
        (Limit.RATE, math.inf, "all runs together verified fewer messages a second"),
    ):
        flag = f"--{limit.value.replace('_', '-')}"
        parser.add_argument(flag, type=_number(most), metavar="N", help=f"exit 99 if {what}")
    return parser


def _number(most: float) -> Callable[[str], float]:
    def parsed(text: str) -> float:
        with contextlib.suppress(ValueError):
            if 0 <= (value := float(text)) <= most and value < math.inf:
                return value
        raise argparse.ArgumentTypeError(
            f"is {text!r}: should be a number {'from 0 on' if most > 1 else 'from 0 to 1'}"
        )

    return parsed


def _percentiles(text: str) -> tuple[float, ...]:
    with contextlib.suppress(ValueError):
        found = [float(part) for part in text.split(",")]
        if all(0 < p < 100 for p in found):  # noqa: PLR2004 -- percent
            return tuple(sorted(set(found)))
    raise argparse.ArgumentTypeError(f"is {text!r}: should be numbers between 0 and 100, with commas between them")
