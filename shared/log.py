"""configure_logging(): the one place that knows structlog."""

import os
import socket
import sys
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

if TYPE_CHECKING:
    from shared.settings import Settings

Log: TypeAlias = FilteringBoundLogger

# What a reader at a terminal does not need of a call record, or is shown in another form.
_FOR_MACHINES = ("service", "host", "pid", "fd", "t0_ns", "t1_ns", "mono_ns")


def configure_logging(service: str, settings: "Settings") -> Log:
    """Send this process's log to stderr, and return its logger: `service`, `host` and `pid` are on every line.

    JSON lines go to the descriptor in one write each, so that processes sharing it never cut into each other.
    """
    host = socket.gethostname()

    def identify(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        # The pid is asked for each time: workers are forked after this is configured.
        event["service"], event["host"], event["pid"] = service, host, os.getpid()
        return event

    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    processors: list[Processor] = [
        identify,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f" if console else "iso", utc=not console),
        structlog.processors.format_exc_info,
    ]
    if console:
        processors += [_for_people, structlog.dev.ConsoleRenderer(colors=_colours(), pad_event_to=24)]
        factory: Any = structlog.PrintLoggerFactory(sys.stderr)
    else:
        processors.append(structlog.processors.JSONRenderer(serializer=orjson.dumps))
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    return cast("Log", structlog.get_logger())


def _colours() -> bool:
    # no-color.org: set, and not to the empty text.
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stderr.isatty()


def _for_people(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Turn a call record's stamps into a duration, say briefly who speaks, and drop what is empty."""
    event["logger"] = f"{event['service']}@{event['host']}:{event['pid']}"
    if "t0_ns" in event:
        event["took_us"] = (event["t1_ns"] - event["t0_ns"]) // 1000
        if event["errno"] is None:
            del event["call"]  # the event says it; of a failure it says only that
    return {key: value for key, value in event.items() if key not in _FOR_MACHINES and value is not None}
