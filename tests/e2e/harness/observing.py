"""What a stack tells over HTTP, and what the engine knows of a container's memory."""

import json
from dataclasses import dataclass
from typing import Any, cast

from docker.models.containers import Container

from tests.e2e.harness.containers import printed
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    body: str


def get(stack: Stack, path: str) -> Answer:
    """Ask the server for a path, as a container on its network would."""
    return Answer(**json.loads(printed(stack.bystander, "python3", "fetch.py", "server", path)))


def metrics(stack: Stack) -> dict[str, float]:
    """Return the server's metrics by their name, labels included."""
    lines = get(stack, "/metrics").body.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def metrics_at_rest(stack: Stack) -> dict[str, float]:
    """Wait for a moment without an open connection, the health check's included; return the metrics of just then."""

    def at_rest() -> dict[str, float] | None:
        now = metrics(stack)
        return now if now["echo_connections_open"] == 0 else None

    found = wait_until(at_rest, "every connection has ended")
    assert found is not None
    return found


def memory_bytes(container: Container) -> int:
    """Return what counts against the container's memory limit now."""
    stats = cast("dict[str, Any]", container.stats(stream=False, one_shot=True))
    return int(stats["memory_stats"]["usage"])


def memory_limit_bytes(container: Container) -> int:
    """Return the container's memory limit."""
    return int(container.attrs["HostConfig"]["Memory"])


def is_out_of_memory(container: Container) -> bool:
    """Tell whether the kernel has ever killed one of the container's processes for its memory."""
    container.reload()
    return bool(container.attrs["State"]["OOMKilled"])
