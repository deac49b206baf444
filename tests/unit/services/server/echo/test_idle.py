"""Connections without progress: the wheel that finds them, and the loop that closes them."""

import socket
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from services.server.echo.idle import IdleWheel
from shared.calls import Call
from tests.unit.harness.facts import Facts, eventually
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.sockets import exchange, receive

Serve = Callable[..., RunningLoop]

# A time-out of half a second: five ticks, and the one that was under way when progress was made.
IDLE_TICKS = 6


class NaiveWheel:
    """The same promises at the cost of looking at everything."""

    def __init__(self) -> None:
        self._ticks: dict[int, int] = {}

    def schedule(self, fd: int, tick: int) -> None:
        """Remember the first wish."""
        self._ticks.setdefault(fd, tick)

    def due(self, tick: int) -> list[int]:
        """Look at every entry."""
        fds = [fd for fd, wanted in self._ticks.items() if wanted == tick]
        for fd in fds:
            del self._ticks[fd]
        return fds


# Between two ticks: (descriptor, ticks from now).
_SCHEDULES = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 8)), max_size=6)


@given(turns=st.lists(_SCHEDULES, max_size=30))
def test_the_wheel_does_what_a_naive_one_does(turns: list[list[tuple[int, int]]]) -> None:
    """Whatever is scheduled whenever, the same descriptors are due at the same ticks."""
    wheel, naive = IdleWheel(), NaiveWheel()
    for tick, schedules in enumerate(turns):
        assert sorted(wheel.due(tick)) == sorted(naive.due(tick))
        for fd, in_ticks in schedules:
            wheel.schedule(fd, tick + in_ticks)
            naive.schedule(fd, tick + in_ticks)


@given(turns=st.lists(_SCHEDULES, min_size=1, max_size=30))
def test_a_scheduled_descriptor_is_due_exactly_once(turns: list[list[tuple[int, int]]]) -> None:
    """None is lost, and none comes twice for one entry: it can only be scheduled again after it was due."""
    wheel = IdleWheel()
    waiting: set[int] = set()
    for tick in range(len(turns) + 8):
        for fd in wheel.due(tick):
            waiting.remove(fd)
        for fd, in_ticks in turns[tick] if tick < len(turns) else []:
            wheel.schedule(fd, tick + in_ticks)
            waiting.add(fd)
    assert not waiting


def open_connection(loop: RunningLoop) -> socket.socket:
    """Return a connection that the loop has accepted."""
    sock = loop.connect()
    sock.sendall(b"?")
    assert receive(sock, 1) == b"?"
    return sock


def test_a_connection_without_progress_is_closed(serve: Serve) -> None:
    """It ends at the tick at which the time-out is over and not before, and the log says why."""
    loop = serve(idle_timeout_s=0.5)
    with open_connection(loop) as sock:
        loop.tick(IDLE_TICKS - 1)
        assert loop.journal.events() == []
        loop.tick()
        assert receive(sock, 1) == b""
        assert loop.journal.wait_for("connection_closed")["ended"] == "idle_timeout"


def test_progress_starts_the_time_again(serve: Serve) -> None:
    """A byte that passes just in time is worth another whole time-out."""
    loop = serve(idle_timeout_s=0.5)
    with open_connection(loop) as sock:
        for _ in range(3):
            loop.tick(IDLE_TICKS - 1)
            sock.sendall(b"!")
            assert receive(sock, 1) == b"!"
        loop.tick(IDLE_TICKS - 1)
        assert loop.journal.events() == []
        loop.tick()
        assert receive(sock, 1) == b""


def test_a_peer_that_does_not_read_makes_no_progress(serve: Serve) -> None:
    """Bytes that nobody takes do not keep a connection open."""
    loop = serve(idle_timeout_s=0.5, send_buffer_bytes=4096)
    with loop.connect() as sock:
        sock.setblocking(False)
        sock.send(bytes(8 << 20))
        while not loop.journal.events():
            loop.tick()
        assert loop.journal.wait_for("connection_closed")["ended"] == "idle_timeout"


def test_zero_means_never(serve: Serve) -> None:
    """Without an idle time-out a silent connection stays open."""
    loop = serve(idle_timeout_s=0)
    with open_connection(loop) as sock:
        loop.tick(200)
        assert exchange(sock, [b"still here"]) == b"still here"


def test_a_successor_with_the_same_descriptor_gets_its_own_time(watch: Serve) -> None:
    """A connection that takes over the number of a closed one is not closed on the other's account."""
    calls = Facts[Call]()
    loop = watch(calls.tell, idle_timeout_s=0.5)
    sock, is_its_successor = open_connection(loop), False
    while not is_its_successor:  # something else in this process may have taken the number
        loop.tick(3)
        closed = len(loop.journal.events()) + 1
        sock.close()
        assert eventually(lambda: len(loop.journal.events()) == closed)  # noqa: B023 - asked at once
        sock = open_connection(loop)
        *_, before, now = (call.fd for call in calls.so_far() if call.call == "accept")
        is_its_successor = before == now
    with sock:
        loop.tick(IDLE_TICKS - 1)
        assert len(loop.journal.events()) == closed
        loop.tick()
        assert receive(sock, 1) == b""
