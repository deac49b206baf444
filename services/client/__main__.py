"""The edge of the client: environment, log, signals, the document on stdout, exit code."""

import signal
import sys
from types import FrameType

import orjson

from services.client.payload import payload_of
from services.client.result import Result
from services.client.run import run_sessions
from services.client.settings import ClientSettings
from shared.calls import log_calls
from shared.log import configure_logging
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid


class Interrupted(BaseException):
    """SIGINT or SIGTERM: like KeyboardInterrupt it ends whatever is waited for; only this file catches it."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        super().__init__(signum)


def main(arguments: list[str]) -> int:
    """Run sessions; return the exit code: 0 every byte came back, 1 not, 2 bad settings, 128 + n for signal n.

    `report` as the first argument merges results instead.
    """
    if arguments[:1] == ["report"]:
        from services.client.report.__main__ import main as merge_and_show  # noqa: PLC0415 -- sessions need none of it

        return merge_and_show(arguments[1:])
    try:
        settings = ClientSettings.load(arguments)
        payload = payload_of(settings)
    except (SettingsInvalid, OSError) as error:
        sys.stderr.write(f"client: {error}\n")
        return EXIT_BAD_SETTINGS
    log = configure_logging("client", settings)
    report = log_calls(log) if settings.log_level == "debug" else None
    result = Result(settings)
    signum = 0
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        run_sessions(settings, payload, result, log, report)
        _ignore_signals()
    except Interrupted as interruption:
        signum = interruption.signum
    sys.stdout.buffer.write(orjson.dumps(result.document()) + b"\n")
    sys.stdout.flush()
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
