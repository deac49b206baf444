"""Connections made without waiting for any: tried again, and given up at the deadline."""

import contextlib
import errno
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.client.connect.addresses import Lookup, Rota
from services.client.connect.connecting import error_of, reason
from services.client.connect.racing import Runner
from services.client.errors import Exhausted
from services.client.load.connections.opening import Opening
from services.client.load.connections.verdict import Verdict
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.servers import free_port
from tests.unit.harness.sockets import no_more_descriptors, unanswering_address

_KIND = socket.AF_INET, socket.SOCK_STREAM, 0, ""


class Opener:
    """An opening with its own events, and what it told."""

    def __init__(self, epoll: select.epoll, timeout_s: float, *sockaddrs: Any, lookup: Lookup | None = None) -> None:
        self.connected: dict[int, socket.socket] = {}
        self.failed: dict[int, Verdict] = {}
        self._epoll = epoll
        self._handlers: dict[int, Callable[[int], object]] = {}
        addresses = [(*_KIND, sockaddr) for sockaddr in sockaddrs]
        self.errors: list[OSError] = []
        self.opening = Opening(
            Rota(addresses, lookup),
            timeout_s,
            epoll,
            self._handlers,
            self._on_connected,
            self._on_failed,
            self.errors.append,
        )

    def add(self, count: int) -> None:
        """Ask for so many connections."""
        now_ns = time.monotonic_ns()
        for index in range(count):
            self.opening.add(index, now_ns)
        self.opening.begin(now_ns)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Let it work until then, for at most DEADLINE_S."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not is_over():
            assert time.monotonic() < deadline_s
            for fd, event in self._epoll.poll(0.005):
                if handler := self._handlers.get(fd):
                    handler(event)
            self.opening.on_tick(time.monotonic_ns())

    def _on_connected(self, index: int, winner: Runner) -> None:
        self.connected[index] = winner.sock

    def _on_failed(self, index: int, verdict: Verdict) -> None:
        self.failed[index] = verdict


@pytest.fixture
def opener() -> Iterator[Callable[..., Opener]]:
    """Make openings; their sockets are closed with the test."""
    made: list[Opener] = []
    with select.epoll() as epoll:

        def make(timeout_s: float, *sockaddrs: Any, lookup: Lookup | None = None) -> Opener:
            made.append(Opener(epoll, timeout_s, *sockaddrs, lookup=lookup))
            return made[-1]

        yield make
        for one in made:
            one.opening.stop()
            for sock in one.connected.values():
                sock.close()


@pytest.fixture
def listening() -> Iterator[Any]:
    """Give an address where connections are taken by the kernel."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield listener.getsockname()


def test_many_are_made_at_a_time(opener: Callable[..., Opener], listening: Any) -> None:
    """More than are under way together come one after another, and none is forgotten."""
    one = opener(DEADLINE_S, listening)
    one.add(300)
    one.run(lambda: len(one.connected) == 300)
    assert all(sock.getpeername() == listening for sock in one.connected.values())


def test_the_next_address_is_tried(opener: Callable[..., Opener], listening: Any) -> None:
    """A name that also resolves to where nobody listens costs nothing."""
    one = opener(DEADLINE_S, ("127.0.0.1", free_port()), listening)
    one.add(3)
    one.run(lambda: len(one.connected) == 3)


def test_a_silent_address_costs_each_connection_its_head_start_only(
    opener: Callable[..., Opener], listening: Any
) -> None:
    """With a black-holed address first, every connection is made before the time-out of a single attempt."""
    with unanswering_address() as silent:
        one = opener(2 * DEADLINE_S, silent, listening)
        one.add(4)
        one.run(lambda: len(one.connected) == 4)


def test_healthy_addresses_take_turns(opener: Callable[..., Opener]) -> None:
    """Each gets as many connections as the other."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.2", 0)) as second:
        one = opener(DEADLINE_S, first.getsockname(), second.getsockname())
        one.add(10)
        one.run(lambda: len(one.connected) == 10)
        peers = [sock.getpeername() for sock in one.connected.values()]
        assert (peers.count(first.getsockname()), peers.count(second.getsockname())) == (5, 5)


def test_a_server_that_moves_while_an_attempt_is_silent_is_found(
    opener: Callable[..., Opener], listening: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked for again meanwhile: the new address is tried before the old one has timed out."""
    host, port = listening
    with unanswering_address() as silent:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*_KIND, (host, port))])
        one = opener(2 * DEADLINE_S, silent, lookup=Lookup("echo.test", port))
        one.add(2)
        one.run(lambda: len(one.connected) == 2)
    assert {sock.getpeername() for sock in one.connected.values()} == {listening}


def test_every_attempt_that_fails_tells_its_error(opener: Callable[..., Opener], listening: Any) -> None:
    """Also where another address then gives the connection."""
    one = opener(DEADLINE_S, ("127.0.0.1", free_port()), listening)
    one.add(1)
    one.run(lambda: len(one.connected) == 1)
    assert [type(error) for error in one.errors] == [ConnectionRefusedError]


def test_without_descriptors_it_is_tried_until_there_are_some(opener: Callable[..., Opener], listening: Any) -> None:
    """Each attempt tells that it is the client's own limit."""
    one = opener(DEADLINE_S, listening)
    with no_more_descriptors():
        one.add(1)
        one.run(lambda: bool(one.errors))
    one.run(lambda: len(one.connected) == 1)
    assert {(error_of(error), error.errno) for error in one.errors} == {(Exhausted, errno.EMFILE)}
    assert reason(one.errors[0]).startswith("out of descriptors: this process may have ")


def test_an_answer_that_came_while_nobody_looked_is_no_time_out(opener: Callable[..., Opener], listening: Any) -> None:
    """The handshake is done in the kernel: an attempt that is found late has succeeded all the same."""
    one = opener(DEADLINE_S, listening)
    one.add(1)
    one.opening.on_tick(time.monotonic_ns() + 5 * 10**9)
    assert len(one.connected) == 1


def test_a_server_that_starts_late_is_found(opener: Callable[..., Opener]) -> None:
    """Refused attempts are made again until the deadline."""
    address = ("127.0.0.1", free_port())
    one = opener(DEADLINE_S, address)
    one.add(2)
    with contextlib.closing(socket.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
        one.run(lambda: len(one.connected) == 2)


def test_refusals_end_with_the_deadline(opener: Callable[..., Opener]) -> None:
    """The verdict says how often it was tried, and why it failed."""
    one = opener(0.1, ("127.0.0.1", free_port()))
    one.add(2)
    one.run(lambda: len(one.failed) == 2)
    assert one.failed[0].kind == "refused"
    assert "not within 0.1 s" in one.failed[0].why
    assert "Connection refused" in one.failed[0].why


def test_silence_ends_with_the_deadline(opener: Callable[..., Opener]) -> None:
    """A SYN that nobody answers is a time-out, however long the kernel would try."""
    with unanswering_address() as address:
        one = opener(0.1, address)
        one.add(1)
        one.run(lambda: len(one.failed) == 1)
    assert one.failed[0].kind == "timed_out"


@pytest.mark.parametrize("late_s", [1, 5])
def test_a_connection_that_is_there_at_the_deadline_is_used(
    opener: Callable[..., Opener], listening: Any, late_s: int
) -> None:
    """A tick that comes late on a busy machine asks the socket first, whichever time-out it finds over."""
    one = opener(0.1, listening)
    one.add(1)
    one.opening.on_tick(time.monotonic_ns() + late_s * 10**9)
    assert (list(one.connected), one.failed, one.errors) == ([0], {}, [])


def test_a_refusal_that_is_there_at_the_deadline_is_told_as_one(opener: Callable[..., Opener]) -> None:
    """The socket says what came, and that was no silence."""
    one = opener(0.1, ("127.0.0.1", free_port()))
    one.add(1)
    one.opening.on_tick(time.monotonic_ns() + 10**9)
    assert [type(error) for error in one.errors] == [ConnectionRefusedError]
