"""What one point saw, in numbers that are the same at all."""

from services.scope.model import Flags
from services.scope.vantage.views import PointView
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.points.worlds import Fate, World
from tests.unit.services.scope.harness.wire import followed
from tests.unit.services.scope.vantage.test_matching import seen


def test_windows_are_as_on_the_wire() -> None:
    """So that points compare that know the shift, and points that do not."""
    (conversation,) = followed(session())
    view = PointView("a", conversation, (0, 0))
    assert [one.window for one in view.seen(conversation.client, conversation.numbering)[:3]] == [64_240, 65_160, 500]


def test_copies_are_left_out() -> None:
    """They crossed the point twice, and were sent once."""
    talk = session()
    talk.copied(hops=63)
    (conversation,) = followed(talk)
    assert len(PointView("a", conversation, (0, 0)).seen(conversation.client, conversation.numbering)) == 10


def test_numbers_count_from_the_same() -> None:
    """A point that saw no SYN counts from the first segment of each side."""
    world = World([30])
    missed = Fate(missed_by=(1,))
    world.send("client", 0, "SYN", 0, fate=missed)
    world.send("server", 100, "SYN ACK", 0, 1, fate=missed)
    world.send("server", 200, "PSH ACK", 1, 1, 7, fate=missed)
    world.send("client", 300, "PSH ACK", 1, 8, 5)
    world.send("server", 400, "PSH ACK", 8, 6, 3)
    whole, late = world.views()
    client, numbering = whole.conversation.client, whole.conversation.numbering
    assert [(one.begin, one.ack) for one in late.seen(client, numbering)] == [(1, 8), (8, 6)]
    assert [one[2:6] for one in late.seen(client, numbering)] == [one[2:6] for one in whole.seen(client, numbering)[3:]]


def test_roles_that_a_point_took_the_other_way_round_are_turned() -> None:
    """Without a handshake it cannot know better."""
    world = World([30])
    world.say(0)
    view = world.views()[0]
    turned = view.seen(view.conversation.server, {})
    assert [one.side for one in turned] == ["server", "client"]


def test_a_part_has_the_fin_where_it_has_the_end() -> None:
    """Behind its last byte."""
    whole = seen(0, 1, 10)._replace(flags=int(Flags.FIN | Flags.ACK))
    assert (whole.part(1, 6).end, whole.part(6, 11).end, whole.end) == (6, 12, 12)


def test_what_was_not_kept_is_a_gap() -> None:
    """Between the times of the segments around it."""
    world = World([30])
    world.handshake()
    for number in range(20):
        world.say(1_000 * (number + 1), 1 + 5 * number)
    kept, folded = world.views()[0], world.views(max_segments=20)[0]
    assert kept.gap_ns() is None
    gap = folded.gap_ns()
    assert gap is not None
    assert gap[1] - gap[0] > 1_000_000
