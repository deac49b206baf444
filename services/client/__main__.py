"""The client's command: sessions, a load, or a report over results."""

import os
import signal
import sys
from types import FrameType
from typing import Any, TextIO

from shared.signals import ending_signals


def main(arguments: list[str]) -> int:
    """Do what the first argument names, or run sessions; return the exit code."""
    # Each command imports only what it needs, so that a session starts sooner. The imports take half a second, in which
    # Ctrl-C may come; a traceback out of a library would help nobody.
    for signum in ending_signals():
        signal.signal(signum, _leave)
    if arguments[:1] == ["load"]:
        from services.client.load.edge import main as load  # noqa: PLC0415

        return load(arguments[1:], _summarise)
    if arguments[:1] == ["report"]:
        from services.client.report.edge import main as report  # noqa: PLC0415

        signal.signal(signal.SIGINT, signal.default_int_handler)
        for signum in set(ending_signals()) - {signal.SIGINT}:
            signal.signal(signum, signal.SIG_DFL)
        return report(arguments[1:])
    from services.client.edge import main as sessions  # noqa: PLC0415

    return sessions(arguments)


def _summarise(result: dict[str, Any], stream: TextIO) -> None:
    """Write a load's result for people, as its report."""
    # Imported after the run, so that it does not take memory while the load is on.
    from services.client.report.edge import summarise  # noqa: PLC0415

    summarise(result, stream)


def _leave(signum: int, _: FrameType | None) -> None:
    """End at once: nothing has begun that there would be a result of."""
    os._exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
