"""What is seen from outside, over real HTTP."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from services.server.echo.counters import Column, Counters
from services.server.listeners import accept_queue, listen
from services.server.observer import healthy, observe
from services.server.worker import fork, ignore_stop_signals
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.servers import get, metrics
from tests.unit.harness.sockets import reset

WORKERS = 2


class Observed:
    """An observer in a process of its own, and the counters and listeners that it looks at."""

    def __init__(self, stack: ExitStack) -> None:
        self.counters = Counters(WORKERS)
        self.listeners = [stack.enter_context(listen("127.0.0.1", 0, backlog)[0]) for backlog in (5, 7)]
        (http,) = listen("127.0.0.1", 0, 16)
        self.port: int = http.getsockname()[1]
        for worker in range(WORKERS):
            self.ticked(worker, 0)

        def work() -> int:
            ignore_stop_signals()
            return observe([http], self.listeners, self.counters)

        self._pid = fork(work)
        http.close()
        stack.callback(self._end)

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
def observing() -> Iterator[Observed]:
    """Run an observer for as long as the block lasts."""
    with ExitStack() as stack:
        yield Observed(stack)


@pytest.fixture(scope="module")
def observed() -> Iterator[Observed]:
    """Run one observer for the tests that only ask."""
    with observing() as running:
        yield running


def test_the_page_has_every_counter_of_all_workers(observed: Observed) -> None:
    """Names, labels and sums are contract: dashboards use them."""
    for worker, factor in enumerate((1, 100)):
        row = observed.counters.row(worker)
        for column in set(Column) - {Column.TICK_NS, Column.ACCEPTED}:
            row[column] = factor * column
        row[Column.ACCEPTED] = 1000
    first, second = (f"127.0.0.1:{one.getsockname()[1]}" for one in observed.listeners)
    assert metrics(observed.port) == {
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
def test_health_is_that_of_every_worker(observed: Observed, stuck: int) -> None:
    """One loop that has not turned for three seconds is enough to be unhealthy, until it turns again."""
    for worker in range(WORKERS):
        observed.ticked(worker, ago_s=0)
    assert get(observed.port, "/healthz") == (200, "ok\n")
    observed.ticked(stuck, ago_s=3)
    assert get(observed.port, "/healthz") == (503, "a worker's loop is stuck\n")
    observed.ticked(stuck, ago_s=0)
    assert get(observed.port, "/healthz")[0] == 200


def test_a_worker_that_has_not_ticked_yet_is_not_healthy() -> None:
    """A server is healthy when it serves, and not before."""
    assert not healthy(Counters(1))


@pytest.mark.parametrize("path", ["/", "/metrics/", "/healthz/x", "/favicon.ico"])
def test_any_other_page_says_which_there_are(observed: Observed, path: str) -> None:
    """A person who asks in a browser is told where to look."""
    assert get(observed.port, path) == (404, "/healthz or /metrics\n")


def test_clients_that_say_nothing_hold_up_nobody(observed: Observed) -> None:
    """While they are silent, or in mid-request, others are answered."""
    with ExitStack() as stack:
        for part in (b"", b"G", b"GET /metrics HTTP/1.1\r\n") * 4:
            stack.enter_context(observed.connect()).sendall(part)
        assert get(observed.port, "/metrics")[0] == 200


def test_a_client_that_says_nothing_is_dropped_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It does not stay for ever, and the log, which is the echo's, does not tell of it."""
    monkeypatch.setattr("services.server.observer._Handler.timeout", 0.05)
    with observing() as observed:
        for part in (b"", b"GET /metr"):
            with observed.connect() as silent:
                silent.sendall(part)
                assert silent.recv(1000) == b""
    assert capfd.readouterr().err == ""


def test_a_client_that_resets_is_not_told_of_either(capfd: pytest.CaptureFixture[str]) -> None:
    """A scanner or a broken proxy does not write tracebacks into the log."""
    with observing() as observed:
        for part in (b"", b"GET /metrics", b"GET /metrics HTTP/1.1\r\n\r\n", b"\0\r\n\r\n"):
            client = observed.connect()
            client.sendall(part)
            reset(client)
            assert get(observed.port, "/metrics")[0] == 200
    assert capfd.readouterr().err == ""
