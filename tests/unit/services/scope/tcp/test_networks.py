"""Connections of the same addresses and ports, in networks that tunnels keep apart."""

from collections.abc import Iterable

from services.scope.model import Conversation, Packet
from services.scope.tcp.follow import Follower
from services.scope.tunnels import Tunnel, TunnelKind
from tests.unit.services.scope.harness.wire import Talk, capture, decoded

ONE, TWO = ((Tunnel(TunnelKind.VXLAN, number),) for number in (1, 2))


def spoken(isn: tuple[int, int]) -> list[Packet]:
    """Return a handshake and some data; the client's packets are the 1st, 3rd and 4th."""
    talk = Talk(isn=isn, identified=True)
    talk.handshake()
    talk.client("PSH ACK", 1, 1, 5)
    talk.server("ACK", 1, 6)
    return decoded(capture(talk.packets))


def through(tunnels: tuple[Tunnel, ...], packets: Iterable[Packet]) -> list[Packet]:
    """Return packets as they came through these tunnels."""
    return [packet._replace(tunnels=tunnels) for packet in packets]


def followed(packets: Iterable[Packet]) -> list[Conversation]:
    """Return the conversations of packets."""
    follower = Follower()
    for packet in packets:
        follower.feed(packet)
    return follower.drain()


def both(first: list[Packet], second: list[Packet]) -> list[Packet]:
    """Return the packets of two connections in turn."""
    return [packet for pair in zip(first, second, strict=True) for packet in pair]


def test_the_same_addresses_in_two_networks_are_two_conversations() -> None:
    """Each with its own numbers; none is a port used again, and nothing is sent again."""
    found = followed(both(through(ONE, spoken((1000, 900_000))), through(TWO, spoken((7_000_000, 8_000_000)))))
    assert [(one.tunnels, [segment.seq for segment in one.segments]) for one in found] == [
        (ONE, [0, 0, 1, 1, 1]),
        (TWO, [0, 0, 1, 1, 1]),
    ]
    assert [segment.notes for one in found for segment in one.segments] == [[]] * 10


def test_each_direction_may_go_through_a_network_of_its_own() -> None:
    """A router puts a packet into the network of its destination."""
    packets = spoken((1000, 900_000))
    found = followed(packet._replace(tunnels=ONE if packet.source == packets[0].source else TWO) for packet in packets)
    assert [len(one.segments) for one in found] == [5]


def test_what_is_captured_inside_and_outside_of_a_tunnel_is_one_conversation() -> None:
    """Each packet is there twice, whichever of the two came first."""
    packets = spoken((1000, 900_000))
    for first, second in ((packets, through(ONE, packets)), (through(ONE, packets), packets)):
        (conversation,) = followed(both(first, second))
        assert [segment.is_copy for segment in conversation.segments] == [False, True] * 5


def test_two_mirrors_see_the_same_packets() -> None:
    """Their sessions' numbers tell no networks apart."""
    packets = spoken((1000, 900_000))
    mirrors = [through((Tunnel(TunnelKind.ERSPAN, number),), packets) for number in (1, 2)]
    assert len(followed(both(*mirrors))) == 1


def test_a_port_is_used_again_in_its_own_network() -> None:
    """The other network's connection goes on."""
    first, again, other = spoken((1000, 900_000)), spoken((5_000_000, 6_000_000)), spoken((7_000_000, 8_000_000))
    found = followed(
        [
            *through(TWO, other[:3]),
            *through(ONE, first + again),
            *through(TWO, other[3:]),
        ]
    )
    assert sorted((one.tunnels[0].number, len(one.segments)) for one in found) == [(1, 5), (1, 5), (2, 5)]
