"""The traffic: what may be in flight, what waits, and for whom."""

import threading
import time

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loads import Load, Middle, bad_echo, silent, slow
from tests.unit.harness.loops import running_loop


class Counting:
    """Echoes whole messages, and notes how many were there at once before any was answered."""

    def __init__(self, size: int) -> None:
        self.most = 0
        self._size = size

    def __call__(self) -> Middle:
        """Return the next connection's treatment."""

        def treat(data: bytes, *, ended: bool) -> bytes:  # noqa: ARG001 - what a middle is called with
            self.most = max(self.most, len(data) // self._size)
            time.sleep(0.002)  # the server is slow: what may be in flight piles up
            return data

        return treat


def test_no_more_than_the_pipeline_is_in_flight() -> None:
    """The limit is reached, and never passed, in both kinds of loop."""
    for rate in (0, 20_000):
        counting = Counting(64)
        with bad_echo(counting) as address:
            load = Load(address, connections=1, pipeline=5, rate=rate, duration_s=0.2, timeout_s=DEADLINE_S)
        assert counting.most == 5
        assert load.outcome.is_good


def test_what_is_due_and_cannot_be_sent_waits() -> None:
    """A server that is too slow is sent everything all the same, and latency has the wait."""
    with bad_echo(lambda: slow(0.01)) as address:
        load = Load(address, connections=1, rate=200, duration_s=0.3, timeout_s=DEADLINE_S)
    assert load.measured.messages_due == load.measured.messages_verified == 60
    latency = max(us for second in load.measured.timeline.slices for us in second.latency.counts())
    service = sorted(us for second in load.measured.timeline.slices for us in second.service.counts())
    assert latency > 200_000
    assert service[len(service) // 2] < 100_000
    # The server was late, and not we: on a busy machine we are late as well, but for what is left of the wait.
    waited_us = load.outcome.whole.latency.summary()["total"] - sum(service)
    assert load.measured.late.total_us < waited_us / 2


def test_what_is_never_sent_is_seen_as_due() -> None:
    """After the time-out the rest of the queue is given up, and the difference tells."""
    stopped = threading.Event()
    with bad_echo(lambda: silent(stopped)) as address:
        load = Load(address, connections=2, rate=100, duration_s=0.2, timeout_s=0.3)
        stopped.set()
    assert load.measured.messages_due == 20
    assert load.measured.messages_sent < 20
    assert load.measured.messages_verified == 0
    assert load.measured.errors["timed_out"] >= 2


def test_our_own_lateness_is_told_apart() -> None:
    """A loop that is held up says how often and how much; the server has nothing to do with it."""
    with running_loop() as server:
        load = Slow(server.address, connections=1, rate=100, duration_s=1.2)
    late = load.measured.late
    assert late.count >= 5
    assert late.max_us >= 50_000
    assert late.total_us >= late.max_us
    assert load.measured.messages_due == load.measured.messages_verified == 120


class Slow(Load):
    """A load whose loop is held up for 100 ms whenever it has something to show."""

    def _show(self, *_: object) -> None:
        time.sleep(0.1)  # the hold-up itself: nothing is waited for
