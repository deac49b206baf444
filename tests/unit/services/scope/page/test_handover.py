"""From the live loop to the page: whole, in order, and never at the loop's cost."""

import asyncio
import socket
import time

import pytest

from services.scope.page.handover import MAX_WAITING_BYTES, Handed, Sender, receive
from services.scope.page.system import System
from shared.load.second import LoadSecond
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.loads import a_second

_CONVERSATION = joined(session(), session_calls())
_SYSTEM = System(1, 2, 3, 4, 5, 6, 7)


async def _all(sock: socket.socket) -> list[Handed | System | LoadSecond]:
    return [handed async for handed in receive(sock)]


def drained(sender: Sender, theirs: socket.socket) -> bytearray:
    """Read until nothing waits any more; return what was read."""
    theirs.setblocking(False)
    received = bytearray()
    while sender.waits:
        received += theirs.recv(1_048_576)
        sender.flush()
    return received


def test_a_conversation_arrives_as_it_was() -> None:
    """With all that it has, and its packets."""
    ours, theirs = socket.socketpair()
    sender = Sender(ours)
    for packets in ({0: b"one"}, {1: b"two"}):
        sender.offer(_CONVERSATION, packets)
    ours.close()
    assert asyncio.run(_all(theirs)) == [Handed(_CONVERSATION, {0: b"one"}, 0), Handed(_CONVERSATION, {1: b"two"}, 0)]


def test_what_does_not_fit_is_counted_and_told() -> None:
    """A page that does not read holds nothing up; what was passed over is told with the next that is not."""
    ours, theirs = socket.socketpair()
    sender = Sender(ours)
    packets = {0: bytes(MAX_WAITING_BYTES // 4)}
    for _ in range(10):
        sender.offer(_CONVERSATION, packets)
    assert sender.passed_over > 0
    received = drained(sender, theirs)
    assert len(received) < 2 * MAX_WAITING_BYTES
    ours.close()
    theirs.close()


def test_of_more_than_a_second_may_have_the_others_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs the loop time, and the page keeps no more; the next second has as many again."""
    now_ns = 5_000_000_000
    monkeypatch.setattr(time, "monotonic_ns", lambda: now_ns)
    ours, theirs = socket.socketpair()
    sender = Sender(ours, most_per_s=2)
    for _ in range(3):
        sender.offer(_CONVERSATION, {})
    assert sender.passed_over == 1
    now_ns += 1_000_000_000
    sender.offer(_CONVERSATION, {})
    monkeypatch.undo()
    ours.close()
    assert asyncio.run(_all(theirs)) == [Handed(_CONVERSATION, {}, passed_over) for passed_over in (0, 0, 1)]


def test_how_the_system_does_is_told_unless_anything_waits() -> None:
    """There is a newer one a second later, and conversations go first."""
    ours, theirs = socket.socketpair()
    sender = Sender(ours)
    sender.tell(_SYSTEM)
    while not sender.waits:
        sender.offer(_CONVERSATION, {0: bytes(MAX_WAITING_BYTES // 4)})
    sender.tell(_SYSTEM)
    received = drained(sender, theirs)
    ours.close()
    while more := theirs.recv(1_048_576):
        received += more
    theirs.close()
    assert received.count(b"System") == 1


def test_a_browser_has_its_turn_between_two_conversations() -> None:
    """However many wait: the page answers, instead of taking them all first."""

    async def turns_taken() -> int:
        turns = 0
        reading = asyncio.create_task(_all(theirs))
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        assert len(reading.result()) == 20
        return turns

    ours, theirs = socket.socketpair()
    sender = Sender(ours)
    for _ in range(20):
        sender.offer(_CONVERSATION, {})
    assert not sender.waits
    ours.close()
    assert asyncio.run(turns_taken()) >= 20


def test_half_a_message_is_none() -> None:
    """A scope that was killed in the middle of one leaves the page with what was whole."""
    ours, theirs = socket.socketpair()
    sender = Sender(ours)
    sender.offer(_CONVERSATION, {})
    ours.setblocking(True)
    ours.sendall(b"\x09\x00\x00\x00half")
    ours.close()
    assert asyncio.run(_all(theirs)) == [Handed(_CONVERSATION, {}, 0)]


def test_nobody_there_is_an_error_for_the_loop_to_handle() -> None:
    """The page's process has ended."""
    ours, theirs = socket.socketpair()
    theirs.close()
    with pytest.raises(OSError, match="pipe"):
        Sender(ours).offer(_CONVERSATION, {})
    ours.close()


def test_a_second_of_a_load_arrives_unless_too_much_waits() -> None:
    """What is left out costs the loop nothing, and is missed in that second's replicas."""
    ours, theirs = socket.socketpair()
    sender = Sender(ours)
    sender.offer_load(a_second(0, 1))
    while not sender.passed_over:
        sender.offer(_CONVERSATION, {0: bytes(MAX_WAITING_BYTES // 4)})
    sender.offer_load(a_second(1, 1))
    received = drained(sender, theirs)
    ours.close()
    theirs.close()
    assert received.count(b"LoadSecond") == 1
