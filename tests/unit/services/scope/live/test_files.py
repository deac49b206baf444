"""The capture on disk."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.scope.capture.reader import read_capture
from services.scope.live.files import CaptureFiles
from tests.unit.harness.facts import Journal
from tests.unit.harness.processes import ROOT
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.sources import HEADER, records

SESSION = records(session())

# Writes a session's records to the folder of its argument until it is killed.
_WRITER = f"""
import sys
from pathlib import Path
from services.scope.live.files import CaptureFiles
files = CaptureFiles(Path(sys.argv[1]), 2, 1_000_000, None)
print("writing", flush=True)
while True:
    files.write(bytes.fromhex({SESSION.hex()!r}) * 50)
"""


def frames(path: Path) -> int:
    """Return how many frames a file has; raise CaptureError where it is not whole."""
    with path.open("rb") as file:
        return sum(1 for _ in read_capture(file))


def names(folder: Path) -> list[str]:
    """Return the files there."""
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    """Nothing waits in a buffer."""
    files = CaptureFiles(tmp_path, 4, 10**6, Journal().log)
    assert frames(tmp_path / "echo.pcap") == 0
    files.write(SESSION)
    assert frames(tmp_path / "echo.pcap") == len(session().packets)
    files.close()


def test_a_full_file_is_followed_by_the_next_and_the_oldest_goes(tmp_path: Path) -> None:
    """The newest has always the same name; none is larger than it may be."""
    limit = len(HEADER) + 2 * len(SESSION)
    files = CaptureFiles(tmp_path, 3, limit, Journal().log)
    for _ in range(9):
        files.write(SESSION)
    files.close()
    assert names(tmp_path) == ["echo.1.pcap", "echo.2.pcap", "echo.pcap"]
    assert [frames(tmp_path / name) // len(session().packets) for name in names(tmp_path)] == [2, 2, 1]
    assert all((tmp_path / name).stat().st_size <= limit for name in names(tmp_path))


def test_a_new_start_leaves_the_captures_before_it(tmp_path: Path) -> None:
    """They are as old as they are."""
    for _ in range(2):
        files = CaptureFiles(tmp_path, 4, 10**6, Journal().log)
        files.write(SESSION)
        files.close()
    assert names(tmp_path) == ["echo.1.pcap", "echo.pcap"]


def test_a_start_without_packets_makes_no_other_capture_old(tmp_path: Path) -> None:
    """A scope that is started over and over keeps what was captured before."""
    for records_of_it in (SESSION, b"", b"", b""):
        files = CaptureFiles(tmp_path, 2, 10**6, Journal().log)
        files.write(records_of_it)
        files.close()
    assert names(tmp_path) == ["echo.1.pcap", "echo.pcap"]
    assert frames(tmp_path / "echo.1.pcap") == len(session().packets)


def test_a_file_that_ends_within_a_packet_is_mended(tmp_path: Path) -> None:
    """At the next start, and this is said."""
    (tmp_path / "echo.pcap").write_bytes((HEADER + SESSION)[:-1])
    journal = Journal()
    CaptureFiles(tmp_path, 2, 10**6, journal.log).close()
    assert frames(tmp_path / "echo.1.pcap") == len(session().packets) - 1
    assert journal.events() == ["capture_mended"]


def test_after_a_kill_at_any_moment_it_is_whole(tmp_path: Path) -> None:
    """What the kernel cut within a write, if it did, the next start mends."""
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
        CaptureFiles(tmp_path, 3, 10**6, Journal().log).close()
        assert all(frames(tmp_path / name) >= 0 for name in names(tmp_path) if name != "echo.part")


def test_a_full_disk_ends_the_capture_with_a_whole_packet(tmp_path: Path) -> None:
    """It is said, what is lost is counted, and the scope goes on."""
    journal = Journal()
    files = CaptureFiles(tmp_path, 2, 10**6, journal.log)
    files.write(SESSION)
    size = (tmp_path / "echo.pcap").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    try:
        files.write(SESSION)
        files.write(SESSION)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert journal.events() == ["capture_ended"]
    assert files.lost_bytes == 2 * len(SESSION)
    assert frames(tmp_path / "echo.pcap") == len(session().packets)


def test_a_folder_that_takes_no_files_is_refused(tmp_path: Path) -> None:
    """At the start, where it can still be mended."""
    no_folder = tmp_path / "file"
    no_folder.touch()
    with pytest.raises(OSError, match="Not a directory"):
        CaptureFiles(no_folder, 2, 10**6, Journal().log)
