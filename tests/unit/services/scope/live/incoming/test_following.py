"""What taps send, followed into conversations."""

import io

from services.scope.capture.reader import read_capture
from services.scope.live.incoming.following import WAIT_S, Following
from services.scope.model import Outcome
from services.scope.vantages import Loss, LossPlace
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.points.worlds import S_NS, Fate, World
from tests.unit.services.scope.harness.wire import Talk, capture

# After its end a conversation is silent for a second (services.scope.tcp.follow).
QUIET_S = 1.1


class Stage:
    """Taps, and a clock that goes when it is told."""

    def __init__(self, *names: str) -> None:
        self.now_s = 1000.0
        self.connected = list(names)
        self.following = Following(5000, lambda: self.connected, lambda: self.now_s)
        self._number = 0

    def send(self, name: str, data: bytes) -> None:
        """Let a tap send a capture."""
        frames = list(read_capture(io.BytesIO(data)))
        self.following.feed(name, [frame._replace(number=frame.number + self._number) for frame in frames])
        self._number += len(frames)


def spoken(fate: Fate | None = None) -> World:
    """Return a session to its end, of which the last ACK has a fate of its own."""
    world = World([100], ahead_ns=[7 * S_NS, 0])
    world.handshake()
    world.say(1_000)
    world.send("client", 2_000, "FIN ACK", 6, 1)
    world.send("server", 2_110, "FIN ACK", 1, 7)
    world.send("client", 2_220, "ACK", 7, 2, fate=fate or Fate())
    return world


def test_what_two_taps_saw_is_one() -> None:
    """Once each of them has seen its end."""
    stage = Stage("laptop", "server")
    for name, data in zip(stage.connected, spoken().captures(), strict=True):
        stage.send(name, data)
    assert len(stage.following) == 2
    assert stage.following.take() == []
    stage.now_s += QUIET_S
    (found,) = stage.following.take()
    assert (found.vantages, len(found.segments)) == (("laptop", "server"), 8)
    assert len(stage.following) == 0
    assert stage.following.take() == []


def test_one_tap_alone_waits_for_nobody() -> None:
    """As if there were no others."""
    stage = Stage("laptop")
    stage.send("laptop", capture(session().packets))
    stage.now_s += QUIET_S
    (found,) = stage.following.take()
    assert found.vantages == ()


def test_what_one_of_two_has_seen_waits_for_nobody() -> None:
    """The other does not follow it."""
    stage = Stage("laptop", "server")
    other = Talk(41_000)
    other.handshake()
    stage.send("laptop", capture(session().packets))
    stage.send("server", capture(other.packets))
    stage.now_s += QUIET_S
    (found,) = stage.following.take()
    assert (found.vantages, len(found.segments)) == ((), 10)


def test_an_end_that_was_lost_on_the_way_is_waited_for_but_not_for_ever() -> None:
    """The server's tap never sees it; then it gives what it has."""
    stage = Stage("laptop", "server")
    for name, data in zip(stage.connected, spoken(Fate(0)).captures(), strict=True):
        stage.send(name, data)
    stage.now_s += QUIET_S
    assert stage.following.take() == []
    stage.now_s += WAIT_S
    (found,) = stage.following.take()
    assert found.segments[-1].lost == Loss(LossPlace.BETWEEN, "laptop", "server")
    assert found.outcome is Outcome.OPEN
    assert len(stage.following) == 0


def test_a_tap_that_lags_is_waited_for() -> None:
    """Its last packets come later."""
    stage = Stage("laptop", "server")
    first, second = spoken().captures()
    packets = list(read_capture(io.BytesIO(second)))
    early = capture([(frame.t_ns, frame.captured) for frame in packets[:5]])
    late = capture([(frame.t_ns, frame.captured) for frame in packets[5:]])
    stage.send("laptop", first)
    stage.send("server", early)
    stage.now_s += QUIET_S
    assert stage.following.take() == []
    stage.send("server", late)
    stage.now_s += QUIET_S
    (found,) = stage.following.take()
    assert [one.arrived_ns is None for one in found.segments] == [False] * 8


def test_a_tap_in_the_place_of_one_that_is_gone_goes_on() -> None:
    """A container that is replaced has another name."""
    stage = Stage("one")
    packets = session().packets
    stage.send("one", capture(packets[:4]))
    stage.connected = ["two"]
    stage.send("two", capture(packets[4:]))
    stage.now_s += QUIET_S
    (found,) = stage.following.take()
    assert (found.outcome, len(found.segments), found.vantages) == (Outcome.CLOSED, 10, ())


def test_at_the_end_everything_is_given() -> None:
    """Also what is open, joined where two have seen it."""
    stage = Stage("laptop", "server")
    world = World([100])
    world.handshake()
    for name, data in zip(stage.connected, world.captures(), strict=True):
        stage.send(name, data)
    (found,) = stage.following.drain()
    assert (found.outcome, found.vantages) == (Outcome.OPEN, ("laptop", "server"))


def test_a_tap_that_is_gone_is_forgotten() -> None:
    """When it has left nothing open."""
    stage = Stage("laptop", "server")
    for name in ("laptop", "server"):
        stage.send(name, capture(session().packets))
    stage.now_s += QUIET_S
    assert len(stage.following.take()) == 1
    stage.connected = ["laptop"]
    stage.following.take()
    stage.send("laptop", capture(session().packets))
    stage.now_s += QUIET_S
    assert [one.vantages for one in stage.following.take()] == [()]
    assert stage.following.given_up == 0
