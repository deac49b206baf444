"""Where time went that something stayed in a host."""

from dataclasses import replace

from services.scope.ladder.stays import Part, Stays
from services.scope.model import Note
from services.scope.notes import NoteKind
from services.scope.vantages import SpentOn
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, session
from tests.unit.services.scope.harness.points.ladders import seen_at_both

# The server's calls about the client's five bytes, which arrive at 4 ms, and are sent back at 6 ms.
_RECV = call("server", "recv", 4.5, 4.6, (0, 5))
_SEND = call("server", "send", 5.7, 6.1, (0, 5))


def between(*calls: Call) -> dict[SpentOn, float]:
    """Return the parts of the server's stay in milliseconds."""
    return took(Stays(seen_at_both(session(), calls)).between("server", 3, 5))


def took(parts: list[Part]) -> dict[SpentOn, float]:
    """Return what took some time."""
    return {part.on: part.took_ns / 1e6 for part in parts if part.took_ns}


def test_late_calls_are_the_programs() -> None:
    """What lies between a call's entry and its segment is the kernel's."""
    with_both = Stays(seen_at_both(session(), [_RECV, _SEND])).between("server", 3, 5)
    assert [(part.on, part.took_ns) for part in with_both] == [
        (SpentOn.BEFORE_RECV, 500_000),
        (SpentOn.KERNEL, 100_000),
        (SpentOn.BEFORE_SEND, 1_100_000),
        (SpentOn.KERNEL, 300_000),
    ]


def test_a_program_that_waits_in_recv_is_not_late() -> None:
    """It was woken by the kernel."""
    early = replace(_RECV, t0_ns=_RECV.t0_ns - 2_000_000)
    assert SpentOn.BEFORE_RECV not in between(early, _SEND)


def test_without_both_calls_it_stays_one_part() -> None:
    """Nobody knows where the kernel ended, and the program began."""
    assert between(_RECV) == between(_SEND) == between() == {SpentOn.HOST: 2.0}


def test_calls_of_two_threads_tell_nothing() -> None:
    """What was sent before recv() had returned was no answer to that."""
    assert between(replace(_RECV, t1_ns=_RECV.t1_ns + 1_300_000), _SEND) == {SpentOn.HOST: 2.0}


def test_times_that_cannot_be_tell_nothing() -> None:
    """The side's clock does not run evenly, or its records are wrong."""
    wrong = replace(_RECV, t0_ns=_RECV.t0_ns - 3_000_000, t1_ns=_RECV.t1_ns - 2_000_000)
    late = replace(_SEND, t0_ns=_SEND.t0_ns + 2_000_000, t1_ns=_SEND.t1_ns + 2_000_000)
    assert between(wrong, late) == {SpentOn.HOST: 2.0}


def test_times_that_cannot_be_judged_tell_nothing() -> None:
    """A call may be missing, and its segments be another's."""
    conversation = seen_at_both(session(), [_RECV, _SEND])
    conversation.notes.append(Note(NoteKind.UNJUDGED, 1))
    assert took(Stays(conversation).between("server", 3, 5)) == {SpentOn.HOST: 2.0}


def test_a_traced_call_whose_end_is_not_known_tells_nothing() -> None:
    """It may have returned as much later as tracing took."""
    assert between(replace(_RECV, slack_ns=400_000), _SEND) == {SpentOn.HOST: 2.0}


def test_before_and_after_are_the_clients_calls() -> None:
    """From send() to the segment, and from the answer to the return of recv()."""
    calls = [call("client", "send", 3.3, 3.7, (0, 5)), call("client", "recv", 6.5, 6.6, (0, 5))]
    stays = Stays(seen_at_both(session(), calls))
    assert took(stays.before("client", 3)) == {SpentOn.KERNEL: 0.3}
    assert took(stays.after("client", 5)) == {SpentOn.BEFORE_RECV: 0.1, SpentOn.KERNEL: 0.1}
    assert stays.before("server", 5) == stays.after("server", 3) == []
