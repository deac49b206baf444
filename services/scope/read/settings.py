"""What `read` is told: flags and files, and nothing from the environment."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.scope.words.words import Lang
from shared.settings import FlagParser, SettingsInvalid

_MAX_PORT = 65_535
_MAX_DIGITS = 9


@dataclass(frozen=True)
class ReadSettings:
    """Which capture and call records to read (`-` is standard input), and how to show them."""

    file: str
    calls: tuple[str, ...] = ()
    json: bool = False
    svg: Path | None = None
    explain: bool = False
    lang: Lang = "en"
    port: int | None = None
    conversation: int | None = None

    @classmethod
    def load(cls, arguments: Sequence[str]) -> Self:
        """Return the settings; raise SettingsInvalid; `--help` prints the help and raises SystemExit(0)."""
        options = vars(_parser().parse_args(arguments))
        if [options["file"], *options["calls"]].count("-") > 1:
            raise SettingsInvalid("- is given more than once: standard input can be read once only")
        return cls(**options | {"calls": tuple(options["calls"])})


def _parser() -> FlagParser:
    # Not pydantic-settings, as everywhere else: it takes `a,b.pcap` for two files. Nor are there variables: which files
    # to read is a matter of one call, and nothing that a container is configured with.
    parser = FlagParser(
        prog="python -m services.scope read",
        description="Draw the TCP conversations of a capture, joined with the socket calls of both ends.",
        epilog="Exit code: 0 something was shown, 1 there was nothing to show, 2 a file or flag is wrong.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="capture, pcap or pcapng; -: stdin")
    parser.add_argument(
        "--calls",
        action="append",
        default=[],
        metavar="FILE",
        help="strace's text (strace -f -ttt -T -yy), or call records: NDJSON, or a service's JSON log at debug; "
        "-: stdin; may be given for each file",
    )
    parser.add_argument("--json", action="store_true", help="print the data instead of the drawing")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write a picture of one conversation as well")
    parser.add_argument("--explain", action="store_true", help="say with each row what happened and why")
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of what is drawn and explained")
    parser.add_argument(
        "--port",
        type=_from_1_to(_MAX_PORT),
        metavar="N",
        help="the server's port, where the capture has no handshake that tells",
    )
    parser.add_argument("--conversation", type=_from_1_to(None), metavar="K", help="only the K-th")
    return parser


def _from_1_to(most: int | None) -> Callable[[str], int]:
    def number(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and 1 <= int(text) <= (most or int(text)):
            return int(text)
        up_to = f" to {most}" if most else ""
        raise argparse.ArgumentTypeError(f"is {text!r}: should be a number from 1{up_to}")

    return number
