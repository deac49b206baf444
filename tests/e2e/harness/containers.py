"""What a container tells: its log, its result, its exit code, its address."""

import ipaddress
import json
from typing import Any, TypeAlias, cast

from docker.models.containers import Container

from tests.e2e.harness.waiting import wait_until

Event: TypeAlias = dict[str, Any]

# Longer than anything takes beside other tests; a whole load of seconds, or the deadline of a client, is part of it.
_WITHIN_S = 60

_BEGIN, _END = b"it begins\n", b"\nit ends\n"
_FRAME = r"""printf 'it begins\n'; "$@"; code=$?; printf '\nit ends\n'; exit $code"""


def events(container: Container, name: str | None = None, **facts: object) -> list[Event]:
    """Return the log's events, in order: those called `name` with these facts; every line must be JSON."""
    log = [json.loads(line) for line in container.logs(stdout=False).splitlines()]
    wanted = facts if name is None else {"event": name, **facts}
    return [event for event in log if wanted.items() <= event.items()]


def wait_for_event(container: Container, name: str, within_s: float = _WITHIN_S, **facts: object) -> Event:
    """Wait until the log has such an event; return the first."""
    return wait_until(lambda: events(container, name, **facts), f"{container.name} logs {name} {facts}", within_s)[0]


def wait_for_load(client: Container, left_s: int) -> None:
    """Wait until at most so much is left to measure: on a busy machine a load does not speak of every second."""

    def is_so_far() -> bool:
        measuring = events(client, "load_progressed", phase="measuring")
        return any(event["left_s"] <= left_s for event in measuring)

    wait_until(is_so_far, f"{client.name} has {left_s} s left", _WITHIN_S)


def closed_connections(server: Container) -> list[Event]:
    """Return the server's `connection_closed` events, the health check's left out."""
    return [event for event in events(server, "connection_closed") if not _is_loopback(event["peer"])]


def exit_code(container: Container, within_s: float = _WITHIN_S) -> int:
    """Wait until the container has ended; return its exit code."""
    wait_until(lambda: _has_ended(container), f"{container.name} ends", within_s)
    return int(container.attrs["State"]["ExitCode"])


def result(client: Container) -> dict[str, Any]:
    """Return the one JSON document that a client that has ended printed on stdout."""
    return cast("dict[str, Any]", json.loads(client.logs(stderr=False)))


def wait_for_line(peer: Container, line: str, within_s: float = _WITHIN_S) -> None:
    """Wait until a peer has printed this line."""
    wait_until(lambda: line in peer.logs(stderr=False).decode().splitlines(), f"{peer.name} prints {line}", within_s)


def wait_for_report(peer: Container, within_s: float = _WITHIN_S) -> dict[str, Any]:
    """Wait until a peer has printed something; return its last line, which is JSON."""
    wait_until(lambda: b"\n" in peer.logs(stderr=False) or _has_ended(peer), f"{peer.name} prints something", within_s)
    return cast("dict[str, Any]", json.loads(peer.logs(stderr=False).splitlines()[-1]))


def end_report(peer: Container) -> dict[str, Any]:
    """Tell a peer to come to its end, which has to be a good one; return its last line, which is JSON."""
    peer.kill("SIGTERM")
    assert exit_code(peer) == 0, stderr(peer)
    return wait_for_report(peer)


def stderr(container: Container) -> str:
    """Return what the container wrote on stderr."""
    return container.logs(stdout=False).decode()


def address(container: Container) -> str:
    """Return the IPv4 address of a running container, which is on one network, or in the namespace of one that is."""
    container.reload()
    kind, _, owner = container.attrs["HostConfig"]["NetworkMode"].partition(":")
    if kind == "container":
        return address(container.client.containers.get(owner))  # type: ignore[union-attr]
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


def execute(container: Container, *command: str, **options: Any) -> tuple[int, str]:
    """Run a command in a running container; return its exit code, and its output and errors."""
    code, output = container.exec_run(list(command), **options)
    return cast("int", code), cast("bytes", output).decode()


def framed(*command: str, stderr: bool = True) -> tuple[str, ...]:
    """Return a command that prints what this one prints between two marks, for `unframed()`.

    The engine of a busy machine now and then loses the beginning or the end of that, and reports success.
    """
    return "sh", "-c", f"{'exec 2>&1; ' if stderr else ''}{_FRAME}", "sh", *command


def unframed(output: bytes) -> bytes | None:
    """Return what stands between the marks; None where one is missing."""
    is_whole = output.startswith(_BEGIN) and output.endswith(_END)
    return output[len(_BEGIN) : -len(_END)] if is_whole else None


def printed(container: Container, *command: str, stderr: bool = True, **options: Any) -> str:
    """Run a command that only looks, until it has succeeded and printed something, all of it there; return that."""

    def text() -> str:
        code, output = execute(container, *framed(*command, stderr=stderr), stderr=stderr, **options)
        return (unframed(output.encode()) or b"").decode() if code == 0 else ""

    return wait_until(text, f"{container.name} prints what {' '.join(command)[:80]} finds")


def read(container: Container, path: str) -> str:
    """Wait for a file that is not empty; return what it holds."""
    return printed(container, "cat", path)


def _has_ended(container: Container) -> bool:
    container.reload()
    return bool(container.status == "exited")


def _is_loopback(peer: str) -> bool:
    return ipaddress.ip_address(peer.rpartition(":")[0].strip("[]")).is_loopback
