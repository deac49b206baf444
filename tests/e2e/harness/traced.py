"""Programs under the tracer, between containers, and what their conversations' JSON must say."""

import json
import os
import subprocess
import tempfile
from typing import Any

from docker.models.containers import Container

from tests.e2e.harness.compose import REPOSITORY, python_image
from tests.e2e.harness.containers import events, execute, read
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

Ladder = dict[str, Any]

_TAG = os.environ.get("TAG") or "latest"
TRACED_IMAGE = f"echoscope/traced:{_TAG}"

# As the compose file's services run, and nothing more.
_HARDENED = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "tmpfs": {"/tmp": ""},  # noqa: S108 -- the container's
    "volumes": {str(REPOSITORY / "docs/tutorial"): {"bind": "/code", "mode": "ro"}},
}

_BUILD_WITHIN_S = 300  # once, for packages of some 40 MB

# The kinds of notes on a conversation of which the scope did not get all.
_LOST = {"calls-dropped", "calls-lost", "calls-missing", "packets-lost"}

# The state LISTEN on port 5000, in the tables of both address families.
_LISTENS = ("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6 | grep -q ':1388 [0-9A-F:]* 0A '")


def build_traced() -> None:
    """Build the tracer's image, and that of the programs upon it."""
    source = subprocess.run(
        [".ci/engine", "sources"], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    _build([".ci/build", "traced-server"], {"APT_SOURCE": source, "PYTHON_IMAGE": python_image()})
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(source)
        file.flush()
        command = ["docker", "buildx", "build", "--load", "--quiet", "--tag", TRACED_IMAGE]
        command += ["--secret", f"id=debian,src={file.name}", "--build-arg", f"TRACER=echoscope/tracer:{_TAG}"]
        _build([*command, "tests/e2e/traced"], {})


def _build(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        check=True,
        timeout=_BUILD_WITHIN_S,
        stdout=subprocess.DEVNULL,
    )


def start_server(stack: Stack, *command: str) -> Container:
    """Start a traced server in the network namespace that the tap watches; return it when it listens."""
    server = _start(stack, "server", command, f"container:{stack.netns.id}", HOST="0.0.0.0")  # noqa: S104
    wait_until(lambda: execute(server, *_LISTENS)[0] == 0, "the server listens", 60)
    return server


def start_client(stack: Stack, *command: str) -> Container:
    """Start a traced client of `server`."""
    return _start(stack, "client", command, None, HOST="server")


def _start(stack: Stack, name: str, command: tuple[str, ...], network: str | None, **environment: str) -> Container:
    settings = {"ECHO_SCOPE": "scope:5001", "ECHO_TRACER_NAME": name, "ECHO_LOG_LEVEL": "warning", **environment}
    return stack.start_program(TRACED_IMAGE, ("--", *command), settings, network, **_HARDENED)


def conversations(stack: Stack, count: int) -> list[Ladder]:
    """Wait until the scope has drawn so many; return them."""
    (scope,) = stack.service("scope")

    def drawn() -> list[Ladder]:
        before = len(events(scope, "latest_written"))
        scope.kill("SIGUSR1")
        wait_until(lambda: len(events(scope, "latest_written")) > before, "the scope writes", 60)
        found: list[Ladder] = json.loads(read(scope, "/captures/latest.json"))["conversations"]
        return found if len(found) >= count else []

    return wait_until(drawn, f"the scope has {count} conversations", 60)


def is_complete(ladder: Ladder) -> bool:
    """Tell whether the scope got all of it: what a program's end was may come too late, and what is lost is noted."""
    said = {fact["kind"] for fact in ladder.get("facts", ())}
    return not said & _LOST and all(cause_of_fin(ladder, side) for side in ("client", "server"))


def unowned_segments(ladder: Ladder, side: str) -> set[int]:
    """Return the segments with a side's bytes, sent for the first time, that no send() of it has."""
    carrying = _carrying(ladder, side)
    return carrying - _owned(ladder, side, "send")


def taken_bytes(ladder: Ladder, side: str) -> int:
    """Return up to which byte the other side's stream is in segments that a recv() of this side has, without a gap."""
    owned = sorted(_owned(ladder, side, "recv"), key=lambda index: ladder["segments"][index]["seq"])
    end = 0
    for index in owned:
        segment = ladder["segments"][index]
        if segment["seq"] - 1 <= end:
            end = max(end, segment["seq"] - 1 + segment["length"])
    return end


def bytes_sent(ladder: Ladder, side: str) -> int:
    """Return how many bytes of a side's stream are in the capture."""
    return max(
        (one["seq"] - 1 + one["length"] for one in ladder["segments"] if one["from"] == side and one["length"]),
        default=0,
    )


def bytes_called(ladder: Ladder, side: str, call: str) -> int:
    """Return how many bytes a side's calls moved; a peek moves none."""
    calls = [one for one in ladder["calls"] if (one["side"], one["call"]) == (side, call) and one["errno"] is None]
    return sum(one["bytes"] for one in calls if "MSG_PEEK" not in one.get("syscall", ""))


def cause_of_fin(ladder: Ladder, side: str) -> list[str]:
    """Return what the program called, without how, that a side's FIN is joined to: it should be one."""
    fins = [index for index, one in enumerate(ladder["segments"]) if one["from"] == side and "FIN" in one["flags"]][:1]
    return [
        one.get("syscall", one["call"]).partition("(")[0]
        for one in ladder["calls"]
        if one["side"] == side and one["call"] in ("close", "shutdown") and set(fins) & set(one["segments"])
    ]


def _carrying(ladder: Ladder, side: str) -> set[int]:
    again = ("retransmission", "fast retransmission", "spurious retransmission")
    return {
        index
        for index, one in enumerate(ladder["segments"])
        if one["from"] == side and one["length"] and not any(note.startswith(again) for note in one["notes"])
    }


def _owned(ladder: Ladder, side: str, call: str) -> set[int]:
    calls = [one for one in ladder["calls"] if (one["side"], one["call"]) == (side, call) and one["bytes"]]
    return {index for one in calls for index in one["segments"]}
