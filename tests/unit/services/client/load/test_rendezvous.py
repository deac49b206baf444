"""Replicas that meet over real datagrams, each on its own address of loopback."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.load.rendezvous import Rendezvous, RendezvousFailed, Resolve, State, addresses_of
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.servers import free_port


class Lossy(socket.socket):
    """A socket that loses half of what it is given to send; which half is the same in every run."""

    dice = random.Random(1)

    def sendto(self, *arguments: Any) -> int:
        """Send it, or claim to have."""
        return 0 if self.dice.random() < 0.5 else super().sendto(*arguments)


@dataclass
class Replica:
    """One that meets the others in a thread of its own."""

    rendezvous: Rendezvous
    wakeup: socket.socket
    timeout_s: float
    outcome: list[int | RendezvousFailed | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._meet)
        self.thread.start()

    def _meet(self) -> None:
        try:
            self.outcome.append(self.rendezvous.meet(self.timeout_s))
        except RendezvousFailed as failure:
            self.outcome.append(failure)

    def start_ns(self) -> int:
        """Return when it starts, as soon as it knows."""
        outcome = self.result()
        assert isinstance(outcome, int), outcome
        return outcome

    def failure(self) -> RendezvousFailed:
        """Return why it does not."""
        outcome = self.result()
        assert isinstance(outcome, RendezvousFailed), outcome
        return outcome

    def result(self) -> int | RendezvousFailed | None:
        """Return what came of it."""
        self.thread.join(DEADLINE_S)
        return self.outcome[0]


class Town:
    """Where replicas live: they share a port, and a name that resolves to those that are there."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._port = free_port()
        self.addresses: list[str] = []
        self.names = ["tasks.client", "client"]

    def resolve(self, name: str) -> list[str]:
        """Answer like Docker's name server on a compose network."""
        return list(self.addresses) if name == "client" else []

    def add(
        self,
        nth: int,
        expects: int,
        timeout_s: float = DEADLINE_S,
        kind: type[socket.socket] = socket.socket,
        resolve: Resolve | None = None,
    ) -> Replica:
        """Start a replica on address 127.0.0.`nth`."""
        sock = self._stack.enter_context(kind(socket.AF_INET, socket.SOCK_DGRAM))
        sock.bind((f"127.0.0.{nth}", self._port))
        self.addresses.append(f"127.0.0.{nth}")
        reader, writer = socket.socketpair()
        self._stack.enter_context(reader)
        self._stack.enter_context(writer)
        rendezvous = Rendezvous(sock, self.names, expects, reader, resolve or self.resolve, Journal().log)
        return Replica(rendezvous, writer, timeout_s)

    def shout(self, datagram: bytes, nth: int, sender: str = "127.0.0.99") -> None:
        """Send something to a replica from an address of its own."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((sender, 0))
            sock.sendto(datagram, (f"127.0.0.{nth}", self._port))


@pytest.fixture
def town() -> Iterator[Town]:
    """Give an empty one."""
    with ExitStack() as stack:
        yield Town(stack)


def assert_together(replicas: list[Replica]) -> None:
    """All start at one time, to within what a busy machine does to the fastest of a second's datagrams."""
    starts = [replica.start_ns() for replica in replicas]
    assert max(starts) - min(starts) < 200_000_000
    assert min(starts) > time.monotonic_ns() - 10 * 10**9


def test_replicas_start_together(town: Town) -> None:
    """Each returns the same moment, on the clock that they share here."""
    assert_together([town.add(nth, 4) for nth in range(1, 5)])


def test_a_late_replica_is_waited_for(town: Town) -> None:
    """Nobody starts before the last is there, however long the others have waited."""
    early = [town.add(nth, 3) for nth in (1, 2)]
    assert eventually(lambda: all(len(one.rendezvous.others) == 1 for one in early))
    came_ns = time.monotonic_ns()
    late = town.add(3, 3)
    assert_together([*early, late])
    assert late.start_ns() > came_ns


def test_lost_datagrams_cost_only_time(town: Town) -> None:
    """With every second one lost, everybody still learns of the start."""
    assert_together([town.add(nth, 3, kind=Lossy) for nth in range(1, 4)])


def test_one_replica_that_knows_the_others_is_enough(town: Town) -> None:
    """Whoever is told is told where from: a name server that answers only one of them does no harm."""
    assert_together([town.add(1, 2), town.add(2, 2, resolve=lambda _: [])])


def test_an_address_that_is_found_twice_is_one_replica(town: Town) -> None:
    """Both names, and an address more than once, do not make one replica two."""
    lonely = [town.add(nth, 3, timeout_s=0.5, resolve=lambda _: town.addresses * 2) for nth in (1, 2)]
    for replica in lonely:
        assert replica.failure().came == 2


def test_what_came_while_a_replica_stood_still_counts(town: Town) -> None:
    """Its deadline is over when it looks again: the others have told it when they start all the same."""

    class Told(socket.socket):
        """One in which datagrams wait as soon as its replica begins."""

        def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as in the socket that it is
            """Have it told: the first is no state, the other one is."""
            super().setblocking(flag)
            town.shout(b"?", 2)
            town.shout(State(1, 2, 2, 500_000).encode(), 2)

    assert town.add(2, expects=2, timeout_s=0, kind=Told).start_ns() > time.monotonic_ns() - 10 * 10**9


def test_a_replica_that_never_comes_is_one_clear_error(town: Town) -> None:
    """It says how many came, of how many, within what time."""
    replicas = [town.add(nth, 3, timeout_s=0.6) for nth in (1, 2)]
    for replica in replicas:
        assert str(replica.failure()) == "2 of 3 replicas came within 0.6 s"


def test_too_many_replicas_are_an_error(town: Town) -> None:
    """A run of four is not one of three."""
    replicas = [town.add(nth, 3) for nth in range(1, 5)]
    # Who was quick may have agreed with two others before the fourth came; who saw four knows better.
    failures = [replica.result() for replica in replicas]
    assert any(isinstance(one, RendezvousFailed) for one in failures)


def test_replicas_that_expect_different_numbers_are_an_error(town: Town) -> None:
    """Both are told, with both numbers."""
    first, second = town.add(1, 2), town.add(2, 5)
    assert str(second.failure()) == "another replica expects 2, and this one 5"
    assert str(first.failure()) == "another replica expects 5, and this one 2"


def test_a_replica_that_was_restarted_is_not_counted_twice(town: Town) -> None:
    """What is no longer heard is forgotten, and the others start with the new one."""
    first = town.add(1, 3)
    town.shout(State(7, 3, 1, None).encode(), nth=1)
    assert eventually(lambda: 7 in first.rendezvous.others)
    assert_together([first, town.add(2, 3), town.add(3, 3)])
    assert 7 not in first.rendezvous.others


@pytest.mark.parametrize(
    "datagram",
    [b"", b"\xff", b"[]", b"1", b'{"echoscope":"load"}', b'{"echoscope":"x","id":"1","expects":2,"hears":2}'],
)
def test_what_is_no_state_is_ignored(town: Town, datagram: bytes) -> None:
    """Anybody can send to a port."""
    first = town.add(1, 2)
    town.shout(datagram, nth=1)
    assert_together([first, town.add(2, 2)])


def test_a_signal_ends_the_wait(town: Town) -> None:
    """It returns None, at once; the byte is left for whoever reads signals."""
    replica = town.add(1, 2)
    replica.wakeup.send(b"\x0f")
    assert replica.result() is None


@given(st.integers(0, 2**64 - 1), st.integers(2, 1000), st.integers(1, 1000), st.none() | st.integers(-(10**7), 10**7))
def test_a_state_survives_the_wire(number: int, expects: int, hears: int, start_in_us: int | None) -> None:
    """What is encoded is decoded, and small enough for any network's datagram."""
    state = State(number, expects, hears, start_in_us)
    assert State.decode(state.encode()) == state
    assert len(state.encode()) < 500
    assert orjson.loads(state.encode())["echoscope"] == "load"


def test_names_resolve_to_addresses() -> None:
    """One that does not has none: it may yet come."""
    assert "127.0.0.1" in addresses_of("127.0.0.1")
    assert addresses_of("a..b") == []
