"""What every suite needs of the process that runs it."""

import gc
import signal


def pytest_configure() -> None:
    """Let programs that tests start hear the signals that they are sent, however the suites were started themselves.

    `nohup`, and a shell that starts something in the background, have it ignore some; and what a process ignores, each
    program ignores that it starts. What it handles, they do not inherit.
    """
    for signum in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(signum) is signal.SIG_IGN:
            signal.signal(signum, lambda *_: None)
    # Collecting makes some hundred thousand objects that all stay: Python need not look for garbage among them, neither
    # while they are made nor later.
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from here on: it would cost a tenth of a suite's time to do so among what has been collected."""
    gc.freeze()
    gc.enable()
