"""A service as a process of its own, its standard error readable while it runs."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.unit.harness.facts import DEADLINE_S, Facts, eventually

ROOT = Path(__file__).parents[3]


class Service:
    """A running `python -m services.<name>`; `stdout` is a descriptor that it gets for its own, or None for a pipe."""

    def __init__(self, name: str, arguments: Sequence[str], stdout: int | None) -> None:
        self._lines = Facts[str]()
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"services.{name}", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,  # its own: a test can do what Ctrl-C does, and its children end with it
        )
        if stdout is not None:
            os.close(stdout)
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, event: str, **facts: Any) -> dict[str, Any]:
        """Return the first line of this event with these facts as soon as it is there."""
        wanted = {"event": event, **facts}.items()
        text = self._lines.wait_for(lambda line: f'"event":"{event}"' in line and wanted <= json.loads(line).items())
        line: dict[str, Any] = json.loads(text)
        return line

    def wait_until_asleep(self) -> None:
        """Return when it waits in the kernel: it has done all that it could."""
        status = Path(f"/proc/{self.pid}/status")
        assert eventually(lambda: "State:\tS" in status.read_text())

    def signal(self, signum: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(signum)

    def outcome(self) -> tuple[int, str, list[str]]:
        """Return the exit code, standard output, and the lines on standard error, as soon as it has ended."""
        code = self._process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return code, self._process.stdout.read() if self._process.stdout else "", self._lines.so_far()

    def close(self) -> None:
        """End it and its children, if they still run."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.tell(line.rstrip("\n"))


@contextmanager
def service(name: str, *arguments: str, stdout: int | None = None) -> Iterator[Service]:
    """Run a service for as long as the block lasts."""
    running = Service(name, arguments, stdout)
    try:
        yield running
    finally:
        running.close()


def exit_code(pid: int) -> int:
    """Wait for a child's end; return its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def next_signal(wakeup: socket.socket) -> int:
    """Return the number of the signal that comes next, 0 when none does."""
    return wakeup.recv(1)[0] if select.select([wakeup], [], [], DEADLINE_S)[0] else 0
