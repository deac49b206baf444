"""Which packets make a conversation, and who is who in it."""

import pytest

from services.scope.model import Endpoint, Options, Packet
from services.scope.tcp.follow import GIVEN_UP_NS, QUIET_NS, Follower
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import SERVER_PORT, START_NS, Talk, capture, decoded, followed

CLIENT, SERVER = Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", SERVER_PORT)


def fed(spoken: Talk) -> Follower:
    """Return a follower that has seen a talk."""
    follower = Follower()
    for packet in decoded(capture(spoken.packets)):
        follower.feed(packet)
    return follower


def closed() -> Talk:
    """Return a talk to its end."""
    spoken = talk("a_fin_carries_the_ack")
    spoken.client("ACK", 2, 2)
    return spoken


def test_whoever_sends_the_syn_is_the_client() -> None:
    """Even of an unusual port, and though the port is a server's elsewhere."""
    (conversation,) = followed(Talk(80), talk("a_window_opens", port=80), server_ports=[80])
    assert (conversation.client.port, conversation.server.port) == (80, SERVER_PORT)


def test_whoever_sends_the_syn_ack_is_the_server() -> None:
    """Where the SYN is not in the capture."""
    spoken = Talk(80)
    spoken.server("SYN ACK", 0, 1)
    (conversation,) = followed(spoken)
    assert conversation.server == SERVER


@pytest.mark.parametrize(("ports", "server"), [([], 5000), ([5000], 5000), ([40_000], 40_000), ([5000, 40_000], 5000)])
def test_without_a_handshake_the_servers_port_is_the_known_one_or_the_lower(ports: list[int], server: int) -> None:
    """A guess, and better than none."""
    spoken = Talk()
    spoken.server("PSH ACK", 1, 1, 5)
    (conversation,) = followed(spoken, server_ports=ports)
    assert conversation.server.port == server


def test_conversations_at_the_same_time_are_kept_apart() -> None:
    """By their four addresses, in the order of their first packets."""
    first, second = talk("a_window_opens", 40_001), talk("nobody_listens", 40_002)
    mixed = sorted(first.packets + second.packets, key=lambda packet: packet[0])
    follower = Follower()
    for packet in decoded(capture(mixed)):
        follower.feed(packet)
    conversations = follower.drain()
    assert [conversation.client.port for conversation in conversations] == [40_001, 40_002]
    assert [len(conversation.segments) for conversation in conversations] == [6, 2]


def test_a_reused_port_begins_another_conversation() -> None:
    """Its SYN comes after an end, or with another number."""
    after_an_end, with_another_number = Talk(), Talk(isn=(50_000, 60_000))
    after_an_end.handshake()
    with_another_number.handshake()
    conversations = followed(closed(), after_an_end, with_another_number)
    assert [len(conversation.segments) for conversation in conversations] == [6, 3, 3]


def test_a_repeated_syn_is_no_other_conversation() -> None:
    """It has the same number, and nothing has ended."""
    assert len(followed(talk("a_syn_is_sent_again"))) == 1


def test_an_endpoint_that_talks_to_itself_is_followed() -> None:
    """A simultaneous open with oneself: both directions are one."""
    packet = Packet(START_NS, CLIENT, CLIENT, 1, 0, 2, 500, 0, Options(), 1)
    follower = Follower()
    follower.feed(packet)
    follower.feed(packet._replace(flags=0x12, ack=2, frame=2))
    (conversation,) = follower.drain()
    assert len(conversation.segments) == 2


def test_the_packets_conversation_is_returned() -> None:
    """Its last segment is the packet."""
    (packet,) = decoded(capture(talk("nobody_listens").packets[:1]))
    conversation = Follower().feed(packet)
    assert (conversation.client, conversation.server, conversation.segments[-1].frame) == (CLIENT, SERVER, 1)


def test_what_is_over_is_handed_over_after_a_silence() -> None:
    """Until then the last ACK may be sent again."""
    spoken = closed()
    follower, last_ns = fed(spoken), spoken.packets[-1][0]
    assert follower.take(last_ns + QUIET_NS) == []
    (conversation,) = follower.take(last_ns + QUIET_NS + 1)
    assert conversation.outcome == "closed"
    assert follower.drain() == []


def test_what_is_open_stays() -> None:
    """However long it is silent; an attempt without an answer is given up after the last SYN."""
    unanswered = talk("a_syn_is_sent_again")
    assert fed(talk("a_window_opens")).take(START_NS + 10 * GIVEN_UP_NS) == []
    assert fed(unanswered).take(unanswered.packets[-1][0] + GIVEN_UP_NS) == []
    assert len(fed(unanswered).take(unanswered.packets[-1][0] + GIVEN_UP_NS + 1)) == 1


def test_too_many_conversations_push_out_the_longest_silent() -> None:
    """A flood of SYNs does not become memory, and nothing is lost of what had come."""
    follower = Follower(max_open=16)
    pushed_out = 0
    for port in range(1000, 1100):
        follower.feed(Packet(START_NS + port, Endpoint("10.0.0.1", port), SERVER, 1, 0, 2, 500, 0, Options(), port))
        pushed_out += len(follower.take(START_NS))
    left = len(follower.drain())
    assert left <= 16
    assert pushed_out + left == 100


def test_what_is_over_is_pushed_out_first() -> None:
    """A connection that is silent, and open, is followed on."""
    follower = Follower(max_open=16)
    follower.feed(Packet(START_NS, Endpoint("10.0.0.1", 999), SERVER, 1, 0, 2, 500, 0, Options(), 1))
    for port in range(1000, 1100):
        syn = Packet(START_NS + port, Endpoint("10.0.0.1", port), SERVER, 1, 0, 2, 500, 0, Options(), port)
        follower.feed(syn)
        follower.feed(syn._replace(source=SERVER, destination=syn.source, ack=2, flags=0x14))
    assert 999 not in [conversation.client.port for conversation in follower.take(START_NS)]
    assert 999 in [conversation.client.port for conversation in follower.drain()]


def test_many_long_conversations_are_folded_together() -> None:
    """The longest first, so that a short one stays whole however much is kept."""
    follower = Follower(max_kept=160)
    for number in range(1000):
        port = 1000 + (number % 10 if number < 40 else number % 2)
        client = Endpoint("10.0.0.1", port)
        packet = Packet(START_NS + number, client, SERVER, number, 1, 0x10, 500, 1, Options(), number)
        kept = follower.feed(packet).segments
        assert kept[-1].frame == number
    conversations = follower.drain()
    assert sum(len(conversation.segments) for conversation in conversations) <= 160 + 160 // 16 + 1
    assert [len(conversation.segments) for conversation in conversations[2:]] == [4] * 8
