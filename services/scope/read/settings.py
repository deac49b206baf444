"""The settings of `read`: flags only, no variables of the environment."""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from services.scope.columns import Column
from services.scope.gaps import Remark
from services.scope.model import Outcome
from services.scope.notes import NoteKind
from services.scope.read.choosing import ANYTHING, NOTES, Address, Choice, Numbers
from services.scope.read.expecting import ANYHOW, Expectations, Expected
from services.scope.words.words import Lang, Words
from shared.flags import FlagParser, SettingsInvalid

T = TypeVar("T")

ADDRESS_RULE = "an address, a network, or a port, alone or with an address: 10.0.0.1, 10.0.0.0/8, :80, [::1]:80"

# The values of --forbid: the notes of --note, and some outcomes.
_FORBIDDEN: dict[str, frozenset[NoteKind | Outcome]] = {
    **NOTES,
    **{str(outcome): frozenset((outcome,)) for outcome in (Outcome.RESET, Outcome.REFUSED, Outcome.UNANSWERED)},
}

_OUTCOMES = {str(outcome): frozenset((outcome,)) for outcome in Outcome}

_MAX_PORT = 65_535
_MAX_DIGITS = 9

_MS_RULE = "a number of milliseconds, above 0"


@dataclass(frozen=True)
class ReadSettings:
    """Which captures (or JSON of --json) and call records to read (`-` is standard input), and how to show them."""

    files: tuple[str, ...]
    calls: tuple[str, ...] = ()
    json: bool = False
    svg: Path | None = None
    explain: bool = False
    lang: Lang = "en"
    port: int | None = None
    conversation: Numbers | None = None
    choice: Choice = ANYTHING
    table: bool = False
    sort: Column = Column.NUMBER
    expectations: Expectations = ANYHOW
    junit: Path | None = None
    html: Path | None = None

    @property
    def name(self) -> str:
        """The name of all that is read."""
        return ", ".join(self.files)

    @classmethod
    def load(cls, arguments: Sequence[str]) -> Self:
        """Return the settings; raise SettingsInvalid; `--help` prints the help and raises SystemExit(0)."""
        options = vars(_parser().parse_args(arguments))
        words = Words(options["lang"])
        if [*options["files"], *options["calls"]].count("-") > 1:
            raise SettingsInvalid(words.remark(Remark.STDIN_TWICE))
        if options["json"] and options["table"]:
            raise SettingsInvalid(words.remark(Remark.LIST_AND_JSON))
        outcomes, notes, addresses = (options.pop(name) for name in ("outcome", "note", "address"))
        choice = Choice(frozenset().union(*outcomes), frozenset().union(*notes), tuple(addresses))
        ends, forbidden = (frozenset().union(*options.pop(name)) for name in ("expect", "forbid"))
        limits = (options.pop(name) for name in ("max_handshake_ms", "max_duration_ms", "conversations"))
        expectations = Expectations(ends, forbidden, *limits)
        if options["junit"] is not None and not expectations.named:
            raise SettingsInvalid(words.remark(Remark.NOTHING_TO_JUDGE, flags=", ".join(Expected)))
        files, calls = tuple(options["files"]), tuple(options["calls"])
        given = {"files": files, "calls": calls, "choice": choice, "expectations": expectations}
        return cls(**options | given)


def _parser() -> FlagParser:
    # argparse, and not pydantic-settings as elsewhere, which would take `a,b.pcap` for two files. No variables of the
    # environment: nobody configures a container with the files that one call is to read.
    parser = FlagParser(
        prog="python -m services.scope read",
        description="Draw the TCP conversations of a capture, joined with the socket calls of both ends.",
        epilog="Exit code: 0 something was shown, 1 there was nothing to show, 2 a file or flag is wrong, "
        "99 an expectation was missed.",
        allow_abbrev=False,
    )
    _add_inputs(parser)
    parser.add_argument("--json", action="store_true", help="print the data instead of the drawing")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write a picture of one conversation as well")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with all of them, to step through")
    parser.add_argument("--explain", action="store_true", help="say with each row what happened and why")
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of what is drawn, explained and remarked"
    )
    parser.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help="the server's port, where the capture has no handshake that tells",
    )
    _add_choice(parser)
    _add_table(parser)
    _add_expectations(parser)
    return parser


def _add_inputs(parser: FlagParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="capture, pcap or pcapng, or a ladder's JSON; -: stdin; several captures of the same connections, "
        "taken at other points of their path, become one: when a segment left, when it arrived, where it was lost; "
        "the conversations of several ladders are read one after another, in the order in which they began",
    )
    parser.add_argument(
        "--calls",
        action="append",
        default=[],
        metavar="FILE",
        help="strace's text (strace -f -ttt -T -yy), or call records: NDJSON, or a service's JSON log at debug; "
        "-: stdin; may be given for each file",
    )


def _add_choice(parser: FlagParser) -> None:
    parser.add_argument(
        "--conversation",
        type=_parsed(Numbers, "numbers from 1, as 3,7,10-20"),
        metavar="N",
        help="only these: 3,7,10-20",
    )
    parser.add_argument(
        "--outcome",
        action="append",
        default=[],
        type=_read_some_of(_OUTCOMES),
        metavar="NAME",
        help="only those that ended so: closed, reset, refused, unanswered, open",
    )
    parser.add_argument(
        "--note",
        action="append",
        default=[],
        type=_read_some_of(NOTES),
        metavar="NAME",
        help="only those with such a note: retransmission, zero-window, port-reused, ...; an unknown one lists all",
    )
    parser.add_argument(
        "--address",
        action="append",
        default=[],
        type=_parsed(Address.parse, ADDRESS_RULE),
        metavar="IP",
        help="only those of this address (10.0.0.1), network (10.0.0.0/8) or port (:80, 10.0.0.1:80)",
    )


def _add_table(parser: FlagParser) -> None:
    parser.add_argument(
        "--list", action="store_true", dest="table", help="a table instead of drawings; more than ten are always listed"
    )
    parser.add_argument(
        "--sort",
        type=_parsed(Column, f"one of {', '.join(Column)}"),
        default=Column.NUMBER,
        metavar="COLUMN",
        help=f"by what the table is sorted: {', '.join(Column)}",
    )


def _add_expectations(parser: FlagParser) -> None:
    parser.add_argument(
        "--expect",
        action="append",
        default=[],
        type=_read_some_of(_OUTCOMES),
        metavar="NAME",
        help="each conversation that is shown ends so, or in one of these, else the exit code is 99: closed, ...",
    )
    parser.add_argument(
        "--forbid",
        action="append",
        default=[],
        type=_read_some_of(_FORBIDDEN),
        metavar="NAME",
        help="none has such a note, or end: retransmission, zero-window, reset (any RST), refused, unanswered, ...",
    )
    for name, what in (("handshake", "no handshake takes longer"), ("duration", "no conversation takes longer")):
        parser.add_argument(f"--max-{name}-ms", type=_parsed(_milliseconds, _MS_RULE), metavar="MS", help=what)
    parser.add_argument(
        "--conversations",
        type=_parsed(_count, "a number from 0"),
        metavar="N",
        help="so many are shown, no more and no less",
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write what was expected and missed for CI (JUnit's XML)"
    )


def _parsed(parse: Callable[[str], T], rule: str) -> Callable[[str], T]:
    """Return a parser of a flag's value; its error names the rule."""

    def parsed(text: str) -> T:
        try:
            return parse(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"is {text!r}: should be {rule}") from None

    return parsed


def _read_some_of(values: Mapping[str, frozenset[T]]) -> Callable[[str], frozenset[T]]:
    """Return a parser of names with commas between them; its error lists the names."""

    def parsed(text: str) -> frozenset[T]:
        names = text.split(",")
        if unknown := [name for name in names if name not in values]:
            raise argparse.ArgumentTypeError(f"is {unknown[0]!r}: should be one of {', '.join(values)}")
        return frozenset().union(*(values[name] for name in names))

    return parsed


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and 1 <= int(text) <= _MAX_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"is {text!r}: should be a number from 1 to {_MAX_PORT}")


def _milliseconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(text)
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise ValueError(text)
    return int(text)
