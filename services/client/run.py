"""Sessions one after another, each counted and logged."""

import time

from services.client.connect.connecting import connect
from services.client.errors import EchoMismatch, SessionError
from services.client.payload import Payload
from services.client.result import Result
from services.client.session import Session
from services.client.settings import ClientSettings
from shared.calls import Report, address
from shared.log import Log
from shared.watch import Watch


def run_sessions(settings: ClientSettings, payload: Payload, result: Result, log: Log, watch: Watch | None) -> None:
    """Run as many sessions as the settings ask for (0: until interrupted); a failed one does not end the run."""
    while True:
        _run_session(settings, payload, result, log, watch.begin() if watch else None)
        if watch is not None:
            watch.flush()
        if result.sessions == settings.sessions:
            return
        time.sleep(settings.interval_s)


def _run_session(settings: ClientSettings, payload: Payload, result: Result, log: Log, report: Report | None) -> None:
    server = address((settings.host, settings.port))
    log.debug("connecting", server=server)
    started_s = connected_s = time.monotonic()
    session: Session | None = None
    failure: SessionError | None = None
    sock = None
    try:
        sock = connect(settings.host, settings.port, settings.connect_timeout_s, log, report)
        connected_s = time.monotonic()
        session = Session(sock, payload, settings.timeout_s)
        session.run()
    except SessionError as error:
        result.sessions_failed += 1
        if isinstance(error, EchoMismatch):
            result.mismatches += 1
        result.errors[error.kind] += 1
        failure = error
    finally:
        if sock is not None:
            sock.close()
        if session is not None:
            _count(result, session, payload)
    result.sessions += 1
    if failure is not None:
        log.error("session_failed", server=server, kind=failure.kind, why=str(failure))
        return
    log.info(
        "session_completed",
        server=server,
        sent_bytes=session.sent if session else 0,
        verified_bytes=session.verified if session else 0,
        connect_ms=round((connected_s - started_s) * 1000, 3),
        duration_ms=round((time.monotonic() - started_s) * 1000, 3),
    )


def _count(result: Result, session: Session, payload: Payload) -> None:
    if session.sent == payload.size:
        result.messages_sent += 1
    if session.verified == payload.size:
        result.messages_verified += 1
    result.bytes_sent += session.sent
    result.bytes_verified += session.verified
