"""Captures of three points of a path: the scope tells where each segment was lost, and how long the others took."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from services.scope.model import Conversation, Segment
from services.scope.notes import NoteKind
from services.scope.recorded.recording import recording
from services.scope.vantages import delay
from tests.e2e.harness import crossing
from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.tshark import tshark

POINTS = ("laptop", "rack", "pod")  # tests/e2e/peers/paths/crossing.py

_MS_NS = 1_000_000


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a function that plays something on a path, once, and returns the folder of what the points captured."""

    @cache
    def play(what: str) -> Path:
        folder = tmp_path_factory.mktemp(what)
        crossing.play(what, folder)
        return folder

    return play


def read(*files: Path) -> Conversation:
    """Return the one conversation of these captures, by the command's JSON."""
    command = [sys.executable, "-m", "services.scope", "read", *map(str, files), "--json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    (conversation,) = recording(done.stdout).conversations
    segments = json.loads(done.stdout)["conversations"][0]["segments"]
    assert [one["lost"] is None for one in segments] == [one.lost is None for one in conversation.segments]
    return conversation


def files(folder: Path, *points: str) -> list[Path]:
    """Return these points' captures, the last one first: their order says nothing."""
    return [folder / f"{point}.pcap" for point in reversed(points)]


def lost(conversation: Conversation) -> set[tuple[str, str, str | None]]:
    """Return where segments were lost: how, the last point that saw them, and the first that did not."""
    return {(str(one.lost.place), one.lost.last, one.lost.next) for one in conversation.segments if one.lost}


@pytest.mark.parametrize(
    ("place", "of_three", "of_two"),
    [
        ("egress", ("between", "laptop", "rack"), ("between", "laptop", "rack")),
        ("ingress", ("between", "rack", "pod"), ("after arrival", "rack", None)),
        ("input", ("after arrival", "pod", None), ("after arrival", "rack", None)),
    ],
)
def test_a_dropped_segment_says_where(
    captured: Callable[[str], Path], place: str, of_three: tuple[str, str, str], of_two: tuple[str, str, str]
) -> None:
    """At the client's host, at the server's, or in its own INPUT chain; a third point tells the last two apart."""
    folder = captured(place)
    whole = read(*files(folder, *POINTS))
    assert (whole.vantages, whole.outcome) == (POINTS, "closed")
    assert lost(whole) == {of_three}
    dropped = [one for one in whole.segments if one.lost]
    assert {(one.sender, one.seq, one.length) for one in dropped} == {("client", 6, 5)}
    assert any((one.seq, one.length, one.lost) == (6, 5, None) for one in whole.segments)
    assert lost(read(*files(folder, "laptop", "rack"))) == {of_two}


def test_what_no_point_saw_is_missed_in_its_senders_numbers(captured: Callable[[str], Path]) -> None:
    """Dropped as it leaves the client's host, and no point before that: it says so, and of nothing else."""
    for what, expected in (("egress", {6}), ("ingress", set[int]()), ("input", set[int]()), ("cut", set[int]())):
        found = read(*files(captured(what), "rack", "pod"))
        unseen = [one for one in found.segments if NoteKind.LOST_BEFORE_LEAVING in one.kinds]
        assert {one.seq for one in unseen} == expected, what
        assert all(one.sender == "client" and one.lost is None for one in unseen)


@pytest.mark.parametrize("what", ["egress", "ingress", "input", "cut"])
def test_what_the_servers_point_saw_is_as_tshark_reads_it(captured: Callable[[str], Path], what: str) -> None:
    """Segment by segment, with those left out that it did not see."""
    folder = captured(what)
    found = read(*files(folder, "laptop", "pod")).segments
    ours = [one for one in found if (one.left_ns if one.sender == "server" else one.arrived_ns) is not None]
    assert [told(one) for one in ours] == in_tshark(folder / "pod.pcap")


@pytest.mark.parametrize("what", ["egress", "ingress", "input"])
def test_what_the_clients_point_saw_is_as_tshark_reads_it(captured: Callable[[str], Path], what: str) -> None:
    """In the order of their times there."""
    folder = captured(what)
    there = []
    for one in read(*files(folder, "laptop", "pod")).segments:
        t_ns = one.left_ns if one.sender == "client" else one.arrived_ns
        if t_ns is not None:
            there.append((t_ns, told(one)))
    assert [one for _, one in sorted(there, key=lambda one: one[0])] == in_tshark(folder / "laptop.pcap")


def test_what_is_cut_on_the_way_is_all_there(captured: Callable[[str], Path]) -> None:
    """The client's host cuts large packets: each segment has the time at which its packet left."""
    folder = captured("cut")
    found = read(*files(folder, *POINTS))
    # Not on its way. A socket whose program is held up has no room for more, and its kernel drops that.
    assert {place for place, _, _ in lost(found)} <= {"after arrival"}
    large = max(length for _, _, length, _, _ in in_tshark(folder / "laptop.pcap"))
    ours = [one for one in found.segments if one.sender == "client" and one.length]
    assert max(one.length for one in ours) <= large
    assert sum(one.length for one in ours) >= 262_149
    assert all(one.left_ns is not None and one.arrived_ns is not None for one in ours)


@pytest.mark.parametrize(("ahead_ns", "drift_ppm"), [(0, 0), (3_000_000_000, 40), (-7_000_000_000, -80)])
def test_a_delay_is_told_whatever_the_clock(
    captured: Callable[[str], Path], tmp_path: Path, ahead_ns: int, drift_ppm: int
) -> None:
    """The bounds hold what the one clock of this machine tells; the slowest segment waited for the client's host."""
    folder = captured("slow")
    truth = read(*files(folder, "laptop", "pod"))
    assert all(one.left_ns and one.arrived_ns for one in truth.segments)
    shifted = tmp_path / "laptop.pcap"
    shifted.write_bytes(with_clock((folder / "laptop.pcap").read_bytes(), ahead_ns, drift_ppm))
    found = read(shifted, folder / "pod.pcap")
    (clock,) = found.clocks
    least_ns = []
    for one, true in zip(found.segments, truth.segments, strict=True):
        told_ns = delay(clock, one.left_ns or 0, one.arrived_ns or 0, from_client=one.sender == "client")
        assert told_ns is not None
        true_ns = (true.arrived_ns or 0) - (true.left_ns or 0)
        # Where the clock drifts, times within a nanosecond of each other are rounded.
        assert told_ns.least_ns - 10 <= true_ns <= told_ns.most_ns + 10
        least_ns.append(told_ns.least_ns)
    assert max(least_ns) >= 40 * _MS_NS


def told(one: Segment) -> tuple[int, int, int, int, int]:
    """Return what both say of a segment."""
    return one.seq, one.ack or 0, one.length, one.flags, one.window


def in_tshark(path: Path) -> list[tuple[int, int, int, int, int]]:
    """Return what tshark says of each segment of a capture."""
    return [(one.seq, one.ack, one.length, one.flags, one.window) for _, one in sorted(tshark(path).items())]


def with_clock(data: bytes, ahead_ns: int, drift_ppm: int) -> bytes:
    """Return a capture as a point would have made it whose clock is ahead, and drifts."""
    found, at, first_ns = data[:24], 24, None
    while at < len(data):
        seconds, nanoseconds, length, original = struct.unpack_from("<IIII", data, at)
        t_ns = seconds * 1_000_000_000 + nanoseconds
        first_ns = first_ns or t_ns
        shifted_ns = t_ns + ahead_ns + (t_ns - first_ns) * drift_ppm // 1_000_000
        found += struct.pack("<IIII", *divmod(shifted_ns, 1_000_000_000), length, original)
        found += data[at + 16 : at + 16 + length]
        at += 16 + length
    return found
