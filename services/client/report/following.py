"""Reads the log of a load under way: shows the progress of its replicas, and keeps their results for the report."""

import contextlib
import io
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson
from pydantic import ValidationError

from services.client.report.results.fields import Count, Part
from services.client.report.results.lines import is_result, log_line
from services.client.thresholds import EXIT_THRESHOLD_MISSED
from shared.flags import EXIT_BAD_SETTINGS

# Most different remarks shown: besides progress and results, a replica may log a line for each message.
_MOST_REMARKS = 20

# A replica reports once a second; one that is silent for this long is stuck or gone.
_SILENT_S = 5

# Log lines of these levels are shown to the user.
_LEVELS = {"warning", "error", "critical"}

# A replica's judgement of itself is not shown: the report judges all replicas together.
_OF_THE_REPORT = {"threshold_missed"}

# What `docker compose logs --follow` adds when a container ends.
_EXITED = re.compile(rb"(\S+) exited with code (\d{1,3})")

# Signals that end a client with its result printed.
_ENDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# The client's own exit codes: it has said why, or its result does. Any other is a signal's, or the engine's.
_OWN_CODES = {0, EXIT_BAD_SETTINGS, 1, EXIT_THRESHOLD_MISSED, *(128 + signum for signum in _ENDED)}

# Keys that every log line has; a user who watches does not need them.
_COMMON = {"service", "host", "pid", "level", "timestamp", "event"}


class Said(Part):
    """What a replica reported of the last second; the durations are of the messages that came back in it."""

    phase: str = "loading"
    left_s: Count
    messages: Count
    in_flight: Count
    errors: Count
    p50_us: Count | None
    p99_us: Count | None
    max_us: Count | None


@dataclass
class Replicas:
    """Each replica's last report and its time, and the remarks so far.

    `ended` are the replicas that have printed their result, `exited` has the exit codes of those that are gone.
    """

    replicas: dict[str, Said] = field(default_factory=dict)
    heard_s: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    exited: dict[str, int] = field(default_factory=dict)
    remarks: set[str] = field(default_factory=set)

    def active(self) -> dict[str, Said]:
        """Return the last reports of the replicas still running: of none that is done, gone or silent."""
        since_s = time.monotonic() - _SILENT_S
        return {
            name: said
            for name, said in self.replicas.items()
            if name not in self.ended and name not in self.exited and self.heard_s[name] >= since_s
        }


def follow(log: BinaryIO, told: Callable[[Replicas, str | None], None]) -> io.BytesIO:
    """Read a log to its end; return what a report is made of.

    `told` is called after each line that changes something, with a line to show where there is one.
    """
    kept, progress = io.BytesIO(), Replicas()
    for line in log:
        replica, text = log_line(line)
        event = _object(text)
        remark = ""
        if event is None or "schema" in event:
            # A line that is not JSON may be a damaged result: kept, so that reading.py can decide.
            kept.write(line)
        if event is None:
            remark = "" if is_result(text) or _has_exited_itself(text, progress) else text.decode(errors="replace")
        elif "schema" in event:
            progress.ended.add(replica or "")
        elif event.get("event") == "load_progressed":
            with contextlib.suppress(ValidationError):
                name = replica or str(event.get("host", "?"))
                progress.replicas[name] = Said.model_validate(event)
                progress.heard_s[name] = time.monotonic()
        elif event.get("level") in _LEVELS and event.get("event") not in _OF_THE_REPORT:
            remark = _remark(event)
        told(progress, _keep_new(progress, remark))
    kept.seek(0)
    return kept


def _has_exited_itself(text: bytes, progress: Replicas) -> bool:
    """Note the end of a replica, if the line tells of one; return whether it came by an exit code of its own."""
    found = _EXITED.fullmatch(text)
    if found is None:
        return False
    code = progress.exited[found[1].decode(errors="replace")] = int(found[2])
    return code in _OWN_CODES


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _remark(event: dict[str, Any]) -> str:
    facts = " ".join(f"{name}={value}" for name, value in event.items() if name not in _COMMON and value is not None)
    return f"{event.get('event')} {facts}"


def _keep_new(progress: Replicas, remark: str) -> str | None:
    """Return a remark that is new: if four replicas refuse the same setting, it is shown once."""
    if not remark or remark in progress.remarks or len(progress.remarks) >= _MOST_REMARKS:
        return None
    progress.remarks.add(remark)
    return remark
