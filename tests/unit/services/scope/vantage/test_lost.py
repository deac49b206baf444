"""What was lost, and what was not."""

import pytest

from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.points.worlds import Fate, World

LOST = Fate(0)
CLOSED = Fate(window=0)
BETWEEN = Loss(LossPlace.BETWEEN, "laptop", "server")
DROPPED = Loss(LossPlace.AFTER_ARRIVAL, "server")


def losses(world: World) -> list[Loss | None]:
    """Return what was lost of the client's segments."""
    return [one.lost for one in world.merged().segments if one.sender == "client"]


def test_everything_that_a_server_is_cut_off_from_is_lost() -> None:
    """Nobody acknowledges it, and it comes again and again; of the last one nobody can know."""
    world = World([100])
    world.handshake()
    for at_us in (1_000, 250_000, 700_000):
        world.send("client", at_us, "PSH ACK", 1, 1, 5, fate=LOST)
    assert losses(world) == [None, None, BETWEEN, BETWEEN, None]


def test_a_retransmission_can_be_lost_as_well() -> None:
    """Each one that was sent and did not come."""
    world = World([100])
    world.handshake()
    for at_us in (1_000, 250_000):
        world.send("client", at_us, "PSH ACK", 1, 1, 5, fate=LOST)
    world.say(700_000)
    assert losses(world) == [None, None, BETWEEN, BETWEEN, None]


def test_the_segment_behind_a_dropped_one_was_not_dropped() -> None:
    """Its receiver reports it in SACK."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5)
    world.send("client", 1_010, "PSH ACK", 6, 1, 5)
    world.send("server", 1_120, "ACK", 1, 1, sack=((6, 11),))
    world.send("client", 1_300, "PSH ACK", 1, 1, 5)
    world.send("server", 1_410, "ACK", 1, 11)
    world.send("client", 1_600, "ACK", 11, 1)
    assert losses(world)[2:] == [DROPPED, None, None, None]


def test_a_dropped_segment_may_be_followed_by_a_lost_one() -> None:
    """Two places for the same bytes."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5)
    world.send("client", 250_000, "PSH ACK", 1, 1, 5, fate=LOST)
    world.say(700_000)
    assert losses(world)[2:] == [DROPPED, BETWEEN, None]


def test_a_probe_of_a_closed_window_was_not_dropped() -> None:
    """Its receiver has no room for the byte, and says so."""
    world = World([100])
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 500 << 7)
    world.send("server", 1_120, "ACK", 1, 1 + (500 << 7), fate=CLOSED)
    for at_us in (300_000, 700_000):
        world.send("client", at_us, "ACK", 1 + (500 << 7), 1, 1)
        world.send("server", at_us + 110, "ACK", 1, 1 + (500 << 7), fate=CLOSED)
    assert losses(world)[2:] == [None] * 3


def test_a_keep_alive_was_not_dropped() -> None:
    """Its byte was acknowledged long ago."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    for at_us in (10_000_000, 20_000_000):
        world.send("client", at_us, "ACK", 5, 1, 1)
        world.send("server", at_us + 110, "ACK", 1, 6)
    assert losses(world)[2:] == [None] * 3


@pytest.mark.parametrize(("again_us", "expected"), [(30_000, None), (250_000, DROPPED)])
def test_without_sack_a_second_one_tells_when_it_comes_late(again_us: float, expected: Loss | None) -> None:
    """Sooner, the acknowledgement of the first may have been on its way."""
    world = World([100], sack=False)
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 5)
    world.say(again_us)
    assert losses(world)[2:] == [expected, None]


def test_the_servers_segments_are_lost_the_other_way() -> None:
    """The client's point is the last one."""
    world = World([100])
    world.handshake()
    world.send("server", 1_000, "PSH ACK", 1, 1, 5, fate=LOST)
    world.send("server", 250_000, "PSH ACK", 1, 1, 5)
    world.send("server", 700_000, "PSH ACK", 1, 1, 5)
    world.send("client", 700_110, "ACK", 1, 6)
    found = [one.lost for one in world.merged().segments if one.sender == "server"]
    assert found[1:] == [Loss(LossPlace.BETWEEN, "server", "laptop"), Loss(LossPlace.AFTER_ARRIVAL, "laptop"), None]
