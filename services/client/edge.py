"""The edge of the session client: environment, log, signals, the document on stdout, exit code."""

import signal
from types import FrameType

from services.client.outputs import OutputFailed, print_document, say
from services.client.payload import payload_of
from services.client.result import Result
from services.client.run import run_sessions
from services.client.settings import ClientSettings
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.log import configure_logging
from shared.signals import ending_signals
from shared.watch import Watch


class Interrupted(BaseException):
    """A signal that asks for the end; like KeyboardInterrupt it ends any wait. Only this file catches it."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        super().__init__(signum)


def main(arguments: list[str]) -> int:
    """Run sessions; return the exit code: 0 every byte came back, 1 not, 2 bad settings, 128 + n for signal n."""
    try:
        settings = ClientSettings.load(arguments)
        payload = payload_of(settings)
    except (SettingsInvalid, OSError) as error:
        say(str(error))
        return EXIT_BAD_SETTINGS
    log = configure_logging("client", settings)
    watch = Watch.of("client", settings, log)
    if watch is not None:
        watch.start()
    result = Result(settings)
    signum = 0
    try:
        for number in ending_signals():
            signal.signal(number, _interrupt)
        run_sessions(settings, payload, result, log, watch)
        _ignore_signals()
    except Interrupted as interruption:
        signum = interruption.signum
    code = 1 if result.sessions_failed else 0
    try:
        print_document(result.document())
    except OutputFailed as error:
        say(str(error))
        code = 1
    if watch is not None:
        watch.close()
    return 128 + signum if signum else code


def _interrupt(signum: int, _: FrameType | None) -> None:
    _ignore_signals()
    raise Interrupted(signum)


def _ignore_signals() -> None:
    # Once is enough, and after the last session too late: no signal must cut off the document. Not SIG_IGN: Python
    # complains of a signal that it has noticed already, and that has no handler when its turn comes.
    for number in ending_signals():
        signal.signal(number, _ignore)


def _ignore(_: int, __: FrameType | None) -> None:
    """Ignore a signal."""
