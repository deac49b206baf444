"""A whole run: connect, warm up, meet the other replicas, measure, finish."""

import select
import signal
import socket
import time
from collections.abc import Callable
from functools import partial

from services.client.connect.addresses import Lookup, Rota
from services.client.connect.connecting import MAX_DELAY_S, reason
from services.client.errors import Unreachable
from services.client.load.connections.inquiry import how_it_is_run
from services.client.load.connections.pool import Pool
from services.client.load.loop import LoadLoop, NotConnected
from services.client.load.messages import Messages
from services.client.load.phases import Phase, Plan, Show
from services.client.load.rendezvous import RendezvousFailed
from services.client.load.results.outcome import HowRun, Outcome, Step
from services.client.load.results.recording import Reason, Recording
from services.client.load.settings import LoadSettings
from services.client.load.telling import Tell
from services.client.load.traffic import Traffic
from shared.calls import address
from shared.log import Log

# Called when this replica is ready: waits for the others, and returns when to start (CLOCK_MONOTONIC, ns), or None if
# a signal came first. Raises RendezvousFailed.
Meet = Callable[[], int | None]


# While waiting for the name server, check for a signal this often.
_RESOLVE_S = 1.0


def run_load(
    settings: LoadSettings,
    messages: Messages,
    wakeup: socket.socket,
    log: Log,
    show: Show,
    meet: Meet | None,
    tell: Tell | None = None,
) -> Outcome:
    """Put the load on the server, and return what it came to; a signal on `wakeup` cuts it short."""
    warmup, steps = Recording(messages.size), [_step(settings, messages, settings.rates[0])]
    now_ns = time.monotonic_ns()
    loop, failure, how_run, offset_ns = None, None, None, time.time_ns() - now_ns
    steps[0].started_ns = steps[0].ended_ns = now_ns
    try:
        pool = Pool(settings, _find_server(settings, wakeup), messages, log)
        loop = LoadLoop(pool, Traffic(settings, pool, messages), messages, wakeup, show, settings.timeout_s)
        loop.open(steps[0].recording)
        how_run = _ask_how_it_is_run(pool, settings, loop)
        if settings.warmup_s and not loop.interrupted:
            loop.run_phase(warmup, time.monotonic_ns(), Plan(Phase.WARMUP, settings.warmup_s, settings.rates[0]))
        met_ns = time.monotonic_ns() if meet is None or loop.interrupted else meet()
        # The clock may have been set while we waited.
        offset_ns = time.time_ns() - time.monotonic_ns()
        if met_ns is not None and not loop.interrupted:
            steps[1:] = [_step(settings, messages, rate) for rate in settings.rates[1:]]
            _measure(loop, steps, settings.duration_s, met_ns, tell)
    except Unreachable as error:
        failure = str(error)
        first = steps[0].recording
        first.sessions = first.sessions_failed = first.errors[error.kind] = settings.connections
        first.reasons[Reason("resolve", error.kind, None)] = error.attempts
    except (NotConnected, RendezvousFailed) as error:
        failure = str(error)
    if loop is not None:
        loop.finish(steps[-1].recording)
    for step in steps:
        step.recording.finish()
    interrupted = signal.Signals(loop.interrupted).name if loop is not None and loop.interrupted else None
    return Outcome(settings, warmup, steps, offset_ns, interrupted, failure, how_run)


def _ask_how_it_is_run(pool: Pool, settings: LoadSettings, loop: LoadLoop) -> HowRun | None:
    """Ask the server; between the opening and the warm-up that disturbs no figure."""
    connected = pool.any_socket()
    return None if loop.interrupted or connected is None else how_it_is_run(connected, settings.http_port)


def _step(settings: LoadSettings, messages: Messages, rate: float) -> Step:
    return Step(settings, rate, Recording(messages.size))


def _measure(loop: LoadLoop, steps: list[Step], duration_s: float, start_ns: int, tell: Tell | None) -> None:
    """Run each step; after a signal the steps that did not run are dropped, except the first."""
    for number, step in enumerate(steps):
        step.started_ns = start_ns if number == 0 else time.monotonic_ns()
        step.ended_ns = step.started_ns
        if loop.interrupted:
            del steps[max(number, 1) :]
            return
        if tell is not None:
            step.recording.on_second = partial(tell, step.rate, loop.in_flight)
        after_s = duration_s * (len(steps) - number - 1)
        loop.run_phase(step.recording, step.started_ns, Plan(Phase.MEASURE, duration_s, step.rate, after_s))
        # A schedule ends at its set time; if the last echo comes later, the measurement ends with that echo.
        planned_ns = loop.interrupted_ns or step.started_ns + int(duration_s * 1e9)
        step.ended_ns = max(step.started_ns, planned_ns, step.recording.last_ns)


def _find_server(settings: LoadSettings, wakeup: socket.socket) -> Rota:
    """Return the server's addresses, none if a signal comes first; raise Unreachable at the connect deadline."""
    deadline_s = time.monotonic() + settings.connect_timeout_s
    lookup = Lookup(settings.host, settings.port)
    attempts, why = 0, "the name server does not answer"
    while True:
        attempts += 1
        try:
            lookup.ask()
            if addresses := lookup.answer(min(_RESOLVE_S, settings.connect_timeout_s)):
                return Rota(addresses, lookup)
        except OSError as error:
            why = reason(error)
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            where = address((settings.host, settings.port))
            raise Unreachable(where, attempts, settings.connect_timeout_s, why) from None
        if select.select([wakeup], [], [], min(MAX_DELAY_S, left_s))[0]:
            return Rota([])
