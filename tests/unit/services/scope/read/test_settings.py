"""What `read` takes, and how it says no."""

from pathlib import Path

import pytest

from services.scope.columns import Column
from services.scope.model import Outcome
from services.scope.notes import SENT_AGAIN, NoteKind
from services.scope.read.choosing import NOTES, Address, Choice, Numbers
from services.scope.read.expecting import Expectations, Expected
from services.scope.read.settings import ADDRESS_RULE, ReadSettings
from shared.flags import SettingsInvalid


def test_a_file_is_enough() -> None:
    """The rest has its defaults."""
    assert ReadSettings.load(["x.pcap"]) == ReadSettings(("x.pcap",))


def test_every_flag_is_taken() -> None:
    """Calls from as many files as there are."""
    flags = "--calls a --calls b,c --json --svg p.svg --explain --lang zh --port 5000 --conversation 2 --sort notes"
    chosen = "--outcome reset,refused --outcome open --note retransmission --address :80 x.pcap"
    choice = Choice(frozenset({Outcome.RESET, Outcome.REFUSED, Outcome.OPEN}), SENT_AGAIN, (Address(None, 80),))
    expected = ReadSettings(
        ("x.pcap",), ("a", "b,c"), True, Path("p.svg"), True, "zh", 5000, Numbers("2"), choice, sort=Column.NOTES
    )
    assert ReadSettings.load(f"{flags} {chosen}".split()) == expected


def test_expectations_are_taken() -> None:
    """Names with commas between them, and several times."""
    flags = "--expect closed --expect reset --forbid zero-window,reset --max-handshake-ms 0.5 --max-duration-ms 7"
    assert ReadSettings.load(f"{flags} --conversations 0 --junit j x".split()) == ReadSettings(
        ("x",),
        expectations=Expectations(
            frozenset({Outcome.CLOSED, Outcome.RESET}),
            frozenset({NoteKind.ZERO_WINDOW, Outcome.RESET}),
            0.5,
            7,
            0,
        ),
        junit=Path("j"),
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("", "the following arguments are required: FILE"),
        ("x --port 0", "argument --port: is '0': should be a number from 1 to 65535"),
        ("x --port 65536", "argument --port: is '65536': should be a number from 1 to 65535"),
        ("x --conversation none", "argument --conversation: is 'none': should be numbers from 1, as 3,7,10-20"),
        (
            f"x --conversation {'9' * 5000}",
            f"argument --conversation: is '{'9' * 5000}': should be numbers from 1, as 3,7,10-20",
        ),
        ("x --lang fr", "argument --lang: invalid choice: 'fr' (choose from 'en', 'zh')"),
        ("x --json --list", "--list is given together with --json: it is one of the two"),
        (
            "x --sort age",
            "argument --sort: is 'age': should be one of number, client, server, outcome, segments, duration, notes",
        ),
        (
            "x --outcome closed,gone",
            "argument --outcome: is 'gone': should be one of open, closed, reset, refused, unanswered, not captured",
        ),
        (
            "x --address 10.0.0.256",
            f"argument --address: is '10.0.0.256': should be {ADDRESS_RULE}",
        ),
        (
            "x --forbid loss",
            "argument --forbid: is 'loss': should be one of " + ", ".join((*NOTES, "reset", "refused", "unanswered")),
        ),
        (
            "x --max-handshake-ms nan",
            "argument --max-handshake-ms: is 'nan': should be a number of milliseconds, above 0",
        ),
        ("x --conversations -1", "argument --conversations: is '-1': should be a number from 0"),
        (
            "x --junit y",
            f"--junit is given without any of {', '.join(Expected)}: there is nothing to judge",
        ),
        ("x --colour", "unrecognized arguments: --colour"),
        ("- --calls -", "- is given more than once: standard input can be read once only"),
    ],
)
def test_what_is_wrong_is_named(arguments: str, line: str) -> None:
    """In one line: the flag, its value, its rule."""
    with pytest.raises(SettingsInvalid) as caught:
        ReadSettings.load(arguments.split())
    assert str(caught.value) == line


def test_an_unknown_note_is_answered_with_all_that_there_are() -> None:
    """By their names on the command line."""
    with pytest.raises(SettingsInvalid, match=r"is 'lost': should be one of retransmission, .*, zero-window, "):
        ReadSettings.load(["x", "--note", "lost"])
