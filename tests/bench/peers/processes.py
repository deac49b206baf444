"""Processes that the bench starts, and always ends."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers.peers import Peer

_START_TIMEOUT_S = 15
_STOP_TIMEOUT_S = 5
# The end of a traceback, of a server that may have written one a second.
_SAID_CHARACTERS = 2000
_ROOT = Path(__file__).parents[3]


class PeerFailed(Exception):
    """A peer did not start, or did not echo; `str()` says which and how."""

    def __init__(self, peer: str, why: str) -> None:
        self.peer = peer
        super().__init__(f"{peer}: {why}")


@dataclass(frozen=True)
class Server:
    """A peer that runs, and echoes."""

    peer: Peer
    pid: int
    port: int


@contextlib.contextmanager
def running(peer: Peer, cpu: int | None) -> Iterator[Server]:
    """Start a peer on one CPU (None: on any), wait until it echoes, and end it with all its processes.

    Raises PeerFailed.
    """
    with _reserved_port(peer) as port, tempfile.TemporaryFile() as errors:
        pinned = [] if cpu is None else ["taskset", "-c", str(cpu)]
        process = subprocess.Popen(
            [*pinned, *peer.argv(port)],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is for the bench, which ends the whole group
        )
        try:
            if not _answers(process, port, peer):
                errors.seek(0)
                said = errors.read().decode(errors="replace")[-_SAID_CHARACTERS:]
                raise PeerFailed(
                    peer.name, f"no answer within {_START_TIMEOUT_S} s, exit code {process.poll()}\n{said}"
                )
            yield Server(peer, process.pid, port)
        finally:
            end(process)


@contextlib.contextmanager
def _reserved_port(peer: Peer) -> Iterator[int]:
    """Hold a free port that only a socket with SO_REUSEADDR, as all echo servers here set it, can listen on."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if not peer.is_echo:
            holder.close()
        yield port


def _answers(process: subprocess.Popen[bytes], port: int, peer: Peer) -> bool:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if _echoes(port) if peer.is_echo else _listens(port):
            return True
        time.sleep(0.02)
    return False


def _echoes(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as sock:
        sock.sendall(b"?")
        return sock.recv(1) == b"?"
    return False


def _listens(port: int) -> bool:
    """Ask the kernel (proc_net_tcp): a server of another protocol may end when a connection says nothing."""
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()


def end(process: subprocess.Popen[bytes]) -> None:
    """Tell the leader of a session to end, and kill what is then left of it."""
    try:
        process.terminate()
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # Its children too, and whatever interrupted the wait.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def tree(root: int) -> list[int]:
    """Return the process and all its descendants."""
    found = [root]
    for pid in found:  # grows while it is walked
        for children in _of_threads(pid, "children"):
            found += map(int, children.split())
    return found


def cpu_ns(root: int) -> int:
    """Return the CPU time that the threads of the process tree which live have taken."""
    return sum(int(schedstat.split()[0]) for pid in tree(root) for schedstat in _of_threads(pid, "schedstat"))


def _of_threads(pid: int, name: str) -> list[str]:
    """Read this file of each thread; nothing of those that have just ended."""
    texts = []
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob(f"*/{name}"):
            with contextlib.suppress(OSError):
                texts.append(path.read_text())
    return texts


def memory_bytes(root: int) -> int:
    """Return the anonymous and shared memory that the process tree keeps resident, a shared page counted once.

    Pages of files are left out: a connection has none, and their share changes with every other program that runs.
    """
    return sum(_memory_bytes(pid) for pid in tree(root))


def _memory_bytes(pid: int) -> int:
    """See proc(5), smaps_rollup."""
    with contextlib.suppress(OSError):  # it has just ended
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        fields = {line.split()[0]: line.split()[1] for line in lines[1:]}
        return (int(fields["Pss_Anon:"]) + int(fields["Pss_Shmem:"])) * 1024
    return 0
