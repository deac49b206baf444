"""Where each packet was seen."""

import pytest

from services.scope.vantage.crossings import Sight, follow, sender_first
from tests.unit.services.scope.vantage.test_matching import seen


def test_a_packet_that_all_saw_is_one() -> None:
    """As the point nearest to the server saw it."""
    (found,) = follow([[seen(10, 1, 5)], [seen(20, 1, 5)], [seen(30, 1, 5)]])
    assert (found.packet.t_ns, found.point) == (30, 2)
    assert found.sights == {2: Sight(30, 30, 1, 5), 0: Sight(10, 10, 1, 5), 1: Sight(20, 20, 1, 5)}


def test_what_the_server_did_not_see_is_as_the_next_one_saw_it() -> None:
    """With what those before it saw of the same."""
    (found,) = follow([[seen(10, 1, 5)], [seen(20, 1, 5)], []])
    assert (found.packet.t_ns, found.point, set(found.sights)) == (20, 1, {0, 1})


def test_what_is_left_of_a_packet_is_one_of_its_own() -> None:
    """The bytes that the next point did not see."""
    found = follow([[seen(10, 1, 3000, 7)], [seen(20, 1, 1000, 7), seen(21, 2001, 1000, 9)]])
    assert [(one.packet.begin, one.packet.length, one.point) for one in found] == [
        (1, 1000, 1),
        (2001, 1000, 1),
        (1001, 1000, 0),
    ]


@pytest.mark.parametrize(("side", "way"), [("client", [0, 1, 2]), ("server", [2, 1, 0])])
def test_each_side_sends_from_its_own_end(side: str, way: list[int]) -> None:
    """Points are numbered from the client."""
    assert list(sender_first(3, side)) == way  # type: ignore[arg-type]
