"""A whole run: connect, warm up, meet the other replicas, measure, finish."""

import select
import signal
import socket
import time
from collections.abc import Callable, Sequence

from services.client.connecting import MAX_DELAY_S, Address, reason, resolve
from services.client.errors import Unreachable
from services.client.load.connections.pool import Pool
from services.client.load.loop import LoadLoop, NotConnected, Show
from services.client.load.messages import Messages
from services.client.load.recording import Recording
from services.client.load.rendezvous import RendezvousFailed
from services.client.load.result import Outcome
from services.client.load.settings import LoadSettings
from services.client.load.traffic import Traffic
from shared.log import Log

# Called when this replica is ready: waits for the others, and returns when to start (CLOCK_MONOTONIC, ns), or None if
# a signal came first. Raises RendezvousFailed.
Meet = Callable[[], int | None]


# The name server is asked again after so long, and a signal is seen no later.
_RESOLVE_S = 1.0


def run_load(
    settings: LoadSettings,
    messages: Messages,
    wakeup: socket.socket,
    log: Log,
    show: Show,
    meet: Meet | None,
) -> Outcome:
    """Put the load on the server, and return what it came to; a signal on `wakeup` cuts it short."""
    warmup, measured = Recording(messages.size), Recording(messages.size)
    offset_ns = time.time_ns() - time.monotonic_ns()
    start_ns = end_ns = time.monotonic_ns()
    loop, failure = None, None
    try:
        pool = Pool(settings, _find_server(settings, wakeup), messages, log)
        loop = LoadLoop(pool, Traffic(settings, pool, messages), messages, wakeup, show, settings.timeout_s)
        loop.open(measured)
        if settings.warmup_s and not loop.interrupted:
            loop.run_phase(warmup, time.monotonic_ns(), settings.warmup_s)
        met_ns = time.monotonic_ns() if meet is None or loop.interrupted else meet()
        # The clock may have been set while we waited.
        offset_ns = time.time_ns() - time.monotonic_ns()
        if met_ns is not None and not loop.interrupted:
            start_ns = met_ns
            loop.run_phase(measured, start_ns, settings.duration_s)
            # A schedule is over when its time is; the last echo may come later, and then ends what was measured.
            end_ns = max(loop.interrupted_ns or start_ns + int(settings.duration_s * 1e9), measured.last_ns)
    except Unreachable as error:
        failure = str(error)
        measured.sessions = measured.sessions_failed = measured.errors[error.kind] = settings.connections
    except (NotConnected, RendezvousFailed) as error:
        failure = str(error)
    if loop is not None:
        loop.finish(measured)
    interrupted = signal.Signals(loop.interrupted).name if loop is not None and loop.interrupted else None
    return Outcome(settings, warmup, measured, start_ns + offset_ns, end_ns + offset_ns, interrupted, failure)


def _find_server(settings: LoadSettings, wakeup: socket.socket) -> Sequence[Address]:
    """Return the server's addresses, none if a signal comes first; raise Unreachable at the connect deadline."""
    deadline_s = time.monotonic() + settings.connect_timeout_s
    attempts = 0
    while True:
        attempts += 1
        try:
            return resolve(settings.host, settings.port, min(_RESOLVE_S, settings.connect_timeout_s))
        except OSError as error:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                where = f"{settings.host}:{settings.port}"
                raise Unreachable(where, attempts, settings.connect_timeout_s, reason(error)) from None
        if select.select([wakeup], [], [], min(MAX_DELAY_S, left_s))[0]:
            return []
