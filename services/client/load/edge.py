"""The edge of the load: environment, log, signals, sockets, the document on stdout, exit code."""

import contextlib
import ctypes
import gc
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import orjson

from services.client.load.messages import messages_of
from services.client.load.phases import Show
from services.client.load.progress import drawn, logged
from services.client.load.rendezvous import Rendezvous, addresses_of
from services.client.load.results.outcome import Outcome
from services.client.load.results.result import contradictions, document
from services.client.load.run import Meet, run_load
from services.client.load.settings import LoadSettings
from services.client.load.telling import telling
from services.client.load.waiting import TIMER_SLACK_NS
from services.client.outputs import OutputFailed, print_document, say, standard_output, write_file
from services.client.thresholds import EXIT_THRESHOLD_MISSED
from shared.feeding.feed import Feed
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.log import Log, configure_logging
from shared.signals import ending_signals, signals_as_bytes
from shared.sockets import allow_descriptors

# What a process needs beside its connections: the standard three, the event queue, the message, signals, names.
_OTHER_DESCRIPTORS = 32
_SPARE_DESCRIPTORS = 256

# Memory reserved from the start for three histograms and the document at the end, so that a run that has used up its
# memory still reports its result.
RESERVED_BYTES = 16 * 1_048_576

# A scope that starts with the load is there within so many seconds.
_QUIET_S = 10

_PR_SET_TIMERSLACK = 29  # linux/prctl.h


# Writes a result for people. It is passed in, because `load` does not import `report`.
Summarise = Callable[[dict[str, Any], TextIO], None]


def main(arguments: list[str], summarise: Summarise | None = None) -> int:
    """Run a load; return 0, 1 something went wrong, 2 bad settings, 99 a threshold was missed, 128 + n for signal n."""
    try:
        settings = LoadSettings.load(arguments)
        _allow_descriptors(settings)
        messages = messages_of(settings)
        peers = _peers_socket(settings)
    except (SettingsInvalid, OSError) as error:
        say(str(error))
        return EXIT_BAD_SETTINGS
    log = configure_logging("client", settings)
    # The loop makes no cyclic garbage, and a pause for collection would be measured as a slow server.
    gc.disable()
    reserve = bytearray(b"\1") * RESERVED_BYTES
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0)
    wakeup = signals_as_bytes(*ending_signals())
    meet = None if peers is None else _meeting(peers, settings, wakeup, log)
    feed = _feed(settings, log)
    with _display(settings, log) as show:
        outcome = run_load(settings, messages, wakeup, log, show, meet, telling(feed) if feed else None)
    del reserve
    code = _conclude(outcome, log, summarise)
    if feed is not None:
        feed.close()
    return code


def _feed(settings: LoadSettings, log: Log) -> Feed | None:
    """Return the way to the scope, where there is one."""
    if settings.scope_address is None:
        return None
    feed = Feed(settings.scope_address, "client", log, quiet_s=_QUIET_S)
    feed.start([])
    return feed


def _conclude(outcome: Outcome, log: Log, summarise: Summarise | None) -> int:
    result = document(outcome)
    is_told = _tell(result, outcome.settings.out, summarise)
    if outcome.failure is not None:
        log.error("load_failed", why=outcome.failure)
    for miss in outcome.misses:
        log.error("threshold_missed", setting=miss.limit, why=str(miss))
    wrong = contradictions(result)
    for rule in wrong:
        log.error("result_contradicts_itself", rule=rule)
    if outcome.interrupted is not None:
        return 128 + signal.Signals[outcome.interrupted]
    if outcome.misses:
        return EXIT_THRESHOLD_MISSED
    return 0 if outcome.is_good and is_told and not wrong else 1


def _tell(result: dict[str, Any], out: Path | None, summarise: Summarise | None) -> bool:
    """Print the result, for people on a terminal, and write it where it was asked for; tell whether all went well."""
    is_told = True
    try:
        if summarise is None or not _is_terminal(sys.stdout):
            print_document(result)
        if summarise is not None:
            _summarise(result, summarise)
    except OutputFailed as error:
        say(str(error))
        is_told = False
    if out is not None:
        try:
            write_file(out, orjson.dumps(result) + b"\n")
        except OutputFailed as error:
            say(f"--out: {error}")
            is_told = False
    return is_told


def _summarise(result: dict[str, Any], summarise: Summarise) -> None:
    """Write the result for whoever watches: on standard output, or else on standard error. Raises OutputFailed."""
    if _is_terminal(sys.stdout):
        with standard_output() as output:
            summarise(result, output)
    elif _is_terminal(sys.stderr):
        with contextlib.suppress(OSError):
            summarise(result, sys.stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _allow_descriptors(settings: LoadSettings) -> None:
    """Raise the limit of open files as far as the connections need it. Raises SettingsInvalid."""
    needed = settings.connections + _OTHER_DESCRIPTORS
    # A name with several addresses needs more than one for a connection that is being made.
    allowed = allow_descriptors(needed + _SPARE_DESCRIPTORS)
    if allowed < needed:
        name, most = settings.variable("connections"), allowed - _OTHER_DESCRIPTORS
        rule = f"should be at most {most}: this process may have {allowed} files open (RLIMIT_NOFILE)"
        raise SettingsInvalid(f"{name} (--connections) is {settings.connections}: {rule}")


def _peers_socket(settings: LoadSettings) -> socket.socket | None:
    """Return the socket on which the other replicas are met, if there are others. Raises SettingsInvalid."""
    if settings.expect_clients == 1:
        return None
    try:
        if socket.has_dualstack_ipv6():
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(("::", settings.peers_port))
        else:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("0.0.0.0", settings.peers_port))  # noqa: S104 - the replicas may come from anywhere
    except OSError as error:
        name = settings.variable("peers_port")
        raise SettingsInvalid(
            f"{name} (--peers-port) is {settings.peers_port}: cannot be bound ({error.strerror})"
        ) from None
    return sock


def _meeting(peers: socket.socket, settings: LoadSettings, wakeup: socket.socket, log: Log) -> Meet:
    names = (f"tasks.{settings.peers}", settings.peers)
    rendezvous = Rendezvous(peers, names, settings.expect_clients, wakeup, addresses_of, log)
    return lambda: rendezvous.meet(settings.connect_timeout_s)


def _display(settings: LoadSettings, log: Log) -> contextlib.AbstractContextManager[Show]:
    if _is_terminal(sys.stderr) and settings.log_format != "json":
        return drawn()
    return contextlib.nullcontext(logged(log))
