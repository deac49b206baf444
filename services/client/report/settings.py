"""What `report` is told: flags and files, and nothing from the environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.client.outputs import why_unwritable
from shared.settings import FlagParser, SettingsInvalid


@dataclass(frozen=True)
class ReportSettings:
    """Which results to merge (`-` is standard input), and how to show them."""

    files: tuple[str, ...]
    json: bool = False
    html: Path | None = None
    live: bool = False

    @classmethod
    def load(cls, arguments: Sequence[str]) -> "ReportSettings":
        """Return the settings; raise SettingsInvalid; `--help` prints the help and raises SystemExit(0)."""
        options: dict[str, Any] = vars(_parser().parse_intermixed_args(arguments))
        settings = cls(**(options | {"files": tuple(options["files"])}))
        settings._expect_what_can_be_known()
        return settings

    def _expect_what_can_be_known(self) -> None:
        """Refuse now what would fail when everything is read. Raises SettingsInvalid."""
        if self.live and self.files != ("-",):
            raise SettingsInvalid("--live follows standard input: FILE should be - alone")
        why = None if self.html is None else why_unwritable(self.html, self.files)
        if why is not None:
            raise SettingsInvalid(f"--html is {str(self.html)!r}: cannot be written ({why})")


def _parser() -> FlagParser:
    # Not pydantic-settings, as everywhere else: it takes `a,b.json` for two files and `[1].json` for JSON. Nor are
    # there variables: which files to read is a matter of one call, and nothing that a container is configured with.
    parser = FlagParser(
        prog="python -m services.client report",
        description="Merge results of clients exactly: histograms are added, percentiles never averaged.",
        epilog="Exit code: 0 every byte came back in every run, 1 not, or one is missing; 2 a file or flag is wrong.",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="results, one by one or as lines of a log; -: stdin")
    parser.add_argument("--json", action="store_true", help="print the merged result as JSON instead of as text")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts as well")
    parser.add_argument(
        "--live", action="store_true", help="show on stderr how the replicas do, as long as standard input lasts"
    )
    return parser
