"""The edge of the client: environment, log, signals, the document on stdout, exit code."""

import signal
import sys
from types import FrameType

import orjson

from services.client.payload import payload_of
from services.client.result import Result
from services.client.run import run_sessions
from services.client.settings import ClientSettings
from shared.log import configure_logging
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.watch import Watch


class Interrupted(BaseException):
    """SIGINT or SIGTERM: like KeyboardInterrupt it ends whatever is waited for; only this file catches it."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        super().__init__(signum)


def main(arguments: list[str]) -> int:
    """Do what the first argument names, or run sessions; return the exit code."""
    # Each is imported for who asks for it: a session starts sooner without.
    if arguments[:1] == ["load"]:
        from services.client.load.edge import main as load  # noqa: PLC0415

        return load(arguments[1:])
    if arguments[:1] == ["report"]:
        from services.client.report.edge import main as report  # noqa: PLC0415

        return report(arguments[1:])
    return sessions(arguments)


def sessions(arguments: list[str]) -> int:
    """Run sessions; return the exit code: 0 every byte came back, 1 not, 2 bad settings, 128 + n for signal n."""
    try:
        settings = ClientSettings.load(arguments)
        payload = payload_of(settings)
    except (SettingsInvalid, OSError) as error:
        sys.stderr.write(f"client: {error}\n")
        return EXIT_BAD_SETTINGS
    log = configure_logging("client", settings)
    watch = Watch.of("client", settings, log)
    if watch is not None:
        watch.start()
    result = Result(settings)
    signum = 0
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        run_sessions(settings, payload, result, log, watch)
        _ignore_signals()
    except Interrupted as interruption:
        signum = interruption.signum
    sys.stdout.buffer.write(orjson.dumps(result.document()) + b"\n")
    sys.stdout.flush()
    if watch is not None:
        watch.close()
    if signum:
        return 128 + signum
    return 1 if result.sessions_failed else 0


def _interrupt(signum: int, _: FrameType | None) -> None:
    _ignore_signals()
    raise Interrupted(signum)


def _ignore_signals() -> None:
    # Once is enough, and after the last session too late: no signal must cut off the document.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
