"""One conversation of what several vantage points have of it."""

from itertools import pairwise

import pytest

from services.scope.model import Outcome, State
from services.scope.notes import NoteKind
from services.scope.vantage.merge import merge
from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.points.worlds import S_NS, US_NS, Fate, World
from tests.unit.services.scope.harness.wire import START_NS


def test_a_segment_of_two_points_is_one_with_two_times() -> None:
    """Both on the clock of the server's point, whose packet it is."""
    world = World([100], ahead_ns=[3 * S_NS, 0])
    world.handshake()
    world.say(1_000)
    found = world.merged()
    assert found.vantages == ("laptop", "server")
    assert len(found.segments) == 5
    assert [one.arrived_ns == one.t_ns for one in found.segments] == [True, False, True, True, False]
    assert [one.left_ns == one.t_ns for one in found.segments] == [False, True, False, False, True]
    assert all(0 <= (one.arrived_ns or 0) - (one.left_ns or 0) <= 200 * US_NS for one in found.segments)
    assert found.segments[0].t_ns == START_NS + 100 * US_NS


def test_times_go_forward() -> None:
    """Whatever the clocks say."""
    world = World([40, 60], ahead_ns=[3 * S_NS, -S_NS, 0])
    world.handshake()
    world.say(1_000)
    assert all(one.t_ns <= other.t_ns for one, other in pairwise(world.merged().segments))


def test_one_point_is_left_as_it_is() -> None:
    """There is nothing to join."""
    world = World([100])
    world.handshake()
    (first, _) = world.views()
    assert merge([first]) is first.conversation


@pytest.mark.parametrize("is_ipv6", [False, True])
@pytest.mark.parametrize("stamps", [False, True])
def test_a_segment_lost_on_the_way_says_so(*, is_ipv6: bool, stamps: bool) -> None:
    """It left, did not arrive, and came once more; its receiver has not moved."""
    world = World([100], stamps=stamps, is_ipv6=is_ipv6)
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(0))
    world.say(250_000)
    found = world.merged()
    lost, again = found.segments[3:5]
    assert lost.lost == Loss(LossPlace.BETWEEN, "laptop", "server")
    assert (lost.left_ns, lost.arrived_ns) == (lost.t_ns, None)
    assert NoteKind.RETRANSMISSION in again.kinds
    assert again.lost is None
    assert again.arrived_ns == START_NS + 250_100 * US_NS


def test_of_three_points_the_two_are_named_between_which_it_was_lost() -> None:
    """In the direction in which it went."""
    world = World([40, 60])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(1))
    world.say(250_000)
    world.send("server", 300_000, "PSH ACK", 1, 6, 7, fate=Fate(1))
    world.send("server", 600_000, "PSH ACK", 1, 6, 7)
    world.send("client", 600_200, "ACK", 6, 8)
    found = [one.lost for one in world.merged().segments if one.lost is not None]
    assert found == [Loss(LossPlace.BETWEEN, "router", "server"), Loss(LossPlace.BETWEEN, "router", "laptop")]


def test_what_arrived_and_was_not_taken_was_dropped_behind_the_last_point() -> None:
    """It was not acknowledged when it came once more, and no duplicate is reported."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5)
    world.say(250_000)
    found = world.merged()
    assert found.segments[3].lost == Loss(LossPlace.AFTER_ARRIVAL, "server")
    assert found.segments[3].arrived_ns is not None
    assert found.segments[4].lost is None


def test_what_was_sent_once_more_than_needed_was_not_dropped() -> None:
    """The receiver reports the duplicate (RFC 2883)."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5)
    world.send("client", 30_000, "PSH ACK", 1, 1, 5)
    world.send("server", 30_110, "ACK", 1, 6, sack=((1, 6),))
    assert [one.lost for one in world.merged().segments] == [None] * 6


def test_a_syn_that_a_full_queue_drops_was_dropped_after_its_arrival() -> None:
    """The server's point saw it twice, and an answer once."""
    world = World([100])
    world.send("client", 0, "SYN", 0)
    world.handshake(1_000_000)
    found = world.merged()
    assert found.segments[0].lost == Loss(LossPlace.AFTER_ARRIVAL, "server")
    assert [one.server_state for one in found.segments[:3]] == [State.LISTEN, State.LISTEN, State.SYN_RECEIVED]


def test_what_a_point_missed_is_not_lost() -> None:
    """Its receiver acknowledges it, and it did not come once more."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(missed_by=(1,)))
    world.send("server", 1_110, "ACK", 1, 6)
    found = world.merged()
    assert (found.segments[3].lost, found.segments[3].arrived_ns) == (None, None)


def test_an_ack_that_did_not_arrive_was_lost() -> None:
    """The point was capturing before and after."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5)
    world.send("server", 1_110, "ACK", 1, 6, fate=Fate(0))
    world.say(50_000, 6)
    assert world.merged().segments[4].lost == Loss(LossPlace.BETWEEN, "server", "laptop")


def test_an_ack_behind_the_last_packet_of_a_capture_is_not_said_to_be_lost() -> None:
    """The capture may have ended."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    world.send("client", 2_000, "ACK", 6, 1, fate=Fate(missed_by=(1,)))
    found = world.merged()
    assert [one.lost for one in found.segments] == [None] * 6


def test_a_lost_fin_moves_its_sender_alone() -> None:
    """The server's state is told by what arrived."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "FIN ACK", 1, 1, fate=Fate(0))
    world.send("client", 250_000, "FIN ACK", 1, 1)
    world.send("server", 250_110, "FIN ACK", 1, 2)
    world.send("client", 250_220, "ACK", 2, 2)
    found = world.merged()
    states = [(one.client_state, one.server_state) for one in found.segments[3:]]
    assert states == [
        (State.FIN_WAIT_1, State.ESTABLISHED),
        (State.FIN_WAIT_1, State.CLOSE_WAIT),
        (State.TIME_WAIT, State.LAST_ACK),
        (State.TIME_WAIT, State.CLOSED),
    ]
    assert found.outcome is Outcome.CLOSED


def test_a_fin_behind_a_lost_segment_waits() -> None:
    """It arrived, but its receiver takes the bytes before it first."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(0))
    world.send("client", 1_010, "FIN ACK", 6, 1)
    world.send("client", 250_000, "PSH ACK", 1, 1, 5)
    world.send("server", 250_110, "ACK", 1, 7)
    found = world.merged()
    assert [one.server_state for one in found.segments[3:6]] == [State.ESTABLISHED, State.ESTABLISHED, State.CLOSE_WAIT]


def test_a_lost_last_ack_leaves_the_server_waiting() -> None:
    """Until the ACK comes that answers its next FIN."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "FIN ACK", 1, 1)
    world.send("server", 1_110, "FIN ACK", 1, 2)
    world.send("client", 1_220, "ACK", 2, 2, fate=Fate(0))
    world.send("server", 250_000, "FIN ACK", 1, 2)
    world.send("client", 250_110, "ACK", 2, 2)
    found = world.merged()
    assert found.segments[5].lost == Loss(LossPlace.BETWEEN, "laptop", "server")
    assert [one.server_state for one in found.segments[5:]] == [State.LAST_ACK, State.LAST_ACK, State.CLOSED]


def test_segments_that_overtake_each_other_are_not_lost() -> None:
    """They stand as they came to the server."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5, fate=Fate(late_us=50))
    world.send("client", 1_010, "PSH ACK", 6, 1, 5)
    world.send("server", 1_200, "ACK", 1, 11)
    found = world.merged()
    assert [one.seq for one in found.segments[3:5]] == [6, 1]
    assert [one.lost for one in found.segments] == [None] * 6


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_of_duplicate_acks_with_equal_headers_one_is_lost(missing: int) -> None:
    """Neither time-stamps nor identifications tell them apart; the usual time on the way does."""
    world = World([100], stamps=False, is_ipv6=True)
    world.handshake()
    world.send("server", 1_000, "ACK", 1, 1, 5, fate=Fate(0))
    for number in range(3):
        fate = Fate(0 if number == missing else None)
        world.send("client", 1_200 + 20 * number, "ACK", 1, 1, fate=fate)
    world.send("server", 1_500, "ACK", 1, 1, 5)
    world.send("client", 1_620, "ACK", 1, 6)
    found = [one for one in world.merged().segments if one.lost is not None and one.sender == "client"]
    assert [one.left_ns for one in found] == [START_NS + (1_200 + 20 * missing) * US_NS]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_point_that_began_late_is_joined(turn: int) -> None:
    """Its numbers count from another one, and what it did not see yet was not lost."""
    world = World([100], ahead_ns=[2 * S_NS, 0])
    missed = Fate(missed_by=(0,))
    world.send("client", 0, "SYN", 0, fate=missed)
    world.send("server", 110, "SYN ACK", 0, 1, fate=missed)
    world.send("client", 220, "ACK", 1, 1, fate=missed)
    world.send("client", 330, "PSH ACK", 1, 1, 5, fate=missed)
    world.send("server", 440, "ACK", 1, 6, fate=missed)
    world.say(1_000, 6)
    world.say(2_000, 11)
    found = merge(world.views()[::turn])
    assert [one.left_ns is None for one in found.segments if one.sender == "client"] == [True, True, True, False, False]
    assert [one.lost for one in found.segments] == [None] * 9
    assert [one.seq for one in found.segments] == [0, 0, 1, 1, 1, 6, 1, 11, 1]


def test_of_a_long_conversation_what_was_not_kept_was_not_lost() -> None:
    """Each point keeps another part of it."""
    world = World([100])
    world.cut_at(1)
    world.handshake()
    for number in range(40):
        begin = 1 + number * 4 * 1448
        world.say(1_000 * (number + 1), begin, 4 * 1448)
    found = world.merged(max_segments=64)
    assert NoteKind.NOT_KEPT in found.kinds
    assert [one.lost for one in found.segments if one.lost is not None] == []
    assert all(one.t_ns <= other.t_ns for one, other in pairwise(found.segments))


def test_a_point_that_kept_less_than_the_servers_lost_nothing() -> None:
    """What it saw meanwhile is not known."""
    world = World([100])
    world.cut_at(0)
    world.handshake()
    for number in range(40):
        world.say(1_000 * (number + 1), 1 + number * 4 * 1448, 4 * 1448)
    found = world.merged(max_segments=64)
    assert [one.lost for one in found.segments if one.lost is not None] == []
    assert any(one.arrived_ns is None for one in found.segments if one.sender == "server")
