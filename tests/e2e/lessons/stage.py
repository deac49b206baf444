"""Where a lesson is played: a stack, a capture in the server's network namespace, actors, and the ladder of it all."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, cast

from docker.models.containers import Container

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.containers import execute, exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.tshark import agree_but_for_guesses, differences
from tests.e2e.harness.waiting import wait_until

Ladder: TypeAlias = dict[str, Any]

_ROLES = Path(__file__).with_name("roles.py").read_text()
_CAPTURE = "/tmp/lesson.pcap"  # noqa: S108 - in a container of its own

# Without a change for so long, a capture is whole. Time also passes while the whole machine stands still: so it has to
# have been looked at as often besides.
_SETTLED_S, _SETTLED_LOOKS = 2.5, 15

# Where `make lessons` wants pictures and recordings; without it they are not kept.
PICTURES = os.environ.get("LESSONS")


class Stage:
    """One lesson's containers; what they and the wire say is read when it is over."""

    def __init__(self, stack: Stack, tmp_path: Path) -> None:
        self.stack = stack
        self._tmp_path = tmp_path
        self._speakers: list[Container] = []
        self._actors: list[Container] = []

    def actor(self, role: str, *arguments: str) -> Container:
        """Start an actor; its calls are part of the ladder."""
        actor = self.stack.start_actor("-c", _ROLES, role, *arguments)
        self._speakers.append(actor)
        self._actors.append(actor)
        return actor

    def hear(self, *services: Container) -> None:
        """Have the calls in these services' logs be part of the ladder."""
        self._speakers += services

    @contextmanager
    def captured(self, beside: Container, *, ports: str = "tcp") -> Iterator[Container]:
        """Capture on this container's interface for as long as the block lasts; give the container that does.

        At its end every actor must have come to its own, and tshark must read what the scope does.
        """
        self._tool = tool = self.stack.start_tool_beside(beside, "sleep", "infinity")
        command = ["dumpcap", "-q", "-P", "-i", "eth0", "-f", ports, "-s", "256", "-w", _CAPTURE]
        tool.exec_run(command, detach=True)
        wait_until(lambda: _is_capturing(tool), "the capture has begun")
        yield tool
        for actor in self._actors:
            reached(actor, "end")
        # What the last call caused is on the wire, and in dumpcap's file, within its buffering of a second.
        _settle(tool)
        execute(tool, "pkill", "-INT", "dumpcap")
        wait_until(lambda: execute(tool, "pgrep", "dumpcap")[0] != 0, "the capture has ended")
        capture = self._tmp_path / "lesson.pcap"
        capture.write_bytes(_file(tool, _CAPTURE))
        # Numbers, lengths, flags, windows and remarks: tshark reads the same, segment by segment. What is sent again,
        # and what overtakes, is up to the machine: there tshark guesses.
        assert differences(capture, agree_but_for_guesses) == []
        for actor in self._actors:
            cue(actor, "end")
            assert exit_code(actor) == 0
        self._actors.clear()

    def wait_for_segments(self, count: int) -> None:
        """Wait until so many segments have been captured."""
        show = ["tshark", "-r", _CAPTURE, "-T", "fields", "-e", "frame.number"]
        wait_until(lambda: execute(self._tool, *show, stderr=False)[1].count("\n") >= count, f"{count} segments")

    def read_now(self) -> str:
        """Return the names of what tshark remarks on what has been captured so far."""
        show = ["tshark", "-r", _CAPTURE, "-T", "json", "-Y", "tcp.analysis.flags"]
        return execute(self._tool, *show, stderr=False)[1]

    def forget(self) -> None:
        """Begin again, with other actors."""
        self._speakers.clear()

    def ladders(self, picture: str | None = None) -> list[Ladder]:
        """Return the conversations of the capture, joined with the calls; the first is drawn as `picture`."""
        (self._tmp_path / "calls.ndjson").write_bytes(b"".join(container.logs() for container in self._speakers))
        found = cast("list[Ladder]", json.loads(self._read("--json"))["conversations"])
        # Those without a segment, the health check's on loopback, come last.
        ladders = [ladder for ladder in found if ladder["segments"]]
        if picture is not None:
            self.draw(ladders, 0, picture)
        return ladders

    def draw(self, ladders: list[Ladder], index: int, picture: str) -> None:
        """Keep a picture of one of them, and its data, if somebody wants them."""
        assert ladders[index]["segments"]
        if PICTURES:
            only = ("--conversation", str(index + 1), "--json")
            recorded = self._read(*only, "--svg", f"{PICTURES}/{picture}.svg", "--explain")
            Path(PICTURES, f"{picture}.json").write_bytes(recorded)

    def _read(self, *flags: str) -> bytes:
        files = [str(self._tmp_path / "lesson.pcap"), "--calls", str(self._tmp_path / "calls.ndjson")]
        command = [sys.executable, "-m", "services.scope", "read", *files, *flags]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def ladder(self, picture: str | None = None) -> Ladder:
        """Return the one conversation that there is."""
        (ladder,) = self.ladders(picture)
        assert [check for check in ladder["checks"] if not check["holds"]] == []
        return ladder


def cue(actor: Container, step: str) -> None:
    """Wait until an actor has reached a step, and have it go on."""
    reached(actor, step)
    code, output = execute(actor, "touch", f"/tmp/{step}")  # noqa: S108 - in a container of its own
    assert code == 0, output


def reached(actor: Container, step: str) -> None:
    """Wait until an actor has reached a step."""
    said = json.dumps({"step": step})
    wait_until(lambda: said in actor.logs().decode().splitlines(), f"{actor.name} reaches {step}")


def said(actor: Container, key: str) -> Any:
    """Return what an actor has said of something."""
    lines = [json.loads(line) for line in actor.logs(stderr=False).splitlines()]
    (value,) = [line[key] for line in lines if key in line]
    return value


def own_address(actor: Container) -> str:
    """Return the address and port that an actor has connected from."""
    lines = [json.loads(line) for line in actor.logs(stderr=False).splitlines()]
    return str(next(line["local"] for line in lines if line.get("call") == "connect"))


def flags(ladder: Ladder) -> list[tuple[str, str]]:
    """Return who sent each segment, and its flags, PSH left out: it says nothing here."""
    return [(one["from"], ",".join(flag for flag in one["flags"] if flag != "PSH")) for one in ladder["segments"]]


def call(ladder: Ladder, side: str, name: str, number: int = 0) -> dict[str, Any]:
    """Return a side's n-th call of this name."""
    found = [one for one in ladder["calls"] if (one["side"], one["call"]) == (side, name)]
    return cast("dict[str, Any]", found[number])


def states(ladder: Ladder) -> list[tuple[str, str]]:
    """Return both ends' states after each segment."""
    return [(one["client_state"], one["server_state"]) for one in ladder["segments"]]


def noted(ladder: Ladder, note: str) -> list[int]:
    """Return the indexes of the segments that have a note which begins so."""
    return [
        index for index, one in enumerate(ladder["segments"]) if any(text.startswith(note) for text in one["notes"])
    ]


def _is_capturing(tool: Container) -> bool:
    """Tell whether a packet socket takes packets: a while after it is made, it is bound to an interface."""
    _, *sockets = execute(tool, "cat", "/proc/net/packet")[1].splitlines() or [""]
    # net/packet/af_packet.c: …, protocol, interface, whether it takes packets, …
    return any(line.split()[5] == "1" for line in sockets)


def _settle(tool: Container) -> None:
    """Wait until nothing more is captured."""
    seen_s: dict[int, list[float]] = {}  # when it had which size, which only grows

    def is_settled() -> bool:
        size = int(execute(tool, "stat", "--format", "%s", _CAPTURE, stderr=False)[1] or 0)
        times_s = seen_s.setdefault(size, [])
        times_s.append(time.monotonic())
        return size > 0 and len(times_s) >= _SETTLED_LOOKS and times_s[-1] - times_s[0] >= _SETTLED_S

    wait_until(is_settled, "the capture has settled")


def _file(container: Container, path: str) -> bytes:
    chunks, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        member = archive.extractfile(archive.getmembers()[0])
        assert member is not None
        return member.read()
