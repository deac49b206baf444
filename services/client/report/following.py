"""The log of a load that is under way: what its replicas say of their progress, and what is kept for the report."""

import contextlib
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson
from pydantic import ValidationError

from services.client.report.results.fields import Count, Part
from services.client.report.results.lines import is_result, log_line

# Of what the replicas say beside progress and results so many different lines are shown; it may be a line a message.
_MOST_REMARKS = 20

# A replica tells once a second; one that is silent for so long is stuck, or gone.
_SILENT_S = 5

# What a service logs at these levels is for whoever watches.
_LEVELS = {"warning", "error", "critical"}

# A replica judges itself; it is all of them together that the report judges.
_OF_THE_REPORT = {"threshold_missed"}

# What `docker compose logs --follow` adds at a container's end; how another one ended is worth a line.
_ENDED_WELL = re.compile(rb"\S+ exited with code 0")

# What every log line has, and nobody needs who watches.
_COMMON = {"service", "host", "pid", "level", "timestamp", "event"}


class Said(Part):
    """What a replica said of the second that has passed: durations are those of the messages that came back in it."""

    phase: str = "loading"
    left_s: Count
    messages: Count
    in_flight: Count
    errors: Count
    p50_us: Count | None
    p99_us: Count | None
    max_us: Count | None


@dataclass
class Progress:
    """What each replica said last and when, which of them have printed their result, and the remarks that were made."""

    replicas: dict[str, Said] = field(default_factory=dict)
    heard_s: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    remarks: set[str] = field(default_factory=set)

    def active(self) -> dict[str, Said]:
        """Return what those said who are still at it: not who has ended, and not who has not been heard for a while."""
        since_s = time.monotonic() - _SILENT_S
        return {
            name: said
            for name, said in self.replicas.items()
            if name not in self.ended and self.heard_s[name] >= since_s
        }


def follow(log: BinaryIO, told: Callable[[Progress, str | None], None]) -> io.BytesIO:
    """Read a log to its end; return what a report is made of.

    `told` is called after each line that changes something, with a line to show where there is one.
    """
    kept, progress = io.BytesIO(), Progress()
    for line in log:
        replica, text = log_line(line)
        event = _object(text)
        remark = ""
        if event is None or "schema" in event:
            # What is no JSON may be a damaged result: whoever reads it decides.
            kept.write(line)
        if event is None:
            remark = "" if is_result(text) or _ENDED_WELL.fullmatch(text) else text.decode(errors="replace")
        elif "schema" in event:
            progress.ended.add(replica or "")
        elif event.get("event") == "load_progressed":
            with contextlib.suppress(ValidationError):
                name = replica or str(event.get("host", "?"))
                progress.replicas[name] = Said.model_validate(event)
                progress.heard_s[name] = time.monotonic()
        elif event.get("level") in _LEVELS and event.get("event") not in _OF_THE_REPORT:
            remark = _remark(event)
        told(progress, _new(progress, remark))
    kept.seek(0)
    return kept


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _remark(event: dict[str, Any]) -> str:
    facts = " ".join(f"{name}={value}" for name, value in event.items() if name not in _COMMON and value is not None)
    return f"{event.get('event')} {facts}"


def _new(progress: Progress, remark: str) -> str | None:
    """Return a remark that was not made before: four replicas that refuse one setting say so once."""
    if not remark or remark in progress.remarks or len(progress.remarks) >= _MOST_REMARKS:
        return None
    progress.remarks.add(remark)
    return remark
