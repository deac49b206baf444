"""Replicas that meet where threads are scarce."""

import socket
import threading
from contextlib import ExitStack
from typing import Any

import pytest

from services.client.load.rendezvous import Rendezvous, RendezvousFailed, addresses_of
from tests.unit.harness.facts import DEADLINE_S, Journal
from tests.unit.harness.threads import no_threads


def test_without_a_thread_to_resolve_names_the_failure_says_so() -> None:
    """One reason in one line, after every round has tried."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, no_threads():
        sock.bind(("127.0.0.1", 0))
        reader, writer = socket.socketpair()
        with reader, writer:
            rendezvous = Rendezvous(sock, ["tasks.client", "client"], 2, reader, addresses_of, Journal().log)
            with pytest.raises(RendezvousFailed) as failed:
                rendezvous.meet(0.1)
    assert str(failed.value) == (
        "1 of 2 replicas came within 0.1 s; no thread to be had to resolve tasks.client and client"
    )


def test_a_thread_that_can_be_had_later_resolves_then() -> None:
    """The limit may be reached for a moment only: here until the first datagram comes, after the first round."""
    asked, limit = threading.Event(), ExitStack()

    class Relieving(socket.socket):
        """A socket whose first datagram ends the shortage."""

        def recvfrom(self, *arguments: Any) -> Any:
            limit.close()
            return super().recvfrom(*arguments)

    def resolve(_: str) -> list[str]:
        asked.set()
        return []

    reader, writer = socket.socketpair()
    with Relieving(socket.AF_INET, socket.SOCK_DGRAM) as sock, reader, writer, limit:
        sock.bind(("127.0.0.1", 0))
        limit.enter_context(no_threads())
        sock.sendto(b"?", sock.getsockname())
        rendezvous = Rendezvous(sock, ["client"], 2, reader, resolve, Journal().log)
        with pytest.raises(RendezvousFailed, match=r"within 1 s$"):
            rendezvous.meet(1)
        assert asked.wait(DEADLINE_S)
