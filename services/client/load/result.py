"""The result of a load: the JSON document that the client prints, and that `report` adds up."""

import importlib.metadata
import os
import platform
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from services.client.histogram import Durations
from services.client.load.recording import Recording, Second, total
from services.client.load.settings import LoadSettings
from services.client.result import SCHEMA
from services.client.thresholds import WRONG_BYTES, Figures


@dataclass(frozen=True)
class Outcome:
    """What the run came to: `started_ns` and `ended_ns` (CLOCK_REALTIME) bound the time that was measured.

    `interrupted` is the signal's name; `failure` is why there was nothing to measure.
    """

    settings: LoadSettings
    warmup: Recording
    measured: Recording
    started_ns: int
    ended_ns: int
    interrupted: str | None = None
    failure: str | None = None

    @property
    def rate_achieved(self) -> float:
        """Messages verified a second."""
        elapsed_ns = self.ended_ns - self.started_ns
        return self.measured.messages_verified * 1e9 / elapsed_ns if elapsed_ns > 0 else 0.0

    @property
    def messages_due(self) -> int:
        """Messages that should have been sent: in a closed loop, those that were."""
        return self.measured.messages_due if self.settings.rate else self.measured.messages_sent

    @property
    def is_good(self) -> bool:
        """Whether every session, of the warm-up too, brought every byte back, and every message that was due was sent.

        Where an error rate is allowed, and the thresholds tell whether it was kept, only wrong bytes are not good.
        """
        if self.failure is not None:
            return False
        if self.settings.max_error_rate is not None:
            return not WRONG_BYTES & {*self.warmup.errors, *self.measured.errors}
        is_complete = self.messages_due <= self.measured.messages_sent or self.interrupted is not None
        return is_complete and not (self.warmup.sessions_failed or self.measured.sessions_failed)

    def figures(self, latency: Durations) -> Figures:
        """Return what thresholds are judged by; `latency` is the measured one."""
        measured = self.measured
        return Figures(
            due=self.messages_due,
            verified=measured.messages_verified,
            errors=measured.errors.total(),
            p99_us=latency.summary()["p99"],
            rate=self.rate_achieved,
        )


def document(outcome: Outcome, latency: Durations) -> dict[str, Any]:
    """Return the JSON document; `latency` is the measured one."""
    measured = outcome.measured
    is_open_loop = outcome.settings.rate > 0
    # In a closed loop a message is due when it is sent: there is one kind of duration, and not two.
    service = total(second.service for second in measured.seconds) if is_open_loop else latency
    connect = Durations()
    connect.record(outcome.warmup.connect_us + measured.connect_us)
    durations = {"latency_us": latency, "service_time_us": service, "connect_us": connect}
    return {
        "schema": SCHEMA,
        "kind": "load",
        "settings": outcome.settings.model_dump(mode="json"),
        "machine": _machine(),
        "versions": {
            "python": platform.python_version(),
            "hdrhistogram": _version("hdrhistogram"),
            "echoscope": _version("echoscope"),
        },
        "started_at": _iso(outcome.started_ns),
        "ended_at": _iso(outcome.ended_ns),
        "sessions": measured.sessions,
        "sessions_failed": measured.sessions_failed,
        "messages_due": outcome.messages_due,
        "messages_sent": measured.messages_sent,
        "messages_verified": measured.messages_verified,
        "mismatches": measured.mismatches,
        "bytes_sent": measured.bytes_sent,
        "bytes_verified": measured.bytes_verified,
        "errors": dict(measured.errors),
        "warmup": _warmup(outcome.warmup),
        "client_late": asdict(measured.late),
        "interrupted": outcome.interrupted,
        "rate_requested": outcome.settings.rate,
        "rate_achieved": outcome.rate_achieved,
        **{name: one.summary() for name, one in durations.items()},
        "timeline": [_second(second, measured) for second in measured.seconds],
        "histograms": {name: one.encode() for name, one in durations.items()},
    }


def _machine() -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        # Those that it may run on: a container is often given fewer than there are.
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "architecture": platform.machine(),
    }


def _version(distribution: str) -> str | None:
    """Return its version; null where it runs from its sources."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 1000 / 1e6, UTC).isoformat(timespec="microseconds")


def _warmup(warmup: Recording) -> dict[str, Any]:
    return {
        "messages_sent": warmup.messages_sent,
        "messages_verified": warmup.messages_verified,
        "bytes_sent": warmup.bytes_sent,
        "bytes_verified": warmup.bytes_verified,
        "sessions": warmup.sessions,
        "errors": dict(warmup.errors),
    }


def _second(second: Second, measured: Recording) -> dict[str, Any]:
    latency = second.latency.durations()
    return {
        "second": second.second,
        "messages": second.messages,
        "bytes": second.messages * measured.message_bytes,
        "errors": second.errors,
        "latency_us": latency.summary(),
        "histogram": latency.encode(),
    }
