"""What holds of every conversation, whatever is lost, repeated, forged or captured in another order."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.scope.model import Conversation, State
from tests.unit.services.scope.harness.invariants import violations
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import MSS, SCALE_7, Talk, followed

Move = tuple[str, str, int, int, int]

_FLAGS = ("SYN", "SYN ACK", "ACK", "PSH ACK", "FIN ACK", "RST", "RST ACK", "PSH", "FIN", "SYN FIN", "")


def moves() -> some.SearchStrategy[Move]:
    """Return segments with numbers near the beginning, as sent by either side."""
    number = some.integers(0, 12) | some.integers(-3, 100_000)
    return some.tuples(
        some.sampled_from(["client", "server"]), some.sampled_from(_FLAGS), number, number, some.integers(0, 6)
    )


def played(script: list[Move], *, has_handshake: bool) -> list[Conversation]:
    """Return the conversations of a script."""
    spoken = Talk(identified=True)
    if has_handshake:
        spoken.handshake()
    for side, flags, seq, ack, length in script:
        send = spoken.client if side == "client" else spoken.server
        send(flags, seq, ack, length, options=MSS + SCALE_7 if "SYN" in flags else b"")
    return followed(spoken)


@settings(max_examples=200, deadline=None)
@given(script=some.lists(moves(), max_size=14), has_handshake=some.booleans())
def test_no_side_sends_data_in_a_state_that_lets_it_send_none(script: list[Move], *, has_handshake: bool) -> None:
    """What it does is believed more than what was thought of it."""
    assert [found for one in played(script, has_handshake=has_handshake) for found in violations(one)] == []


@settings(max_examples=200, deadline=None)
@given(kept=some.lists(some.booleans(), min_size=12, max_size=12), order=some.randoms(use_true_random=False))
def test_a_session_of_which_much_is_missing_is_followed(kept: list[bool], order: random.Random) -> None:
    """Any of its segments may not have been captured, or in another order."""
    spoken = Talk(identified=True)
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("ACK", 1, 6)
    spoken.server("PSH ACK", 1, 6, 5)
    spoken.client("ACK", 6, 6)
    spoken.client("PSH ACK", 6, 6, 5)
    spoken.server("PSH ACK", 6, 11, 5)
    spoken.client("FIN ACK", 11, 11)
    spoken.server("FIN ACK", 11, 12)
    spoken.client("ACK", 12, 12)
    packets = [packet for packet, is_kept in zip(spoken.packets, kept, strict=True) if is_kept]
    order.shuffle(packets)
    spoken.packets = [(time, data) for (time, _), (_, data) in zip(sorted(packets), packets, strict=True)]
    assert [found for one in followed(spoken) for found in violations(one)] == []


@pytest.mark.parametrize("name", TALKS)
def test_it_holds_of_every_talk(name: str) -> None:
    """Where anything can happen, and nothing is forged."""
    assert [found for one in followed(talk(name)) for found in violations(one)] == []


def test_a_violation_would_be_found() -> None:
    """Of data that was never sent before, and of data in a state before the connection."""
    (conversation,) = played([("client", "PSH ACK", 1, 1, 5)], has_handshake=True)
    for state in (State.FIN_WAIT_2, State.SYN_SENT, State.CLOSED):
        conversation.segments[-1].client_state = state
        assert len(violations(conversation)) == 1
