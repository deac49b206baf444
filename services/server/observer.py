"""The process that answers /healthz and /metrics: one of its own, so that a request never delays an echo."""

import asyncio
import contextlib
import math
import os
import socket
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from services.server.echo.counters import CLOSED, Column, Counters
from services.server.listeners import accept_queue
from services.server.probes import PROBE_HOST
from services.server.web import Answer, serve
from shared.calls import address, tcp_state

# A worker's loop is stuck if its last tick is older than this; a tick is due every 0.1 s.
_STUCK_AFTER_S = 3.0

# Our own echo is one round trip on this machine; when all slots are taken it waits in the accept queue like others.
_ECHO_TIMEOUT_S = 2.0
_ECHO_EVERY_S = 1.0

# Listeners on all addresses; the loopback address reaches them, as `::` takes IPv4 as well.
_ANY = ("::", "0.0.0.0")  # noqa: S104 - compared with, not bound to


class EchoCollector(Collector):
    """Reads the workers' counters, and asks the kernel for their accept queues, at each scrape."""

    def __init__(self, counters: Counters, listeners: list[socket.socket], how_run: Mapping[str, str]) -> None:
        self._counters = counters
        self._listeners = listeners
        self._how_run = dict(how_run)

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics of all workers together."""
        # For load clients, which put into their result how the server was run.
        yield InfoMetricFamily("echo_server", "How this server is run.", value=self._how_run)
        total = self._counters.total
        for column, name, text in (
            (Column.ACCEPTED, "echo_connections_accepted", "Connections taken from the accept queues."),
            (Column.REFUSED, "echo_connections_refused", "Connections reset at once: one peer's too many."),
            (Column.RECEIVED_BYTES, "echo_received_bytes", "Bytes received."),
            (Column.SENT_BYTES, "echo_sent_bytes", "Bytes handed to the kernel for sending back."),
            (Column.RESTARTS, "echo_worker_restarts", "Workers that died and were replaced."),
        ):
            yield CounterMetricFamily(name, text, value=total(column))
        closed = CounterMetricFamily("echo_connections_closed", "Connections closed, by reason.", labels=["reason"])
        for reason, column in CLOSED.items():
            closed.add_metric([reason], total(column))
        yield closed
        yield GaugeMetricFamily("echo_connections_open", "Connections open now.", self._counters.open_connections())
        yield GaugeMetricFamily("echo_workers", "Worker processes.", self._counters.workers)
        lag = GaugeMetricFamily("echo_loop_lag_seconds", "How late the loop's last tick was.", labels=["worker"])
        for worker in range(self._counters.workers):
            lag.add_metric([str(worker)], self._counters.row(worker)[Column.LAG_US] / 1e6)
        yield lag
        yield from self._queues()

    def _queues(self) -> Iterable[Metric]:
        labels = ["worker", "address"]
        length = GaugeMetricFamily("echo_accept_queue_length", "Connections waiting for accept().", labels=labels)
        limit = GaugeMetricFamily(
            "echo_accept_queue_limit", "The accept queue's limit, of which it holds one more.", labels=labels
        )
        for index, listener in enumerate(self._listeners):
            worker = index * self._counters.workers // len(self._listeners)
            where = [str(worker), address(listener.getsockname())]
            queue = accept_queue(listener)
            length.add_metric(where, queue.length)
            limit.add_metric(where, queue.limit)
        yield length
        yield limit


class Health:
    """Whether the server echoes, and not merely whether its processes run."""

    def __init__(self, counters: Counters, listeners: list[socket.socket]) -> None:
        self._counters = counters
        self._listeners = listeners
        # All workers listen on the same addresses, so one echo for each address is enough.
        self._addresses = {listener.getsockname(): listener.family for listener in listeners}
        self._asking = asyncio.Lock()
        self._asked_s = -math.inf
        self._echoes = False

    async def complaint(self) -> str | None:
        """Return what is wrong, in one line; None if nothing is."""
        oldest_ns = time.monotonic_ns() - int(_STUCK_AFTER_S * 1e9)
        if self._counters.is_stopping:
            return "draining"
        if any(self._counters.row(worker)[Column.TICK_NS] <= oldest_ns for worker in range(self._counters.workers)):
            return "a worker's loop is stuck"
        if any(tcp_state(listener) != "LISTEN" for listener in self._listeners):
            return "a worker's listener does not listen"
        return None if await self._do_echoes() else f"no echo within {_ECHO_TIMEOUT_S:g} s"

    async def _do_echoes(self) -> bool:
        """Tell whether every address echoes; try at most once a second, however many requests there are."""
        async with self._asking:
            if time.monotonic() - self._asked_s >= _ECHO_EVERY_S:
                echoes = await asyncio.gather(*(_echoes(family, at) for at, family in self._addresses.items()))
                self._echoes = all(echoes)
                self._asked_s = time.monotonic()
        return self._echoes


async def _echoes(family: int, sockaddr: Any) -> bool:
    """Connect, send, and half-close; tell whether exactly that comes back before the server's FIN."""
    loop, message, received = asyncio.get_running_loop(), os.urandom(8), b""
    if sockaddr[0] in _ANY:
        family, sockaddr = socket.AF_INET, ("127.0.0.1", sockaddr[1])
    with contextlib.suppress(OSError, TimeoutError), socket.socket(family) as sock:
        sock.setblocking(False)
        if sockaddr[0] == "127.0.0.1":
            sock.bind((PROBE_HOST, 0))
        async with asyncio.timeout(_ECHO_TIMEOUT_S):
            await loop.sock_connect(sock, sockaddr)
            await loop.sock_sendall(sock, message)
            sock.shutdown(socket.SHUT_WR)
            while chunk := await loop.sock_recv(sock, 64):
                received += chunk
            return received == message
    return False


def observe(
    http_listeners: list[socket.socket], listeners: list[socket.socket], counters: Counters, how_run: Mapping[str, str]
) -> int:
    """Serve HTTP on bound listeners until killed; `how_run` has the labels of echo_server_info."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EchoCollector(counters, listeners, how_run))

    async def run() -> None:
        health = Health(counters, listeners)

        async def respond(target: str, accept: str) -> Answer:
            path = target.partition("?")[0]
            if path == "/metrics":
                encode, content_type = choose_encoder(accept)  # Prometheus' text, or OpenMetrics
                return Answer(HTTPStatus.OK, encode(registry), content_type)
            if path == "/healthz":
                complaint = await health.complaint()
                status = HTTPStatus.OK if complaint is None else HTTPStatus.SERVICE_UNAVAILABLE
                return Answer(status, f"{complaint or 'ok'}\n".encode())
            return Answer(HTTPStatus.NOT_FOUND, b"/healthz or /metrics\n")

        await serve(http_listeners, respond)

    asyncio.run(run())
    return 0
