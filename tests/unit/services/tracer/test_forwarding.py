"""Signals, passed on to the program."""

import signal
import subprocess
import sys

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
