"""Signals, passed on to the program."""

import signal
import subprocess
import sys

import pytest

from services.tracer.forwarding import Forwarding
from tests.unit.harness.threads import no_threads

_SCRIPT = """
import os, signal, subprocess, sys
from services.tracer.forwarding import Forwarding
forwarding = Forwarding()
forwarding.start()
os.kill(os.getpid(), signal.SIGUSR1)
child = subprocess.Popen(
    [sys.executable, "-c", "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {10, 12});"
     "print('ready', flush=True); print(signal.sigwait({10, 12}), flush=True)"], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
forwarding.to(child.pid)
print(child.stdout.readline().strip())
forwarding.to(None)
print(child.wait())
"""


def test_a_signal_that_came_early_is_passed_on() -> None:
    """The program's process id is known only when strace has begun."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [str(signal.SIGUSR1.value), "0"]


def test_without_a_thread_no_signal_stays_blocked() -> None:
    """Whoever started it ends as it would have without."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with no_threads(), pytest.raises(RuntimeError):
        Forwarding().start()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
