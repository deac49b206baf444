"""A real server: the process with its children, asked from outside."""

import itertools
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.processes import Service, service
from tests.unit.harness.sockets import receive

Metrics = dict[str, float]


# Ports that the kernel gives nobody who does not ask for one (ip_local_port_range begins at 32,768): each worker of
# pytest-xdist has some of its own. One that was free a moment ago would else be another test's by the time it is used.
_FIRST_PORT, _PORTS_PER_WORKER, _WORKERS = 10_000, 1_000, 20
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """Return a port of loopback that nobody listens on, and that nobody is going to unless told to."""
    for number in itertools.islice(_numbers, _PORTS_PER_WORKER):
        port = _FIRST_PORT + _worker * _PORTS_PER_WORKER + number % _PORTS_PER_WORKER
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise LookupError("no port is free")


def get(port: int, path: str) -> tuple[int, str]:
    """Return status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    connection.request("GET", path)
    response = connection.getresponse()
    status, body = response.status, response.read().decode()
    connection.close()
    return status, body


def metrics(port: int) -> Metrics:
    """Return the page's samples: by name, or `name value…` where there are labels."""
    families = text_string_to_metric_families(get(port, "/metrics")[1])
    return {" ".join([one.name, *one.labels.values()]): one.value for family in families for one in family.samples}


def is_alive(pid: int) -> bool:
    """Tell whether this process still runs: a zombie does not."""
    return _state_and_parent(pid)[:1] not in ([], ["Z"])


@dataclass
class Server:
    """A running `python -m services.server`."""

    process: Service
    http_port: int

    @property
    def address(self) -> tuple[str, int]:
        """Where it says that it listens."""
        host, _, port = self.process.wait_for("server_listening")["addresses"][0].rpartition(":")
        return host, int(port)

    def connect(self) -> socket.socket:
        """Return a connection that a worker has accepted, and that has been echoed one byte."""
        sock = socket.create_connection(self.address, timeout=DEADLINE_S)
        sock.sendall(b"?")
        assert receive(sock, 1) == b"?"
        return sock

    def children(self) -> list[int]:
        """Return the pids of workers and observer, oldest first."""
        pids = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [pid for pid in pids if _state_and_parent(pid)[1:] == [str(self.process.pid)]]

    def workers(self) -> list[int]:
        """Return the workers' pids: the observer has no clock."""
        return [pid for pid in self.children() if _has_clock(pid)]

    def is_healthy(self) -> bool:
        """Tell what /healthz says; no answer is a no."""
        with suppress(OSError):
            return get(self.http_port, "/healthz")[0] == 200
        return False

    def metrics(self) -> Metrics:
        """Return the page's samples."""
        return metrics(self.http_port)

    def counts(self, **wanted: float) -> bool:
        """Tell whether the metrics come to have these values; a worker counts just after it has echoed."""
        return eventually(
            lambda: {f"echo_{name}": value for name, value in wanted.items()}.items() <= self.metrics().items()
        )


def _state_and_parent(pid: int) -> list[str]:
    """Return the second and third field after the name in proc_pid_stat(5); none where there is no such process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    return []


def _has_clock(pid: int) -> bool:
    """Tell whether a process catches SIGALRM (proc_pid_status(5))."""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught & 1 << signal.SIGALRM - 1)
    return False


@contextmanager
def server(*arguments: str) -> Iterator[Server]:
    """Run a server on free ports of loopback for as long as the block lasts."""
    http_port = free_port()
    fixed = ["--host", "127.0.0.1", "--port", "0", "--http-port", str(http_port)]
    with service("server", *fixed, *arguments) as process:
        yield Server(process, http_port)


def stopped(running: Server) -> int:
    """Stop it with SIGTERM and return its exit code."""
    running.process.signal(signal.SIGTERM)
    return running.process.outcome()[0]
