"""The loop's phases, ticks and signals."""

import signal
import socket
import threading
import time

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loads import Load, Middle, bad_echo, silent
from tests.unit.harness.loops import running_loop


@pytest.mark.parametrize("size", [64, 65_536])
def test_the_fast_path_counts_like_the_other(size: int) -> None:
    """A closed loop of one message in flight sends, verifies and times as many as it says."""
    with running_loop() as server:
        load = Load(server.address, connections=3, size_bytes=size, duration_s=0.2)
    measured = load.measured
    samples = sum(count for second in measured.timeline.slices for count in second.latency.counts().values())
    assert samples == measured.messages_verified == measured.messages_sent
    assert measured.bytes_verified == samples * size


def test_a_second_is_shown_when_it_is_over() -> None:
    """Somebody who watches is told of each, while the load runs."""
    with running_loop() as server:
        load = Load(server.address, connections=1, rate=100, duration_s=1.1)
    assert load.shown
    assert load.shown[0].glance.messages == load.measured.timeline.slices[0].messages


def test_a_stuck_connection_is_found_while_others_go_on() -> None:
    """One that gets no answer is judged after the time-out, and its slot is used again."""
    first = threading.Lock()

    def middle() -> Middle:
        is_stuck = first.acquire(blocking=False)
        return lambda data, *, ended: b"" if is_stuck and not ended else data

    with bad_echo(middle) as address:
        load = Load(address, connections=2, timeout_s=0.3, duration_s=1.0)
    assert dict(load.measured.errors) == {"lost": 1}
    assert load.measured.sessions == 3


def test_a_signal_does_not_wait_for_a_silent_server() -> None:
    """What is in flight gets a second, and no more."""
    answers = threading.Event()
    reader, writer = socket.socketpair()
    with reader, writer, bad_echo(lambda: silent(answers)) as address:
        writer.send(bytes([0, signal.SIGINT]))
        started_s = time.monotonic()
        load = Load(address, wakeup=reader, connections=2, duration_s=60, timeout_s=60)
        assert time.monotonic() - started_s < DEADLINE_S
        answers.set()
    assert load.outcome.interrupted == "SIGINT"


def test_a_signal_while_connecting_ends_the_run() -> None:
    """The connect deadline is not waited for."""
    reader, writer = socket.socketpair()
    with reader, writer, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        writer.send(bytes([signal.SIGTERM]))
        load = Load(bound.getsockname(), wakeup=reader, connections=2, connect_timeout_s=60)
    assert load.outcome.interrupted == "SIGTERM"
    assert load.measured.messages_sent == 0
