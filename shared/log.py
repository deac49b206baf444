"""configure_logging(): the one place that knows structlog."""

import json
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from shared import wording
from shared.sink import Sink

if TYPE_CHECKING:
    from shared.settings import Settings

Log: TypeAlias = FilteringBoundLogger

# ANSI SGR: a line is in the colour of its severity, its time dim.
_COLOURS = {"debug": "2", "info": "", "warning": "33", "error": "31", "critical": "31"}
_DIM = "2"

# Without colour, a severity of warning or higher is written as a word.
_SEVERITIES = {"warning": "warning: ", "error": "error: ", "critical": "error: "}


def configure_logging(service: str, settings: "Settings") -> Log:
    """Send this process's log to stderr, and return its logger: `service`, `host` and `pid` are on every line."""
    host = socket.gethostname()

    def identify(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        # The pid is asked for each time: workers are forked after this is configured.
        event["service"], event["host"], event["pid"] = service, host, os.getpid()
        return event

    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    console = settings.log_format == "console" or (settings.log_format == "auto" and is_terminal)
    processors: list[Processor] = [
        identify,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
    ]
    if console:
        # Without a terminal the service is named elsewhere: Compose does before each line, or the log file's name.
        processors.append(_put_into_words(is_coloured=_is_coloured(is_terminal=is_terminal), names_service=is_terminal))
    else:
        processors += [structlog.processors.TimeStamper(fmt="iso", utc=True), _write_json]

    def dropped(count: int, why: str) -> bytes:
        event: Any = {"count": count, "why": why, "event": "log_lines_dropped"}
        for processor in processors:
            event = processor(None, "warning", event)
        return cast("bytes", event)

    sink = Sink(sys.stderr, dropped)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=True,
    )
    return cast("Log", structlog.get_logger())


def _is_coloured(*, is_terminal: bool) -> bool:
    # no-color.org: set, and not to the empty text.
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal


def _put_into_words(*, is_coloured: bool, names_service: bool) -> Processor:
    """Return what makes of an event the lines that people read: the time, the sentence, a traceback if there is one."""

    def render(_: WrappedLogger, __: str, event: EventDict) -> bytes:
        level = event["level"]
        stamp = _time_of_day()
        who = f"{event['service']:<6} " if names_service else ""
        text = who + _SEVERITIES.get(level, "") + wording.sentence(event)
        first, *others = wording.lines(text, len(stamp) + 1)
        if is_coloured:
            stamp = _coloured(stamp, _DIM)
            first, *others = (_coloured(line, _COLOURS[level]) for line in (first, *others))
        if "exception" in event:
            others.append(event["exception"])
        return "\n".join((f"{stamp} {first}", *others, "")).encode(errors="backslashreplace")

    return render


def _write_json(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half of a surrogate pair, or a number of 65 bits
        return json.dumps(event, default=repr).encode() + b"\n"


def _time_of_day() -> str:
    now_s = time.time()
    return f"{time.strftime('%H:%M:%S', time.localtime(now_s))}.{int(now_s % 1 * 1000):03d}"


def _coloured(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
