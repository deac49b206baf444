"""What is seen from outside, over real HTTP."""

import asyncio
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from services.server.echo.counters import Column, Counters
from services.server.listeners import accept_queue, listen
from services.server.observer import Health, observe
from services.server.worker import fork, ignore_stop_signals
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.servers import get, metrics

WORKERS = 2


class Observed:
    """An observer in a process of its own, and the counters and listeners that it looks at."""

    def __init__(self, stack: ExitStack, *, echoing: bool) -> None:
        self.counters = Counters(WORKERS)
        self.listeners = [stack.enter_context(listen("127.0.0.1", 0, backlog)[0]) for backlog in (5, 7)]
        (http,) = listen("127.0.0.1", 0, 16)
        self.port: int = http.getsockname()[1]
        for worker in range(WORKERS):
            self.ticked(worker, 0)

        def work() -> int:
            ignore_stop_signals()
            return observe([http], self.listeners, self.counters, {"log_level": "info", "watched": "false"})

        self._pid = fork(work)
        http.close()
        stack.callback(self._end)
        if echoing:
            for listener in self.listeners:
                stack.enter_context(echoes_on(listener))

    def ticked(self, worker: int, ago_s: float) -> None:
        """Let this worker's last tick be so long ago."""
        self.counters.row(worker)[Column.TICK_NS] = time.monotonic_ns() - int(ago_s * 1e9)

    def connect(self) -> socket.socket:
        """Return a connection on which nothing has been asked yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)

    def _end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


@contextmanager
def echoes_on(listener: socket.socket) -> Iterator[list[bytes]]:
    """Echo one connection after another on a listener, until the block ends; give what was echoed."""
    echoed = list[bytes]()

    def run() -> None:
        while select.select([listener, stop], [], [])[0] == [listener]:
            with suppress(OSError), listener.accept()[0] as sock:  # one that was ended accepts nobody
                sock.setblocking(True)
                while data := sock.recv(100):
                    sock.sendall(data)
                    echoed.append(data)

    stop, end = socket.socketpair()
    with stop, end:
        thread = threading.Thread(target=run)
        thread.start()
        yield echoed
        end.close()
        thread.join()


@contextmanager
def observing(*, echoing: bool) -> Iterator[Observed]:
    """Run an observer for as long as the block lasts."""
    with ExitStack() as stack:
        yield Observed(stack, echoing=echoing)


@pytest.fixture(scope="module")
def observed() -> Iterator[Observed]:
    """Run one observer for the tests that only ask, of listeners that nobody accepts from."""
    with observing(echoing=False) as running:
        yield running


@pytest.fixture(scope="module")
def healthy() -> Iterator[Observed]:
    """Run one observer of a server that echoes."""
    with observing(echoing=True) as running:
        yield running


def test_one_echo_a_second_is_enough_however_many_ask() -> None:
    """A crowd of health checks is no load for the server."""
    counters = Counters(1)

    async def ask() -> None:
        health = Health(counters, [listener])
        for _ in range(50):
            counters.row(0)[Column.TICK_NS] = time.monotonic_ns()
            assert await health.complaint() is None

    with closing(listen("127.0.0.1", 0, 16)[0]) as listener, echoes_on(listener) as echoed:
        begin_s = time.monotonic()
        asyncio.run(ask())
        assert 1 <= len(echoed) <= time.monotonic() - begin_s + 1


def test_the_page_has_every_counter_of_all_workers(observed: Observed) -> None:
    """Names, labels and sums are contract: dashboards use them."""
    for worker, factor in enumerate((1, 100)):
        row = observed.counters.row(worker)
        for column in set(Column) - {Column.TICK_NS, Column.ACCEPTED, Column.STOPPING}:
            row[column] = factor * column
        row[Column.ACCEPTED] = 1000
    first, second = (f"127.0.0.1:{one.getsockname()[1]}" for one in observed.listeners)
    assert metrics(observed.port) == {
        "echo_server_info info false": 1,
        "echo_connections_accepted_total": 2000,
        "echo_connections_refused_total": 101 * Column.REFUSED,
        "echo_received_bytes_total": 101 * Column.RECEIVED_BYTES,
        "echo_sent_bytes_total": 101 * Column.SENT_BYTES,
        "echo_worker_restarts_total": 101 * Column.RESTARTS,
        "echo_connections_closed_total peer_finished": 101 * Column.CLOSED_PEER_FINISHED,
        "echo_connections_closed_total reset": 101 * Column.CLOSED_RESET,
        "echo_connections_closed_total timed_out": 101 * Column.CLOSED_TIMED_OUT,
        "echo_connections_closed_total idle_timeout": 101 * Column.CLOSED_IDLE_TIMEOUT,
        "echo_connections_closed_total drain_timeout": 101 * Column.CLOSED_DRAIN_TIMEOUT,
        "echo_connections_closed_total error": 101 * Column.CLOSED_ERROR,
        "echo_connections_open": 2000 - 101 * sum(range(Column.CLOSED_PEER_FINISHED, Column.CLOSED_ERROR + 1)),
        "echo_workers": 2,
        "echo_loop_lag_seconds 0": Column.LAG_US / 1e6,
        "echo_loop_lag_seconds 1": 100 * Column.LAG_US / 1e6,
        f"echo_accept_queue_length {first} 0": 0,
        f"echo_accept_queue_length {second} 1": 0,
        f"echo_accept_queue_limit {first} 0": 5,
        f"echo_accept_queue_limit {second} 1": 7,
    }


def test_the_accept_queue_is_asked_for_each_time(observed: Observed) -> None:
    """Who waits for a worker is seen while it waits, and no longer."""
    listener = observed.listeners[1]
    name = f"echo_accept_queue_length 127.0.0.1:{listener.getsockname()[1]} 1"
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(socket.create_connection(listener.getsockname(), timeout=DEADLINE_S))
        assert eventually(lambda: accept_queue(listener).length == 2)
        assert metrics(observed.port)[name] == 2
        stack.enter_context(listener.accept()[0])
        assert metrics(observed.port)[name] == 1
        stack.enter_context(listener.accept()[0])
    assert metrics(observed.port)[name] == 0


@pytest.mark.parametrize("stuck", range(WORKERS))
def test_health_is_that_of_every_worker(healthy: Observed, stuck: int) -> None:
    """One loop that has not turned for three seconds is enough to be unhealthy, until it turns again."""
    for worker in range(WORKERS):
        healthy.ticked(worker, ago_s=-DEADLINE_S)
    assert get(healthy.port, "/healthz") == (200, "ok\n")
    healthy.ticked(stuck, ago_s=3)
    assert get(healthy.port, "/healthz") == (503, "a worker's loop is stuck\n")
    healthy.ticked(stuck, ago_s=-DEADLINE_S)
    assert get(healthy.port, "/healthz")[0] == 200


def test_a_worker_that_has_not_ticked_yet_is_not_healthy(healthy: Observed) -> None:
    """A server is healthy when it serves, and not before."""
    healthy.counters.row(0)[Column.TICK_NS] = 0
    assert get(healthy.port, "/healthz")[0] == 503
    healthy.ticked(0, ago_s=-DEADLINE_S)


def test_without_an_echo_it_is_not_healthy(observed: Observed) -> None:
    """Workers that live, loops that turn and listeners that listen are not enough."""
    for worker in range(WORKERS):
        observed.ticked(worker, ago_s=-DEADLINE_S)
    assert get(observed.port, "/healthz") == (503, "no echo within 2 s\n")


def test_a_listener_that_somebody_has_ended_is_not_healthy() -> None:
    """Also when another worker would echo: whoever the kernel gives to this one is refused."""
    with observing(echoing=True) as observed:
        for worker in range(WORKERS):
            observed.ticked(worker, ago_s=-DEADLINE_S)
        assert get(observed.port, "/healthz")[0] == 200
        with socket.socket(fileno=observed.listeners[1].dup().detach()) as shared:
            shared.shutdown(socket.SHUT_RDWR)
        assert get(observed.port, "/healthz") == (503, "a worker's listener does not listen\n")


def test_a_server_that_drains_says_so() -> None:
    """Whoever sends it clients stops doing so."""
    with observing(echoing=False) as observed:
        observed.counters.stop()
        assert get(observed.port, "/healthz") == (503, "draining\n")


def test_many_that_ask_for_health_cost_one_echo() -> None:
    """A busy balancer does not become the server's load."""
    with observing(echoing=False) as observed, ExitStack() as stack:
        for worker in range(WORKERS):
            observed.ticked(worker, ago_s=-DEADLINE_S)
        for _ in range(10):
            stack.enter_context(observed.connect()).sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert eventually(lambda: all(accept_queue(listener).length == 1 for listener in observed.listeners))
        assert get(observed.port, "/metrics")[0] == 200
        assert all(accept_queue(listener).length == 1 for listener in observed.listeners)


def test_open_metrics_are_given_to_who_asks_for_them(observed: Observed) -> None:
    """Prometheus asks for that format first; the page must be what its type says, to the last line."""
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    with closing(HTTPConnection("127.0.0.1", observed.port, timeout=DEADLINE_S)) as connection:
        connection.request("GET", "/metrics", headers={"Accept": accept})
        response = connection.getresponse()
        page = response.read().decode()
    assert (response.getheader("Content-Type") or "").startswith("application/openmetrics-text; version=1.0.0")
    families = text_string_to_metric_families(page)  # type: ignore[no-untyped-call]
    assert "echo_workers" in {family.name for family in families}


@pytest.mark.parametrize("path", ["/", "/metrics/", "/healthz/x", "/favicon.ico"])
def test_any_other_page_says_which_there_are(observed: Observed, path: str) -> None:
    """A person who asks in a browser is told where to look."""
    assert get(observed.port, path) == (404, "/healthz or /metrics\n")
