"""Waiting: for events, and no longer than until a message is due."""

import select
import socket
import time
from math import ceil
from typing import Any

import pytest

from services.client.load.waiting import wait


class Asked:
    """An epoll that remembers the longest time that it was asked to wait for: it counts in ms, and rounds up."""

    def __init__(self, epoll: select.epoll) -> None:
        self._epoll = epoll
        self.longest_ns = 0

    def fileno(self) -> int:
        """Let it be waited for by others."""
        return self._epoll.fileno()

    def poll(self, timeout_s: float, max_events: int) -> list[tuple[int, int]]:
        """Wait."""
        self.longest_ns = max(self.longest_ns, ceil(timeout_s * 1000) * 1_000_000)
        return self._epoll.poll(timeout_s, max_events)


@pytest.mark.parametrize("ahead_ns", [0, 20_000, 500_000, 1_500_000, 30_000_000, 30_500_000])
def test_a_wait_is_never_longer_than_until_it_is_time(ahead_ns: int) -> None:
    """A timer in ms is not asked for more than is left; asked again until it is time, there is an end."""
    with select.epoll() as epoll:
        asked: Any = Asked(epoll)
        until_ns = time.monotonic_ns() + ahead_ns
        while time.monotonic_ns() < until_ns:
            assert wait(asked, until_ns, 64) == []
    assert asked.longest_ns <= ahead_ns


def test_an_event_ends_the_wait() -> None:
    """What is readable is told at once."""
    reader, writer = socket.socketpair()
    with reader, writer, select.epoll() as epoll:
        epoll.register(reader, select.EPOLLIN)
        writer.send(b"!")
        for ahead_ns in (0, 1_000_000, 10**12):
            assert wait(epoll, time.monotonic_ns() + ahead_ns, 64) == [(reader.fileno(), select.EPOLLIN)]
