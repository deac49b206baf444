"""Times and numbers that are the same for all points."""

from services.scope.vantage.crossings import Crossing, Sight
from services.scope.vantage.path import Path
from services.scope.vantage.views import PointView
from services.scope.vantages import Numbering, Offset, VantageClock
from tests.unit.services.scope.harness.points.worlds import World
from tests.unit.services.scope.vantage.test_matching import seen

CLOCK = VantageClock("laptop", 1_000_000, 2_000_000, Offset(500, 500, 500), Offset(600, 600, 600))


def path() -> Path:
    """Return one of two points, of which the first is ahead, and runs faster."""
    world = World([30])
    world.handshake()
    views = [PointView(view.name, view.conversation, (1_000_400, 2_000_500)) for view in world.views()]
    return Path(views, (CLOCK,), {"client": Numbering(4_294_967_290, 7)})


def test_a_time_is_converted_with_the_drift() -> None:
    """To the clock of the last point, whose times stay."""
    assert [path().convert(0, t_ns) for t_ns in (1_000_500, 2_000_600)] == [1_000_000, 2_000_000]
    assert path().convert(1, 1_500) == 1_500


def test_a_segment_stands_where_the_server_saw_it() -> None:
    """Else when it was seen first."""
    both = Crossing(seen(0, 1, 5), 1, {0: Sight(1_000_500, 1_000_500, 1, 5), 1: Sight(1_010_000, 1_020_000, 1, 5)})
    assert (path().time_of(both), path().left_ns(both), path().arrived_ns(both)) == (1_010_000, 1_000_000, 1_020_000)
    lost = Crossing(seen(0, 1, 5), 0, {0: Sight(1_000_500, 1_000_500, 1, 5)})
    assert (path().time_of(lost), path().left_ns(lost), path().arrived_ns(lost)) == (1_000_000, 1_000_000, None)


def test_a_point_is_watching_between_its_first_packet_and_its_last() -> None:
    """On the last point's clock."""
    assert [path().is_watching(0, t_ns) for t_ns in (999_850, 1_000_000, 1_999_850, 2_000_000)] == [
        False,
        True,
        True,
        False,
    ]


def test_numbers_on_the_wire_are_near_another() -> None:
    """They begin anew after 4 GiB."""
    assert path().relative("client", (4, 14), 0) == (10, 20)
    assert path().relative("client", (4, 14), 1 << 32) == (10 + (1 << 32), 20 + (1 << 32))


def test_a_window_is_told_in_bytes() -> None:
    """Where its shift is known."""
    assert path().window_of(seen(0, 1, 5)) == 500 << 7
    assert path().window_of(seen(0, 1, 5)._replace(side="server")) == 500
