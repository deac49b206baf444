"""Where a conversation's time went."""

from dataclasses import replace

import pytest

from services.scope.ladder.spent import Spent, spent
from services.scope.model import Conversation
from services.scope.vantages import SpentOn
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, joined, session
from tests.unit.services.scope.harness.points.ladders import crossing, lossy, quiet, seen_at_both
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import Talk, followed


def spent_of(conversation: Conversation) -> Spent:
    """Return where the time of a conversation went that tells it."""
    found = spent(conversation)
    assert found is not None
    return found


def parts(found: Spent) -> dict[tuple[str, str | None], float]:
    """Return its parts in milliseconds."""
    return {(part.on.value, part.side): part.took_ns / 1e6 for part in found.parts}


def calls() -> list[Call]:
    """Return calls of a session's both ends, by their own hosts' clocks: each late by something that is known."""
    return [
        call("client", "connect", 0.5, 2.5),
        call("client", "send", 3.3, 3.7, (0, 5)),
        call("server", "accept", 0, 3.1),
        call("server", "recv", 4.5, 4.6, (0, 5)),
        call("server", "send", 5.7, 6.1, (0, 5)),
        call("client", "recv", 3.9, 6.6, (0, 5)),
    ]


def test_a_host_without_calls_is_not_split() -> None:
    """What was not with the server's host, nor with the client's, was on the network; the kernel answers a SYN."""
    assert parts(spent_of(quiet())) == {
        ("host", "server"): 3.0,
        ("network", None): 2.4,
        ("host", "client"): 2.4,
        ("kernel", "server"): 1.0,
    }


def test_calls_tell_the_program_from_the_kernel() -> None:
    """It called recv() 0.5 ms late, and send() 1.1 ms after that had returned; the rest is the kernel's."""
    slowest = spent_of(seen_at_both(session(), calls())).slowest
    assert slowest is not None
    assert (slowest.first, slowest.request, slowest.answer) == (3, 3, 5)
    assert {(part.on.value, part.side): part.took_ns / 1e6 for part in slowest.all_parts} == {
        ("before send", "server"): 1.1,
        ("network", None): 0.8,
        ("before recv", "server"): 0.5,
        ("kernel", "client"): 0.5,
        ("kernel", "server"): 0.4,
    }
    assert slowest.took_ns == 3_300_000  # from send() at 3.3 ms to the return of recv() at 6.6 ms
    assert (slowest.there, slowest.back) == ((392_500, 407_500), (392_500, 407_500))


def test_how_far_the_clocks_are_apart_does_not_count() -> None:
    """The same time went to the network, whatever is assumed of the client's clock."""
    conversation = quiet()
    before = spent_of(conversation).parts
    for segment in conversation.segments:
        assert segment.left_ns is not None
        assert segment.arrived_ns is not None
        if segment.sender == "client":
            segment.left_ns += 350_000
        else:
            segment.arrived_ns += 350_000
    assert spent_of(conversation).parts == before


def test_a_clock_that_was_set_meanwhile_splits_nothing() -> None:
    """The client's was set 2 ms forward before its message left, which then left after it had arrived."""
    conversation = quiet()
    left_ns = conversation.segments[3].left_ns
    assert left_ns is not None
    conversation.segments[3].left_ns = left_ns + 2_000_000
    conversation.clocks = tuple(replace(clock, is_possible=False) for clock in conversation.clocks)
    found = spent_of(conversation)
    assert {part.on for part in found.parts} == {SpentOn.UNKNOWN, SpentOn.HOST}
    assert found.slowest is None


def test_the_wait_for_what_was_lost_is_told() -> None:
    """From the first try to the one that arrived: no network and no program took that time."""
    found = spent_of(lossy())
    assert parts(found)["sending again", "client"] == pytest.approx(611)
    assert found.slowest is not None
    assert (found.slowest.first, found.slowest.request, found.slowest.answer) == (3, 5, 6)


def test_a_message_in_pieces_takes_its_time_to_leave() -> None:
    """2 ms from its first segment to its last."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.client("PSH ACK", 6, 1, 5, after_ms=2)
    spoken.server("PSH ACK", 1, 11, 10)
    assert parts(spent_of(seen_at_both(spoken)))["sending", "client"] == 2.0


def test_what_overlaps_is_not_split() -> None:
    """The answer begins before all of the request is there: to what it is one, nobody knows."""
    found = spent_of(crossing())
    assert ("unknown", None) in parts(found)
    assert found.slowest is None


@pytest.mark.parametrize(("index", "end"), [(3, "left_ns"), (3, "arrived_ns"), (5, "left_ns"), (5, "arrived_ns")])
def test_what_one_point_did_not_see_is_not_split(index: int, end: str) -> None:
    """How long it was on its way, nobody knows."""
    conversation = quiet()
    setattr(conversation.segments[index], end, None)
    found = spent_of(conversation)
    assert ("unknown", None) in parts(found)
    assert found.slowest is None


def test_what_the_server_says_unasked_is_not_split() -> None:
    """A banner after the handshake may have waited for the ACK, for accept(), or for the program."""
    spoken = Talk()
    spoken.handshake()
    spoken.server("PSH ACK", 1, 1, 20, after_ms=5)
    spoken.client("PSH ACK", 1, 21, 5)
    spoken.server("PSH ACK", 21, 6, 5)
    found = spent_of(seen_at_both(spoken))
    assert parts(found)["unknown", None] == 6.0
    assert found.slowest is not None


def test_at_one_point_alone_nothing_is_told() -> None:
    """Nor of what was never answered."""
    assert spent(joined(session(), [])) is None
    spoken = Talk()
    spoken.client("SYN", 0)
    assert spent(seen_at_both(spoken, lost=[0])) is None


@pytest.mark.parametrize("name", TALKS)
def test_the_parts_are_the_whole(name: str) -> None:
    """None is negative, none is counted twice, nothing between the first segment and the last answer is left out."""
    if len(followed(talk(name))) > 1:
        return
    conversation = seen_at_both(talk(name))
    found = spent(conversation)
    if found is None:
        return
    begun_ns = min(one.left_ns or 0 for one in conversation.segments if one.sender == "client")
    answers = [one.arrived_ns or 0 for one in conversation.segments if one.sender == "server"]
    assert all(part.took_ns > 0 for part in found.parts)
    assert found.took_ns in {answer - begun_ns for answer in answers}


def test_each_kind_is_there_once() -> None:
    """The longest first."""
    found = spent_of(seen_at_both(session(), calls()))
    kinds = [(part.on, part.side) for part in found.parts]
    assert len(kinds) == len(set(kinds))
    assert [part.took_ns for part in found.parts] == sorted((part.took_ns for part in found.parts), reverse=True)
    assert SpentOn.HOST in {on for on, _ in kinds}
