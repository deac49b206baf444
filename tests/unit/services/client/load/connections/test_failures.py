"""Failures, counted with their reasons."""

import errno

from services.client.load.connections.failures import Failures, errno_name
from services.client.load.connections.verdict import Verdict
from services.client.load.results.recording import Reason, Recording
from tests.unit.harness.facts import Journal


def test_every_failure_has_its_reason() -> None:
    """Phase, kind and the kernel's name for it, each with its number."""
    recording, failures = Recording(64), Failures(Journal().log)
    for _ in range(2):
        failures.attempt_failed(recording, ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    failures.attempt_failed(recording, OSError(errno.EADDRNOTAVAIL, "none left"))
    failures.count(recording, Verdict("reset", "why", errno="ECONNRESET"), 1, "exchange")
    failures.count(recording, Verdict("lost", "why"), 2, "close")
    assert dict(recording.reasons) == {
        Reason("connect", "refused", "ECONNREFUSED"): 2,
        Reason("connect", "exhausted", "EADDRNOTAVAIL"): 1,
        Reason("exchange", "reset", "ECONNRESET"): 1,
        Reason("close", "lost", None): 1,
    }
    assert dict(recording.errors) == {"reset": 1, "lost": 1}
    assert (recording.sessions, recording.sessions_failed) == (2, 2)


def test_a_good_session_has_none() -> None:
    """It is counted, and that is all."""
    recording = Recording(64)
    Failures(Journal().log).count(recording, None, 1, "close")
    assert (recording.sessions, recording.sessions_failed, recording.reasons.total()) == (1, 0, 0)


def test_ten_a_second_are_told_and_the_rest_is_a_number() -> None:
    """A second later ten more are told."""
    journal = Journal()
    failures = Failures(journal.log)
    for _ in range(2):
        for _ in range(25):
            failures.count(Recording(64), Verdict("reset", "why"), 1, "exchange")
        failures.tell_untold()
    assert journal.events().count("session_failed") == 20
    assert [line["count"] for line in journal.lines() if line["event"] == "sessions_failed"] == [15, 15]


def test_our_own_time_out_has_the_kernels_name() -> None:
    """The socket module's time-out has no number."""
    assert errno_name(TimeoutError("timed out")) == "ETIMEDOUT"
    assert errno_name(OSError(errno.ENETUNREACH, "no route")) == "ENETUNREACH"
    assert errno_name(OSError("no number")) is None
