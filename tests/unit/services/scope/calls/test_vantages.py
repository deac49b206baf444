"""Calls and what several vantage points saw."""

import pytest

from services.scope.calls.assemble import Assembler
from services.scope.model import Conversation
from services.scope.rules import RuleCheck
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, of
from tests.unit.services.scope.harness.points.worlds import Fate, World


@pytest.fixture
def lossy() -> World:
    """Give a session whose first SYN, SYN,ACK and data were lost, each in its way."""
    world = World([100])
    world.send("client", 0, "SYN", 0, fate=Fate(0))
    world.send("client", 1_000_000, "SYN", 0)
    world.send("server", 1_000_110, "SYN ACK", 0, 1, fate=Fate(0))
    world.send("server", 2_000_000, "SYN ACK", 0, 1)
    world.send("client", 2_000_110, "ACK", 1, 1)
    world.send("client", 2_100_000, "PSH ACK", 1, 1, 5, fate=Fate(0))
    world.send("client", 2_350_000, "PSH ACK", 1, 1, 5)
    world.send("client", 2_750_000, "PSH ACK", 1, 1, 5)
    world.send("server", 2_750_110, "ACK", 1, 6)
    return world


def completed(world: World, *calls: Call) -> Conversation:
    """Return the conversation with calls; their times are milliseconds from the world's start."""
    conversation = world.merged()
    Assembler(calls).complete(conversation)
    return conversation


def test_calls_wait_for_what_arrived(lossy: World) -> None:
    """A send() has the segment that carried its bytes first; a recv() the one that was not lost, nor dropped."""
    found = completed(
        lossy,
        call("client", "connect", -0.1, 2_000.2),
        call("client", "send", 2_099, 2_101, (0, 5)),
        call("server", "recv", 2_100, 2_750.2, (0, 5)),
    )
    segments = found.segments
    (connected,), (sent,), (received,) = (
        of(found, side, name) for side, name in (("client", "connect"), ("client", "send"), ("server", "recv"))
    )
    assert connected.segments == [0, 1, 3]
    assert segments[sent.segments[0]].arrived_ns is None
    assert received.segments == [7]
    assert all(check.holds for check in found.checks)


def test_rules_compare_with_the_time_at_the_calls_own_end() -> None:
    """A client's send() is before its segment left, and its recv() after the answer arrived there."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    found = completed(world, call("client", "send", 0.9, 1.3, (0, 5)), call("server", "recv", 1, 1.2, (0, 5)))
    slack_ns = {check.call: check.slack_ns for check in found.checks if isinstance(check, RuleCheck)}
    assert slack_ns == {"send": 100_000, "recv": 100_000}
