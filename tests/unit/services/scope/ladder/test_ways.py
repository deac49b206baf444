"""How segments went from one vantage point to another."""

from services.scope.ladder.ways import delay_of, is_dropped, is_lost, share_of_way
from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.points.ladders import lossy, quiet


def test_a_delay_is_known_as_well_as_the_clock_is() -> None:
    """0.4 ms each way, and 7.5 us in doubt."""
    conversation = quiet()
    delays = [delay_of(segment, conversation) for segment in conversation.segments]
    assert set(delays) == {(392_500, 407_500)}
    conversation.clocks = ()
    assert delay_of(conversation.segments[0], conversation) is None


def test_what_never_came_is_told_from_what_was_dropped_after_it_came() -> None:
    """And from what arrived."""
    segments = lossy().segments[3:6]
    assert [is_lost(one) for one in segments] == [True, False, False]
    assert [is_dropped(one) for one in segments] == [False, True, False]


def test_of_what_lost_a_part_the_arrow_arrives() -> None:
    """The rest of it did."""
    segment = lossy().segments[3]
    segment.lost = Loss(LossPlace.BETWEEN, "laptop", "rack", 1448)
    assert not is_lost(segment)


def test_where_it_was_lost_is_between_the_two_points() -> None:
    """Of three points there are two places, seen from either side."""
    conversation = lossy()
    lost, answer = conversation.segments[3], conversation.segments[6]
    assert share_of_way(lost, conversation) == 0.5
    conversation.vantages = ("laptop", "switch", "rack")
    assert share_of_way(lost, conversation) == 0.25
    answer.lost = Loss(LossPlace.BETWEEN, "rack", "switch")
    assert share_of_way(answer, conversation) == 0.25
