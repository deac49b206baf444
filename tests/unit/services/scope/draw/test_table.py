"""Many conversations as a table."""

import io
from collections import Counter

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.scope.columns import Column
from services.scope.draw.table import Summary, draw_table, summary
from services.scope.model import Endpoint, Outcome
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, followed

(CLOSED,) = followed(session())
(AGAIN,) = followed(talk("a_segment_is_sent_again_after_duplicate_acks", 40_001))
(REFUSED,) = followed(talk("nobody_listens", 9))


def lines(
    summaries: list[Summary], width: int | None = None, sort: Column = Column.NUMBER, lang: str = "en"
) -> list[str]:
    """Return the table's lines, on a terminal of this width, or in a file."""
    console = Console(
        file=io.StringIO(), width=width or 80, force_terminal=width is not None, color_system=None, legacy_windows=False
    )
    draw_table(summaries, console, "zh" if lang == "zh" else "en", sort)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_conversation_is_a_line() -> None:
    """Its number, its ends, how it ended, how much there was, what was remarked; then how to go on."""
    found = lines([summary(1, CLOSED), summary(2, AGAIN), summary(12, REFUSED)])
    assert found == [
        " #  client          server         outcome  segments   duration  notes",
        " 1  10.0.0.1:40000  10.0.0.2:5000  closed         10  9000.0 us",
        " 2  10.0.0.1:40001  10.0.0.2:5000  open           12  4070.0 us  3 duplicate ACK, fast retransmission",
        "12  10.0.0.1:9      10.0.0.2:5000  refused         2  1000.0 us  RST: nobody listens",
        "",
        "3 conversations · --conversation 3,7 draws these two · --outcome, --note and --address choose · --sort orders",
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_line_is_as_wide_as_the_terminal_at_most(width: int, lang: str) -> None:
    """The notes are cut: the ladder has them in full."""
    table = lines([summary(1, AGAIN)] * 3, width, lang=lang)[:4]
    # Where a terminal is too narrow for anything, some of the notes is shown all the same.
    assert max(map(cell_len, table)) <= max(width, 85)
    assert (width == 80) == table[1].endswith("…")


def make(
    number: int, *, client: str = "10.0.0.1", outcome: Outcome = Outcome.OPEN, segments: int = 1, ns: int = 1
) -> Summary:
    """Return a line."""
    return Summary(
        number, Endpoint(client, 1), Endpoint(client, 2), outcome, segments, ns, Counter([NoteKind.GSO] * segments)
    )


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Column.NUMBER, [1, 2, 3]),
        (Column.CLIENT, [3, 1, 2]),
        (Column.SERVER, [3, 1, 2]),
        (Column.OUTCOME, [2, 1, 3]),
        (Column.SEGMENTS, [2, 3, 1]),
        (Column.DURATION, [1, 3, 2]),
        (Column.NOTES, [2, 3, 1]),
    ],
)
def test_it_is_sorted_by_any_column(sort: Column, expected: list[int]) -> None:
    """Addresses by their numbers; of how much there was, the most first."""
    summaries = [
        make(2, client="2001:db8::1", outcome=Outcome.CLOSED, segments=9, ns=1),
        make(1, client="10.0.0.10", segments=1, ns=9),
        make(3, client="10.0.0.9", outcome=Outcome.UNANSWERED, segments=5, ns=5),
    ]
    assert [int(line.split()[0]) for line in lines(summaries, sort=sort)[1:4]] == expected


def test_calls_without_packets_are_in_it() -> None:
    """An address may be unknown; nothing took any time."""
    unknown = make(1, client="", segments=0)
    assert lines([unknown, make(2)], sort=Column.CLIENT)[1].split() == ["1", ":1", ":2", "open", "0"]


def test_what_was_captured_twice_is_counted_once() -> None:
    """As above its ladder."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.copied()
    (conversation,) = followed(spoken)
    assert summary(1, conversation).segments == 3
