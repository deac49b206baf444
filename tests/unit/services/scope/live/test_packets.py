"""The latest packets, until their conversations are over."""

from services.scope.live.incoming.stream import PcapStream
from services.scope.live.packets import RecentPackets
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.sources import HEADER, records
from tests.unit.services.scope.harness.wire import followed

(_SESSION,) = followed(session())
_, _FRAMES = PcapStream(iter(range(1, 100))).feed(HEADER + records(session()))


def test_a_conversations_packets_are_found_again() -> None:
    """As records of a capture, in order."""
    packets = RecentPackets()
    packets.add(_FRAMES)
    assert b"".join(packets.of(_SESSION).values()) == records(session())


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    """What is left of a conversation is still a capture."""
    packets = RecentPackets(max_bytes=2 * 400)
    packets.add(_FRAMES)
    assert packets.of(_SESSION)
    assert records(session()).endswith(b"".join(packets.of(_SESSION).values()))


def test_of_a_long_conversation_the_first_packets_are_given() -> None:
    """So many bytes of one, and no more."""
    packets = RecentPackets(max_bytes_of_one=len(_FRAMES[0].captured))
    packets.add(_FRAMES)
    assert packets.of(_SESSION)
    assert records(session()).startswith(b"".join(packets.of(_SESSION).values()))
