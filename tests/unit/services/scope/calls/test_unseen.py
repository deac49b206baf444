"""Calls that nobody will see."""

from dataclasses import replace

import pytest

from services.scope.calls.records import Notice, NoticeKind, Record
from services.scope.calls.unseen import Unseen
from services.scope.model import Note
from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.calls import call, joined, listener, session, session_calls
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS

URING, DROPPED, LOST = NoticeKind.IO_URING, NoticeKind.RECORDS_DROPPED, NoticeKind.RECORDS_LOST
MISSING = NoticeKind.RECORDS_MISSING
SECOND_MS = 1000


def notice(kind: NoticeKind, at_ms: float = 5, host: str | None = "here", pid: int = 200) -> Notice:
    """Return what a service said so long after the talk had begun; 200 is the server's process."""
    return Notice(kind, "server", START_NS + round(at_ms * MILLISECOND_NS), count=3, host=host, pid=pid)


@pytest.mark.parametrize("kind", [URING, DROPPED, LOST, MISSING])
def test_a_conversation_says_what_of_it_may_not_be_seen(kind: NoticeKind) -> None:
    """Its own process said so while it lasted."""
    assert joined(session(), [*session_calls(), notice(kind)]).notes == [notice(kind).note()]


@pytest.mark.parametrize(
    ("said", "concerns"),
    [
        (notice(URING, at_ms=-100 * SECOND_MS), True),  # and does so from then on
        (notice(URING, at_ms=2 * SECOND_MS), False),
        (notice(URING, pid=201), False),
        (notice(URING, host="there"), False),
        (notice(DROPPED, at_ms=-2 * SECOND_MS), False),
        (notice(DROPPED, at_ms=2 * SECOND_MS), False),
        (notice(DROPPED, pid=201), True),
        (notice(DROPPED, host="there"), False),
        (notice(LOST, host=None), True),
        (notice(MISSING, host="there"), False),
    ],
)
def test_only_its_own_processes_and_its_own_time_concern_it(said: Notice, *, concerns: bool) -> None:
    """Where both of its ends are known; the scope's own losses are anybody's."""
    assert (said.note() in joined(session(), [*session_calls(), said]).notes) is concerns


@pytest.mark.parametrize("kind", [URING, DROPPED])
def test_an_end_without_calls_may_be_anybodys(kind: NoticeKind) -> None:
    """A server that accepts by io_uring has no call but its listener's."""
    said = notice(kind, host="there", pid=1)
    records: list[Record] = [*listener(), call("client", "connect", 0.9, 2.1), said]
    assert joined(session(), records).notes == [said.note()]


def test_a_conversation_without_any_calls_says_it_too() -> None:
    """Both ends may be that process's."""
    assert joined(session(), [notice(URING)]).notes == [notice(URING).note()]


def test_what_concerned_no_conversation_is_given_in_the_end() -> None:
    """And only that."""
    unseen = Unseen()
    for said in (notice(URING), notice(DROPPED, at_ms=9 * SECOND_MS), Notice("other", "server", START_NS)):
        unseen.add(said)
    unseen.mark(joined(session(), session_calls()))
    assert list(unseen.rest()) == [notice(DROPPED).note()]


def test_what_is_forgotten_is_forgotten_altogether() -> None:
    """A scope that runs for months hears of losses for months: as many newer ones, and one is as never said."""
    unseen, first = Unseen(), notice(DROPPED)
    unseen.add(first)
    unseen.mark(joined(session(), session_calls()))
    for number in range(64):
        unseen.add(notice(DROPPED, at_ms=(9 + number) * SECOND_MS))
    unseen.add(first)
    rest = list(unseen.rest())
    assert (len(rest), rest[-1]) == (64, first.note())


def test_a_connection_that_was_there_before_says_so_without_a_byte() -> None:
    """Whoever attaches late may see no more than the close()."""
    closed = call("client", "close", 7.9, 8.1, state=None)
    assert Note(NoteKind.BEGUN_BEFORE) in joined(session(), [replace(closed, slack_ns=1000)]).notes
