"""In which order two ends saw what was on its way together."""

from services.scope.model import State
from tests.unit.services.scope.harness.points.worlds import Fate, World


def test_what_was_lost_has_its_place_behind_what_had_left_before() -> None:
    """Also where that was still on its way: an ACK that left before a FIN that was lost repeats nothing."""
    world = World([5_000])
    world.handshake()
    world.send("client", 20_000, "PSH ACK", 1, 1, 5)
    world.send("server", 25_100, "PSH ACK", 1, 6, 5)
    world.send("client", 30_200, "ACK", 6, 6)
    world.send("client", 30_300, "FIN ACK", 6, 6, fate=Fate(0))
    world.send("client", 250_000, "FIN ACK", 6, 6)
    ack, lost = world.merged().segments[5:7]
    assert (ack.length, ack.notes, ack.client_state) == (0, [], State.ESTABLISHED)
    assert lost.lost is not None
    assert lost.client_state == State.FIN_WAIT_1


def test_each_ends_states_follow_from_what_it_saw_in_its_own_order() -> None:
    """Two FINs cross: each end had sent its own before the other's came, so both go through CLOSING."""
    world = World([5_000])
    world.handshake()
    world.send("client", 20_000, "FIN ACK", 1, 1)
    world.send("server", 22_000, "FIN ACK", 1, 1)
    world.send("server", 25_100, "ACK", 2, 2)
    world.send("client", 27_100, "ACK", 2, 2)
    segments = world.merged().segments[3:]
    at_server = [(one.sender, one.server_state) for one in segments]
    at_client = [(one.sender, one.client_state) for one in sorted(segments, key=lambda one: one.seen_ns("client"))]
    assert at_server[:2] == [("server", State.FIN_WAIT_1), ("client", State.CLOSING)]
    assert at_client[:2] == [("client", State.FIN_WAIT_1), ("server", State.CLOSING)]
    assert at_client[-1][1] == at_server[-1][1] == State.TIME_WAIT
