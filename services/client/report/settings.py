"""What `report` is told: flags and files, and nothing from the environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.settings import FlagParser


@dataclass(frozen=True)
class ReportSettings:
    """Which results to merge (`-` is standard input), and how to show them."""

    files: tuple[str, ...]
    json: bool = False
    html: Path | None = None

    @classmethod
    def load(cls, arguments: Sequence[str]) -> "ReportSettings":
        """Return the settings; raise SettingsInvalid; `--help` prints the help and raises SystemExit(0)."""
        options: dict[str, Any] = vars(_parser().parse_intermixed_args(arguments))
        return cls(tuple(options["files"]), options["json"], options["html"])


def _parser() -> FlagParser:
    # Not pydantic-settings, as everywhere else: it takes `a,b.json` for two files and `[1].json` for JSON. Nor are
    # there variables: which files to read is a matter of one call, and nothing that a container is configured with.
    parser = FlagParser(
        prog="python -m services.client report",
        description="Merge results of clients exactly: histograms are added, percentiles never averaged.",
        epilog="Exit code: 0 every byte came back in every run, 1 not, 2 a file or flag is wrong.",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="results, one by one or as lines of a log; -: stdin")
    parser.add_argument("--json", action="store_true", help="print the merged result as JSON instead of as text")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts as well")
    return parser
