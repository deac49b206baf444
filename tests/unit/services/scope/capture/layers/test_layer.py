"""What every layer works with."""

import pytest

from services.scope.capture.layers.layer import NoSegment, Reason
from services.scope.gaps import Lack
from services.scope.tunnels import Tunnel, TunnelKind
from tests.unit.services.scope.harness.wrapping import walk_over


def test_numbers_are_read_from_where_the_walk_is() -> None:
    """In the network's byte order, or the other."""
    walk = walk_over(bytes(range(8)), 1, 8)
    assert (walk.number(0, 2), walk.little(0, 2), walk.number(3, 4)) == (0x0102, 0x0201, 0x04050607)
    walk.pass_over(3)
    assert walk.number(0, 1) == 4


def test_what_was_not_captured_is_no_number() -> None:
    """Not even in part."""
    with pytest.raises(NoSegment) as caught:
        walk_over(bytes(4), 1, 60).number(0, 4)
    assert caught.value.reason == Reason(Lack.CUT_OFF)


def test_tunnels_are_kept_in_their_order() -> None:
    """The outermost first."""
    walk = walk_over(b"", 0, 0)
    walk.enter(TunnelKind.GRE)
    walk.enter(TunnelKind.VXLAN, 42)
    assert walk.tunnels == [Tunnel(TunnelKind.GRE), Tunnel(TunnelKind.VXLAN, 42)]
