"""Segments made of what crossed the path."""

from itertools import pairwise

from services.scope.notes import NoteKind
from tests.unit.services.scope.harness.points.worlds import Fate, World


def folded() -> World:
    """Return a long conversation, of which a segment at the beginning was lost."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(0))
    for number in range(40):
        world.say(300_000 + 1_000 * number, 1 + 5 * number)
    return world


def test_a_long_conversation_keeps_the_states_of_the_server() -> None:
    """Its notes, too; what was lost stands between them."""
    world = folded()
    found = world.merged(max_segments=40)
    server = next(view for view in world.views(max_segments=40) if view.name == "server").conversation
    own = [one for one in found.segments if one.lost is None]
    assert [(one.t_ns, one.server_state, one.notes) for one in own] == [
        (one.t_ns, one.server_state, one.notes) for one in server.segments
    ]
    assert [one.seq for one in found.segments if one.lost is not None] == [1]
    assert all(one.number < other.number for one, other in pairwise(found.segments))


def test_a_long_conversation_whose_first_segment_was_lost_counts_from_it() -> None:
    """The server's point saw the second SYN as its first segment."""
    world = World([100])
    world.send("client", 0, "SYN", 0, fate=Fate(0))
    world.handshake(1_000_000)
    for number in range(40):
        world.say(2_000_000 + 1_000 * number, 1 + 5 * number)
    found = world.merged(max_segments=40)
    assert NoteKind.NOT_KEPT in found.kinds
    assert [one.number for one in found.segments[:4]] == [1, 2, 3, 4]


def test_a_retransmission_names_the_lost_segment() -> None:
    """By its frame."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(0))
    world.say(300_000)
    lost, again = world.merged().segments[3:5]
    assert [(note.kind, note.number) for note in again.notes] == [(NoteKind.RETRANSMISSION, lost.frame)]


def test_two_points_with_nothing_lost_tell_what_one_tells() -> None:
    """Of each segment, but for its times."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    server = next(view for view in world.views() if view.name == "server").conversation
    found = world.merged()
    facts = [
        [(one.t_ns, one.seq, one.ack, one.window, one.notes, one.client_state, one.server_state) for one in it.segments]
        for it in (server, found)
    ]
    assert facts[0] == facts[1]
