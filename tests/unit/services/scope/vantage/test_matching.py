"""Which packets of two points are the same."""

from hypothesis import given
from hypothesis import strategies as st

from services.scope.model import Flags, Options
from services.scope.vantage.matching import Match, common, match, without
from services.scope.vantage.views import Seen

ACK = int(Flags.ACK)

RANGES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda one: (min(one), max(one) + 1)), max_size=5
)


def seen(t_ns: int, begin: int, length: int, identification: int = 0, stamp: int | None = None) -> Seen:
    """Return a packet of the client's."""
    options = Options(timestamps=None if stamp is None else (stamp, 1))
    return Seen(t_ns, "client", begin, length, 1, ACK, 500, identification, options, 1)


def test_equal_headers_are_the_same_packet() -> None:
    """Whatever the clocks say."""
    assert match([seen(10, 1, 5, 7), seen(20, 6, 5, 8)], [seen(900, 6, 5, 8)]) == [Match(1, 0, 6, 11)]


def test_the_same_bytes_in_another_packet_are_another_packet() -> None:
    """A retransmission has another identification, and mostly another time-stamp."""
    assert match([seen(10, 1, 5, 7)], [seen(900, 1, 5, 8)]) == []
    assert match([seen(10, 1, 5, 0, 70)], [seen(900, 1, 5, 0, 71)]) == []


def test_a_packet_is_found_in_its_pieces() -> None:
    """Those have its acknowledgement and time-stamp, and identifications that go on from its own."""
    whole = seen(10, 1, 4000, 7, 70)
    pieces = [seen(900 + at, 1 + 1000 * at, 1000, 7 + at, 70) for at in range(4)]
    expected = [Match(0, at, 1 + 1000 * at, 1001 + 1000 * at) for at in range(4)]
    assert match([whole], pieces) == expected
    assert [(one.other, one.one) for one in match(pieces, [whole])] == [(one.one, one.other) for one in expected]


def test_a_piece_that_was_sent_once_more_is_none_of_it() -> None:
    """In the same millisecond: its identification does not go on from the packet's."""
    pieces = [seen(900, 1, 1000, 7, 70), seen(905, 2001, 1000, 31, 70)]
    assert match([seen(10, 1, 4000, 7, 70)], pieces) == [Match(0, 0, 1, 1001)]


def test_packets_may_be_cut_in_other_places_at_each_point() -> None:
    """What they have in common is told by bytes."""
    ones, others = [seen(10, 1, 1500), seen(20, 1501, 1500)], [seen(900, 1, 1000), seen(910, 1001, 2000)]
    assert match(ones, others) == [Match(0, 0, 1, 1001), Match(0, 1, 1001, 1501), Match(1, 1, 1501, 3001)]


def test_each_byte_is_found_once() -> None:
    """Sent twice with equal headers but the size, it came once: in the packet that the time on the way tells."""
    ones = [seen(0, 1, 500), seen(1_000, 501, 2_000), seen(9_000, 501, 2_000)]
    others = [seen(100, 1, 500), seen(9_100, 501, 1_000), seen(9_110, 1_501, 1_000)]
    assert match(ones, others)[1:] == [Match(2, 1, 501, 1501), Match(2, 2, 1501, 2501)]


def test_of_equal_packets_the_one_is_left_out_that_fits_least() -> None:
    """As none of the others is missing, nothing is sure of these."""
    ones = [seen(0, 1, 5), seen(1_000, 6, 0), seen(2_000, 6, 0), seen(3_000, 6, 0)]
    others = [seen(50_100, 1, 5), seen(51_101, 6, 0), seen(53_099, 6, 0)]
    assert match(ones, others)[1:] == [Match(1, 1, 6, 6, is_sure=False), Match(3, 2, 6, 6, is_sure=False)]
    turned = match(others, ones)[1:]
    assert [(one.other, one.one) for one in turned] == [(1, 1), (3, 2)]


@given(RANGES, RANGES)
def test_ranges_are_sets_of_numbers(ones: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    """What two have in common, and what one has besides."""

    def numbers(ranges: list[tuple[int, int]]) -> set[int]:
        return {number for begin, end in ranges for number in range(begin, end)}

    assert numbers(common(ones, others)) == numbers(ones) & numbers(others)
    assert numbers(without(ones, others)) == numbers(ones) - numbers(others)


def test_another_acknowledgement_is_another_packet() -> None:
    """Though its bytes are the same, and nothing else tells it."""
    assert match([seen(10, 1, 5)], [seen(900, 1, 5)._replace(ack=2)]) == []
