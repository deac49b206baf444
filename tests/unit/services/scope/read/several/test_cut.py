"""What segmentation offload makes of a packet between two points."""

import pytest

from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.points.worlds import US_NS, Fate, World
from tests.unit.services.scope.harness.wire import START_NS


@pytest.mark.parametrize("stamps", [False, True])
@pytest.mark.parametrize("is_ipv6", [False, True])
def test_data_that_one_point_sees_before_it_is_cut_is_one(*, stamps: bool, is_ipv6: bool) -> None:
    """The client's point sees one packet of eight segments, the server's eight."""
    world = World([100], stamps=stamps, is_ipv6=is_ipv6)
    world.cut_at(1)
    world.handshake()
    world.send("client", 1_000, "PSH ACK", 1, 1, 8 * 1448)
    world.send("server", 1_120, "ACK", 1, 1 + 8 * 1448)
    found = world.merged()
    assert len(found.segments) == 12
    assert {one.left_ns for one in found.segments[3:11]} == {START_NS + 1_000 * US_NS}
    assert all(one.lost is None and one.arrived_ns == one.t_ns for one in found.segments[3:11])


def test_a_segment_lost_from_what_was_cut_on_the_way_is_told_by_its_bytes() -> None:
    """Of the client's: a segment of its own, as no point saw it but as a part."""
    world = World([100])
    world.cut_at(1)
    world.handshake()
    lost = 1 + 2 * 1448, 1 + 4 * 1448
    world.send("client", 1_000, "PSH ACK", 1, 1, 8 * 1448, fate=Fate(0, range(*lost)))
    world.send("server", 1_120, "ACK", 1, lost[0], sack=((lost[1], 1 + 8 * 1448),))
    world.send("client", 1_300, "ACK", lost[0], 1, 2 * 1448)
    world.send("server", 1_420, "ACK", 1, 1 + 8 * 1448)
    found = [one for one in world.merged().segments if one.lost is not None]
    assert [(one.seq, one.length) for one in found] == [(lost[0], 2 * 1448)]
    assert found[0].lost == Loss(LossPlace.BETWEEN, "laptop", "server")


def test_a_part_that_is_lost_of_what_the_servers_point_saw_whole_is_told_in_bytes() -> None:
    """The server's packet stands as its point saw it."""
    world = World([100])
    world.cut_at(0)
    world.handshake()
    lost = 1 + 1448, 1 + 2 * 1448
    world.send("server", 1_000, "PSH ACK", 1, 1, 8 * 1448, fate=Fate(0, range(*lost)))
    world.send("client", 1_120, "ACK", 1, lost[0], sack=((lost[1], 1 + 8 * 1448),))
    world.send("server", 1_300, "ACK", lost[0], 1, 1448)
    world.send("client", 1_420, "ACK", 1, 1 + 8 * 1448)
    found = world.merged()
    assert found.segments[3].lost == Loss(LossPlace.BETWEEN, "server", "laptop", 1448)
    assert found.segments[3].length == 8 * 1448
