"""Child processes: how they are forked, which signals end them, and the timer signal of a worker's loop."""

import ctypes
import os
import signal
import traceback
from collections.abc import Callable

# A worker's exit codes, which the supervisor reads; anything else, or a signal, is a crash.
DRAINED, CUT = 0, 1

_EX_SOFTWARE = 70  # sysexits.h: it raised
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def fork(work: Callable[[], int], death_signal: signal.Signals = signal.SIGTERM) -> int:
    """Run `work` in a child process whose exit code it returns; return the child's pid to the parent.

    The child gets `death_signal` when its parent dies. It leaves by os._exit: flushing buffers and running exit
    handlers is for the parent. Signals stay blocked until the child has handlers of its own: its parent's would write
    to the socket that both share. Raises OSError if the fork fails; nothing has changed then.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:  # the parent, or nobody was forked
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    if pid:
        return pid
    code = _EX_SOFTWARE
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal)
        code = work()
    except Exception:  # noqa: BLE001 - this process ends here: nobody else would print it
        traceback.print_exc()
    finally:
        os._exit(code)


def ignore_stop_signals(*, but: signal.Signals | None = None) -> None:
    """Ignore what a terminal, `kill` or systemd sends to the whole process group; the supervisor gets it too, and acts.

    A worker passes SIGTERM as `but`: that is how the supervisor tells it to drain.
    """
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signum != but:
            signal.signal(signum, signal.SIG_IGN)
    if but is None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def start_clock(tick_s: float) -> None:
    """Send this process SIGALRM every `tick_s` seconds; a forked child does not inherit the timer."""
    signal.setitimer(signal.ITIMER_REAL, tick_s, tick_s)
