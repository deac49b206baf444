"""Child processes: fork, the signals that end them, and a clock made of signals."""

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

    The child gets `death_signal` when its parent dies, and leaves by os._exit: buffers and exit handlers are its
    parent's to run. Signals wait until the child has handlers of its own: with its parent's it would write to the
    socket that it shares with the parent. Raises OSError where no process can be had: nothing has changed then.
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
    except Exception:  # noqa: BLE001 - the end of this process: nobody else would tell
        traceback.print_exc()
    finally:
        os._exit(code)


def ignore_stop_signals(*, but: signal.Signals | None = None) -> None:
    """Ignore what a terminal, `kill` or systemd sends to the whole process group: the supervisor passes it on.

    A worker does not ignore SIGTERM, which is how it is told.
    """
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signum != but:
            signal.signal(signum, signal.SIG_IGN)
    if but is None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def start_clock(tick_s: float) -> None:
    """Have SIGALRM come every `tick_s` seconds; a child does not inherit its parent's."""
    signal.setitimer(signal.ITIMER_REAL, tick_s, tick_s)
