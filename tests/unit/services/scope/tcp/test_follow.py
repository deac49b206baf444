"""Which packets make a conversation, and who is who in it."""

import pytest

from services.scope.model import Endpoint, Options, Packet
from services.scope.notes import NoteKind
from services.scope.tcp.follow import CONVERSATION_BYTES, GIVEN_UP_NS, QUIET_NS, SEGMENT_BYTES, Follower
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
    assert conversation is not None
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


def syn(port: int, *, after_ns: int = 0) -> Packet:
    """Return the SYN of a client's port."""
    return Packet(START_NS + after_ns, Endpoint("10.0.0.1", port), SERVER, 1, 0, 2, 500, 0, Options(), after_ns + 1)


def data(port: int, *, after_ns: int = 0) -> Packet:
    """Return a client's next byte."""
    return syn(port, after_ns=after_ns)._replace(seq=after_ns, ack=1, flags=0x10, length=1)


def room_for(conversations: int) -> int:
    """Return the bytes of so many conversations, each with one segment."""
    return conversations * (CONVERSATION_BYTES + SEGMENT_BYTES)


def test_thousands_of_open_connections_stay_whole() -> None:
    """A busy server has more in a second than a count would allow: what bounds them is memory."""
    follower = Follower()
    for flags, number in ((2, 0), (0x10, 1), (0x18, 2)):
        for port in range(1024, 4024):
            follower.feed(data(port, after_ns=number * 10_000 + port)._replace(flags=flags))
    conversations = follower.drain()
    assert len(conversations) == 3000
    assert {len(conversation.segments) for conversation in conversations} == {3}
    assert follower.given_up.conversations == 0


def test_what_is_given_up_says_so_and_is_no_other_conversation_later() -> None:
    """A flood of SYNs does not become memory: the longest silent go first, and what they send later is counted."""
    follower = Follower(max_bytes=room_for(16))
    for number, port in enumerate(range(1000, 1100)):
        follower.feed(syn(port, after_ns=number))
    given_up = follower.given_up.conversations
    for number, port in enumerate(range(1000, 1100)):
        follower.feed(data(port, after_ns=1000 + number))
    conversations = follower.take(START_NS) + follower.drain()
    assert sorted(conversation.client.port for conversation in conversations) == list(range(1000, 1100))
    marked = [conversation for conversation in conversations if NoteKind.GIVEN_UP in conversation.kinds]
    assert 80 < given_up <= len(marked) == follower.given_up.conversations
    assert follower.given_up.packets >= given_up


def test_after_it_was_given_up_a_new_syn_begins_a_conversation() -> None:
    """With another number; the same one is still the attempt of before."""
    follower = Follower(max_bytes=room_for(2))
    for number, port in enumerate((1000, 1001, 1002)):
        follower.feed(syn(port, after_ns=number))
    assert follower.feed(syn(1000, after_ns=10)) is None
    begun = follower.feed(syn(1000, after_ns=11)._replace(seq=77_777))
    assert begun is not None
    assert len(begun.segments) == 1


def test_what_is_over_is_handed_over_first() -> None:
    """A connection that is silent, and open, is followed on."""
    follower = Follower(max_bytes=room_for(16))
    follower.feed(syn(999))
    for port in range(1000, 1100):
        begun = syn(port, after_ns=port)
        follower.feed(begun)
        follower.feed(begun._replace(source=SERVER, destination=begun.source, ack=2, flags=0x14))
    assert 999 not in [conversation.client.port for conversation in follower.take(START_NS)]
    assert 999 in [conversation.client.port for conversation in follower.drain()]
    assert follower.given_up.conversations == 0


def test_many_long_conversations_are_folded_together() -> None:
    """The longest first, so that a short one stays whole however much is kept; none is given up for that."""
    most = 10 * CONVERSATION_BYTES + 160 * SEGMENT_BYTES
    follower = Follower(max_bytes=most)
    for number in range(1000):
        kept = follower.feed(data(1000 + (number % 10 if number < 40 else number % 2), after_ns=number))
        assert kept is not None
        assert kept.segments[-1].t_ns == START_NS + number
    conversations = follower.drain()
    assert sum(len(conversation.segments) for conversation in conversations) <= 160
    assert [len(conversation.segments) for conversation in conversations[2:]] == [4] * 8
    assert follower.given_up.conversations == 0
