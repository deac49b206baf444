"""Waiting: for events, and no longer than until a message is due."""

import select
import socket
import time

import pytest

from services.client.load.waiting import wait


@pytest.mark.parametrize("ahead_ns", [0, 20_000, 500_000, 30_000_000])
def test_a_wait_ends_in_time(ahead_ns: int) -> None:
    """Asked again until it is time, it is never late by what a timer in ms would be, on most tries."""
    lateness = []
    with select.epoll() as epoll:
        for _ in range(9):
            until_ns = time.monotonic_ns() + ahead_ns
            while time.monotonic_ns() < until_ns:
                assert wait(epoll, until_ns, 64) == []
            lateness.append(time.monotonic_ns() - until_ns)
    assert sorted(lateness)[1] < 400_000


def test_an_event_ends_the_wait() -> None:
    """What is readable is told at once."""
    reader, writer = socket.socketpair()
    with reader, writer, select.epoll() as epoll:
        epoll.register(reader, select.EPOLLIN)
        writer.send(b"!")
        for ahead_ns in (0, 1_000_000, 10**12):
            assert wait(epoll, time.monotonic_ns() + ahead_ns, 64) == [(reader.fileno(), select.EPOLLIN)]
