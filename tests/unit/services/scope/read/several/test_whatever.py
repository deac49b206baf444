"""Whatever points have missed, their captures become conversations that can be written, read and drawn."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scope.document import ladder
from services.scope.model import Conversation
from services.scope.recorded.recording import recording
from services.scope.tcp.follow import Follower
from services.scope.vantage.gathering import Gathering
from tests.unit.services.scope.harness.invariants import violations
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import SERVER_PORT, capture, decoded

POINTS = ("a", "b", "c")
SPANS_NS = dict.fromkeys(POINTS, (0, 2**62))


def gathered(name: str, missed: list[set[int]], ahead_ns: int) -> list[Conversation]:
    """Return what points saw of a talk, each without some packets."""
    gathering = Gathering()
    for number, (point, missing) in enumerate(zip(POINTS, missed, strict=False)):
        packets = [packet for at, packet in enumerate(talk(name).packets) if at not in missing]
        follower = Follower({SERVER_PORT})
        for packet in decoded(capture((t_ns + number * ahead_ns, data) for t_ns, data in packets)):
            follower.feed(packet._replace(frame=packet.frame + 1_000 * number))
        for conversation in follower.drain():
            gathering.add(point, conversation)
    return [one.merged(SPANS_NS) for one in gathering.rest()]


@settings(max_examples=50)
@given(
    st.sampled_from(sorted(TALKS)),
    st.lists(st.sets(st.integers(0, 12)), min_size=2, max_size=3),
    st.integers(-(10**10), 10**10),
)
def test_what_points_have_missed_breaks_nothing(name: str, missed: list[set[int]], ahead_ns: int) -> None:
    """No segment is there twice, and what is written is read again."""
    for found in gathered(name, missed, ahead_ns):
        assert len({segment.frame for segment in found.segments}) == len(found.segments)
        (again,) = recording(orjson.dumps(ladder(found))).conversations
        assert (again.vantages, again.clocks) == (found.vantages, found.clocks)


@settings(max_examples=50)
@given(st.sampled_from(sorted(TALKS)), st.integers(-(10**10), 10**10))
def test_of_two_points_that_saw_everything_nothing_was_lost_on_the_way(name: str, ahead_ns: int) -> None:
    """And no end sends what its state forbids."""
    for found in gathered(name, [set(), set()], ahead_ns):
        assert all(segment.lost is None or segment.lost.next is None for segment in found.segments)
        assert all(segment.left_ns and segment.arrived_ns for segment in found.segments)
        assert violations(found) == []
