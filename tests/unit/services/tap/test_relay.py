"""The tap's loop."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest

from services.tap.relay import Relay
from services.tap.ring import Captured
from shared.pcap import Lost, record
from tests.unit.harness.facts import DEADLINE_S, Journal


class FakeCapture:
    """A capture in which a packet is there from the start, and of which the kernel dropped one."""

    def __init__(self) -> None:
        self._readable, self._other = socket.socketpair()
        self._readable.setblocking(False)
        self._other.send(b"?")
        self._packets = [Captured(5, b"abc", 60, 0)]
        self._drops = 1

    def fileno(self) -> int:
        """Be readable."""
        return self._readable.fileno()

    def packets(self) -> Iterator[Captured]:
        """Give the packet."""
        with suppress(BlockingIOError):
            self._readable.recv(1)
        packets, self._packets = self._packets, []
        yield from packets

    def count_drops(self) -> int:
        """Return the drops, once."""
        drops, self._drops = self._drops, 0
        return drops

    def close(self) -> None:
        """Close both sockets."""
        self._readable.close()
        self._other.close()


class FakeStream:
    """A stream that keeps what it gets, and lost two."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.told: list[Lost] = []
        self._lost = 2

    def put(self, data: bytes) -> None:
        """Keep it."""
        self.records.append(data)

    def tell(self, lost: Lost) -> None:
        """Keep it."""
        self.told.append(lost)

    def count_lost(self) -> int:
        """Return the losses, once."""
        lost, self._lost = self._lost, 0
        return lost


def test_packets_are_moved_and_losses_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until told to stop; each loss is said once, with the place where it happened, and the scope is told."""
    monkeypatch.setattr("services.tap.relay._REPORT_S", 0.02)
    begun_ns = time.time_ns()
    capture, stream, journal = FakeCapture(), FakeStream(), Journal()
    relay = Relay(cast("Any", capture), cast("Any", stream), journal.log)
    stop, told = socket.socketpair()
    with stop, told:
        thread = threading.Thread(target=relay.run, args=(stop,))
        thread.start()
        journal.wait_for("packets_lost", by_kernel=1, on_the_way_to_scope=2)
        told.send(b"!")
        thread.join(DEADLINE_S)
    relay.report()
    capture.close()
    assert stream.records == [record(5, b"abc", 60)]
    assert (relay.packets, relay.lost) == (1, 3)
    ((packets, first_ns, last_ns),) = stream.told
    assert packets == 1
    assert begun_ns <= first_ns <= last_ns
    assert journal.events() == ["packets_lost"]
