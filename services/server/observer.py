"""A process of its own for /healthz and /metrics, so that nobody who asks for them ever holds up an echo."""

import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.server.echo.counters import CLOSED, Column, Counters
from services.server.listeners import accept_queue
from shared.calls import address

# A loop that has not turned for so long is stuck: it is due every 0.1 s.
_STUCK_AFTER_S = 3.0

# A client that connects and says nothing is dropped after this.
_REQUEST_TIMEOUT_S = 5.0


class EchoCollector(Collector):
    """Reads the workers' counters, and their accept queues from the kernel, each time it is asked."""

    def __init__(self, counters: Counters, listeners: list[socket.socket]) -> None:
        self._counters = counters
        self._listeners = listeners

    def collect(self) -> Iterable[Metric]:
        """Yield one page for all workers."""
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


def healthy(counters: Counters) -> bool:
    """Tell whether every worker's loop turns."""
    oldest_ns = time.monotonic_ns() - int(_STUCK_AFTER_S * 1e9)
    return all(counters.row(worker)[Column.TICK_NS] > oldest_ns for worker in range(counters.workers))


def observe(http_listeners: list[socket.socket], listeners: list[socket.socket], counters: Counters) -> int:
    """Serve HTTP on bound listeners until killed."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EchoCollector(counters, listeners))
    metrics = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start_response)
        known = path == "/healthz"
        status, body = ("200 OK", b"ok\n") if known else ("404 Not Found", b"/healthz or /metrics\n")
        if known and not healthy(counters):
            status, body = "503 Service Unavailable", b"a worker's loop is stuck\n"
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    servers = [_server(listener, application) for listener in http_listeners]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


class _Handler(WSGIRequestHandler):
    timeout = _REQUEST_TIMEOUT_S

    def log_message(self, *_: Any) -> None:
        """Say nothing: the log is the echo's."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that was silent for too long or is gone; a mistake of ours keeps its traceback."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _server(listener: socket.socket, application: Callable[..., Any]) -> WSGIServer:
    host, port = listener.getsockname()[:2]
    server = _Server((host, port), _Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = host, port
    server.setup_environ()
    server.set_app(application)
    return server
