"""What was lost before any point saw it."""

import pytest

from services.scope.model import Segment
from services.scope.notes import NoteKind
from services.scope.vantage.unseen import gaps
from services.scope.vantage.views import Seen
from tests.unit.services.scope.harness.points.worlds import Fate, World
from tests.unit.services.scope.vantage.test_matching import seen

UNSEEN = Fate(-1)


def said(world: World) -> list[tuple[int, int | None]]:
    """Return the segments before which packets were lost: their numbers in the stream, and how many."""

    def lost(segment: Segment) -> list[int | None]:
        return [note.number for note in segment.notes if note.kind is NoteKind.LOST_BEFORE_LEAVING]

    return [(one.seq, number) for one in world.merged().segments for number in lost(one)]


def test_a_segment_that_its_own_host_drops_is_missed_in_the_numbers() -> None:
    """It comes after a time-out, and its first one had the number before it."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    world.send("client", 2_000, "PSH ACK", 6, 1, 5, fate=UNSEEN)
    world.say(250_000, 6)
    world.say(251_000, 11)
    world.say(252_000, 16)
    assert said(world) == [(6, 1)]


def test_a_hole_in_the_stream_shows_it_at_once() -> None:
    """The next data is there, and some is missing before it."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    world.send("client", 2_000, "PSH ACK", 6, 1, 5, fate=UNSEEN)
    world.send("client", 2_010, "PSH ACK", 11, 1, 5)
    world.send("client", 2_300, "PSH ACK", 6, 1, 5)
    world.say(3_000, 16)
    assert said(world) == [(11, 1)]


def test_it_counts_the_packets_that_a_large_one_becomes() -> None:
    """As the wire has them."""
    world = World([100])
    world.cut_at(1)
    world.handshake()
    for number in range(4):
        world.say(1_000 * (number + 1), 1 + 4 * 1448 * number, 4 * 1448)
    assert said(world) == []


@pytest.mark.parametrize("fate", [Fate(0), Fate(missed_by=(0,))])
def test_what_a_point_saw_was_not_lost_before(fate: Fate) -> None:
    """At whichever of them."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    world.send("client", 2_000, "PSH ACK", 6, 1, 5, fate=fate)
    world.say(250_000, 6)
    world.say(251_000, 11)
    world.say(252_000, 16)
    assert said(world) == []


def test_data_that_just_comes_next_says_nothing() -> None:
    """What is missing may have been an ACK, or not of this connection."""
    world = World([100])
    world.handshake()
    world.say(1_000)
    world.send("client", 2_000, "ACK", 6, 1, fate=UNSEEN)
    world.say(3_000, 6)
    world.say(4_000, 11)
    world.say(5_000, 16)
    world.say(6_000, 21)
    assert said(world) == []


def numbered(*numbers: int, hops: int = 64) -> list[Seen]:
    """Return packets with these identifications, each after a time-out."""
    packets = (seen(300_000_000 * at, 1 + 5 * at, 5, number) for at, number in enumerate(numbers))
    return [packet._replace(frame=at, hops=hops) for at, packet in enumerate(packets)]


def test_the_packet_behind_a_gap_is_named() -> None:
    """With how many are missing; the numbers begin anew after 16 bits, but 0 is none of a packet."""
    assert gaps(numbered(1, 2, 3, 4, 5, 9), ()) == {5: 3}
    assert gaps(numbered(65_531, 65_532, 65_533, 65_534, 65_535, 1), ()) == {5: 1}


@pytest.mark.parametrize(
    "packets",
    [
        numbered(1, 2, 3, 9),
        numbered(1, 2, 3, 4, 5, 6, 60),
        numbered(5, 90, 17, 3, 8, 70, 71, 72, 73, 74),
        numbered(*[0] * 9),
        numbered(1, 2, 3, 4, 5, 9, hops=128),
    ],
)
def test_only_numbers_one_by_one_tell(packets: list[Seen]) -> None:
    """Some systems count for all connections, some take any number, some none."""
    assert gaps(packets, ()) == {}


def test_what_another_point_saw_was_not_lost() -> None:
    """The nearest has missed it."""
    assert gaps(numbered(1, 2, 3, 4, 5, 9), {7}) == {}
