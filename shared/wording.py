"""Turns log events into sentences for a console, from the same facts that the JSON log has."""

import re
import textwrap
from collections.abc import Mapping
from typing import Any

# Compose writes a prefix of about 12 columns before each line.
WIDTH = 100

# `{key}` is a fact, written as its name's unit asks for; `{key:noun}` counts, and gives the noun its plural;
# `[…]` is left out where a fact in it says nothing (missing, None, empty, 0). What a sentence does not name is added
# at its end, but for _FOR_MACHINES.
SENTENCES = {
    # Socket calls (shared/calls.py)
    "socket_created": "made a socket in {took_ns}",
    "address_bound": "bound to {local} in {took_ns}",
    "listening_started": "began to listen on {local} in {took_ns}",
    "connection_established": "connected to {peer}[ from {local}] in {took_ns}[, now {tcp_state}]",
    "connection_accepted": "accepted {peer} in {took_ns}[, now {tcp_state}]",
    "bytes_received": "received {bytes} from {peer} in {took_ns}",
    "bytes_sent": "sent {bytes} to {peer} in {took_ns}",
    "sending_finished": "told {peer} that no more will be sent, in {took_ns}[, now {tcp_state}]",
    "peer_finished": "{peer} sends no more[, now {tcp_state}]",
    "descriptor_copied": "made another descriptor of the socket[ of {peer}] in {took_ns}",
    "socket_closed": "closed the socket[ of {peer}] in {took_ns}",
    "call_failed": "{call}()[ with {peer}] failed with {errno} after {took_ns}",
    # Every service
    "log_lines_dropped": "{count:line} of this log could not be written: {why}",
    "records_dropped": "{count:call record} did not reach the scope at {scope}: {why}",
    # The server
    "server_listening": "listening on {addresses}, backlog {backlog}, {workers:worker}[, HTTP on port {http_port}]",
    "connection_closed": "{peer} {ended} after {duration_ms}: {received_bytes} received, {sent_bytes} echoed",
    "connections_refused": "{count:connection} refused: more than {max_connections_per_peer} from one address",
    "accept_failed": "accept() failed with {errno}, {open_connections:connection} open: trying again in a moment",
    "worker_died": "{worker} died with exit code {exit_code}[, and is replaced in {restart_in_ms}]",
    "worker_left": "{worker} was told to go by somebody else, and is replaced in {restart_in_ms}",
    "worker_not_started": "{worker} could not be started: {why}; next attempt in {retry_in_ms}",
    "descriptors_short": "room for {connections_possible:connection} of {max_connections}:"
    " a process may have {nofile:file} open",
    "workers_failing": "{worker} died {deaths_at_start:time} at its start, last with exit code {exit_code}: giving up",
    "drain_started": "{signal}: no new connections, finishing the open ones",
    "server_stopped": "stopped after {connections:connection}: {received_bytes} received, {sent_bytes} echoed"
    "[, {cut:connection} cut]",
    # The client
    "connecting": "connecting to {server}",
    "connect_failed": "no connection to {server}: {why}; next attempt in {retry_in_ms}",
    "session_completed": "sent {sent_bytes} to {server}, {verified_bytes} verified in {duration_ms}"
    "[ (connect {connect_ms})]",
    "session_failed": "session[ with {server}][ on connection {connection}] failed: {why}",
    "sessions_failed": "{count:session} more failed in the last second",
    "replicas_met": "all {replicas:replica} are here, the load starts in {start_in_us}",
    "load_progressed": "{left_s} left: {messages:message} in the last second, {in_flight} in flight, {errors:error}"
    "[, p50 {p50_us}][, p99 {p99_us}][, max {max_us}]",
    "load_failed": "the load failed: {why}",
    "result_contradicts_itself": "this result contradicts itself: {rule}",
    "threshold_missed": "threshold[ {setting}] missed: {why}",
    # The tap
    "capture_started": "capturing port {port} on {interface}",
    "capture_stopped": "stopped after {packets:packet}[, {lost} lost]",
    "interface_lost": "{interface} is gone: {why}",
    "packets_lost": "packets lost: {by_kernel} by the kernel, {on_the_way_to_scope} on the way to the scope",
    "scope_connected": "bringing the packets to {scope}",
    "scope_unreachable": "no scope at {scope}: {why}",
    # The tracer
    "io_uring_used": "{count:call} of io_uring: what it sends and receives is not seen",
    "sockets_older": "open before strace came: {count:socket}; which bytes their calls moved is not known",
    # The scope
    "scope_listening": "taking calls on UDP {calls}, packets on TCP {packets}[, kept in {captures}]",
    "scope_stopped": "stopped after {conversations:conversation}, {packets:packet}",
    "page_served": "showing the conversations to browsers on port {port}",
    "page_not_served": "no page for browsers: {why}",
    "page_lost": "the page for browsers is gone: {why}",
    "tap_connected": "tap {tap} is here",
    "tap_named": "tap {tap} stands at {name}",
    "tap_finished": "tap {tap} has finished",
    "tap_not_accepted": "a tap could not be accepted: {why}",
    "tap_dropped": "tap {tap} dropped: {why}",
    "tap_stream_refused": "tap {tap} sends what is no capture: {why}",
    "tap_lost": "tap {tap} lost: {why}",
    "conversations_not_shown": "{count:more conversation} not shown: they come too fast to be read",
    "conversations_given_up": "{count:conversation} given up: {why}",
    "conversations_not_written": "{count:conversation} could not be shown: {why}",
    "packets_missed": "{count:packet} lost by a tap: conversations of that time say so",
    "records_lost": "{count:call record} lost: {why}",
    "datagrams_refused": "{count:datagram} refused: {why}",
    "calls_not_reported": "{by} has not reported {count:call} ({kind})",
    "calls_without_packets": "{calls:call} of {connections:connection} whose packets were not captured",
    "capture_not_written": "{bytes} of packets not written to the capture",
    "capture_ended": "no more capture in {folder}: {why}",
    "capture_mended": "{file} ended in the middle of a packet, cut off: {why}",
    "capture_overwritten": "{file} is no capture, begun anew: {why}",
    "latest_written": "the latest {conversations:conversation} written to {file}",
    "latest_not_written": "the latest conversations were not written[ to {file}]: {why}",
}

# What a value of a fact is in words.
_WORDS = {
    "ended": {
        "peer_finished": "closed",
        "ECONNRESET": "reset",
        "EPIPE": "reset",
        "ETIMEDOUT": "lost without an answer",
        "idle_timeout": "closed for being idle",
        "drain_timeout": "cut by the end of the drain",
    },
    "signal": {"workers_failing": "workers fail"},
}

# Facts left out of sentences: they are shown in another way, or repeat what the sentence says.
_FOR_MACHINES = {"event", "level", "exception", "service", "host", "pid", "kind", "snap_bytes"}

_FIELD = re.compile(r"{(\w+)(?::([\w ]+))?}")
_OPTIONAL = re.compile(r"\[([^]]*)]")

# A nanosecond's share of each unit in which a fact can name a time.
_UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
_MS_NS, _S_NS = 10**6, 10**9

# Numbers that are names, and get no separators.
_NAMES = ("port", "code", "connection")


def sentence(facts: Mapping[str, Any]) -> str:
    """Return an event in words, one line, whatever its values hold."""
    is_call = "t0_ns" in facts
    facts = _prepare(facts)
    template = SENTENCES.get(facts["event"])
    if template is None:
        return _generic(facts["event"].replace("_", " "), facts, ": ")
    named = {name for name, _ in _FIELD.findall(template)}
    template = _OPTIONAL.sub(lambda part: part[1] if _says_something(part[1], facts) else "", template)
    text = _FIELD.sub(lambda field: _filled(field[1], field[2], facts), template)
    if is_call:  # its other facts are for machines: descriptors, offsets, clocks
        return text
    return _generic(text, {name: value for name, value in facts.items() if name not in named}, ", ")


def lines(text: str, indent: int) -> list[str]:
    """Break a sentence that begins in column `indent` so that no line is too wide; the others begin there, too."""
    wrapped = textwrap.wrap(text, WIDTH - indent, break_on_hyphens=False) or [""]
    return [wrapped[0], *(" " * indent + line for line in wrapped[1:])]


def _prepare(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with the stamps of a call as the time that it took, and without a state that misleads."""
    told = dict(facts)
    if "t0_ns" in told:
        told["took_ns"] = told.pop("t1_ns") - told.pop("t0_ns")
    # A socket whose connection is in TIME-WAIT reads as CLOSED: the kernel keeps that state without a socket.
    if told.get("tcp_state") == "CLOSED":
        told["tcp_state"] = None
    return told


def _generic(text: str, facts: Mapping[str, Any], glue: str) -> str:
    """Add the facts that are not in a sentence."""
    rest = [f"{_name(key)} {_value(key, value)}" for key, value in facts.items() if _is_news(key, value)]
    return text + glue + ", ".join(rest) if rest else text


def _is_news(key: str, value: object) -> bool:
    return key not in _FOR_MACHINES and value is not None


def _says_something(part: str, facts: Mapping[str, Any]) -> bool:
    return all(facts.get(name) for name, _ in _FIELD.findall(part))


def _filled(key: str, noun: str | None, facts: Mapping[str, Any]) -> str:
    value = facts.get(key)
    text = _value(key, value)
    if noun is None:
        return text
    return f"{text} {noun}" if value == 1 else f"{text} {noun}s"


def _value(key: str, value: object) -> str:
    """Return a value as text; the end of its name tells its unit."""
    unit = key.rpartition("_")[2]
    match value:
        case bool():
            text = "yes" if value else "no"
        case int() | float() if unit in _UNITS_NS:
            text = duration(round(value * _UNITS_NS[unit]))
        case int():
            text = str(value) if unit in _NAMES else f"{value:,}"
        case list() | tuple():
            text = ", ".join(_value(key, one) for one in value)
        case str():
            text = _printable(_WORDS.get(key, {}).get(value, value))
        case _:
            text = _printable(str(value))
    return f"{text} B" if unit == "bytes" else text


def _name(key: str) -> str:
    """Return the name of a fact without its unit, which its value has."""
    stem, _, unit = key.rpartition("_")
    return (stem if stem and (unit in _UNITS_NS or unit == "bytes") else key).replace("_", " ")


def duration(ns: int) -> str:
    """Return a time in us below 1 ms, in ms below 10 s, then in s."""
    if abs(ns) < _MS_NS:
        return f"{ns / _UNITS_NS['us']:.0f} us"
    return f"{ns / _MS_NS:,.1f} ms" if abs(ns) < 10 * _S_NS else f"{ns / _S_NS:,.1f} s"


def _printable(text: str) -> str:
    # A control character in a value must not steer the reader's terminal.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
