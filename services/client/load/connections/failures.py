"""Failures of connections: all are counted, and a few a second are logged one by one."""

import errno

from services.client.connect.connecting import error_of
from services.client.load.connections.verdict import Verdict
from services.client.load.results.recording import Reason, Recording
from shared.log import Log

# Failures beyond this in one second are counted, but not logged one by one.
_TOLD_A_SECOND = 10


class Failures:
    """Counts verdicts in a recording, and logs them."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._told = self._untold = 0

    def attempt_failed(self, recording: Recording, error: OSError) -> None:
        """Count an attempt to connect that failed; another may succeed."""
        recording.reasons[Reason("connect", error_of(error).kind, errno_name(error))] += 1

    def count(self, recording: Recording, verdict: Verdict | None, number: int | None, phase: str | None) -> None:
        """Count a session and how it ended: connection `number` failed in that `phase`, or nothing is wrong."""
        recording.sessions += 1
        if verdict is None:
            return
        recording.sessions_failed += 1
        recording.errors[verdict.kind] += 1
        recording.mismatches += verdict.wrong_bytes
        if phase is not None:
            recording.reasons[Reason(phase, verdict.kind, verdict.errno)] += 1
        if self._told < _TOLD_A_SECOND:
            self._told += 1
            self._log.error("session_failed", connection=number, kind=verdict.kind, why=verdict.why, **verdict.facts)
        else:
            self._untold += 1

    def tell_untold(self) -> None:
        """Log how many failures were not logged one by one; call it once a second."""
        if self._untold:
            self._log.error("sessions_failed", count=self._untold)
        self._told = self._untold = 0


def errno_name(error: OSError) -> str | None:
    """Return the error's symbolic name; our own time-outs have no errno, and count as ETIMEDOUT."""
    number = errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno
    return errno.errorcode.get(number or 0)
