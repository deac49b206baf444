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


def fork(work: Callable[[], int]) -> int:
    """Run `work` in a child process whose exit code it returns; return the child's pid to the parent.

    The child gets SIGTERM when its parent dies, and leaves by os._exit: buffers and exit handlers are its parent's to
    run. Signals wait until it has handlers of its own: its parent's would tell its parent, through what they share.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        return pid
    code = _EX_SOFTWARE
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        code = work()
    except Exception:  # noqa: BLE001 - the end of this process: nobody else would tell
        traceback.print_exc()
    finally:
        os._exit(code)


def die_by_signal() -> None:
    """Let SIGTERM end this child at once; Ctrl-C, which reaches the whole group, is its parent's to pass on."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def start_clock(tick_s: float) -> None:
    """Have SIGALRM come every `tick_s` seconds; a child does not inherit its parent's."""
    signal.setitimer(signal.ITIMER_REAL, tick_s, tick_s)
