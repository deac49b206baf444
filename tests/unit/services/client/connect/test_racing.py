"""Races: the first address that answers wins, and none that does not costs more than its head start."""

import errno
import select
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from services.client.connect.addresses import Address
from services.client.connect.racing import Race, Runner
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.namespaces import in_a_namespace
from tests.unit.harness.servers import free_port
from tests.unit.harness.sockets import unanswering_address

MS = 1_000_000


class Dialer:
    """Makes sockets, and notes how each ended."""

    def __init__(self) -> None:
        self.poll = select.poll()
        self.ended: list[tuple[Any, int | None]] = []

    def begin(self, address: Address) -> socket.socket:
        """Return a socket."""
        sock = socket.socket(address[0], address[1] | socket.SOCK_NONBLOCK)
        self.poll.register(sock, select.POLLOUT)
        return sock

    def end(self, sock: socket.socket, address: Address, error: OSError | None) -> None:
        """Note it."""
        self.ended.append((address[4], error.errno if error else None))
        sock.close()

    def fail(self, address: Address, error: OSError) -> None:
        """Note it."""
        self.ended.append((address[4], error.errno))


def address(sockaddr: Any) -> Address:
    """Return an IPv4 address as getaddrinfo does."""
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", sockaddr


def run(race: Race, dialer: Dialer) -> Runner | None:
    """Let it run to its end; return the winner, whose socket the caller closes."""
    deadline_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline_s:
        if winner := race.advance(time.monotonic_ns()):
            return winner
        if race.is_lost:
            return None
        for fd, _ in dialer.poll.poll(max(0, race.wake_ns - time.monotonic_ns()) // MS + 1):
            if winner := race.check(fd):
                return winner
    raise AssertionError("the race has no end")


@pytest.fixture
def listening() -> Iterator[Any]:
    """Give an address where connections are taken by the kernel."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


def test_a_silent_address_gets_a_head_start_and_no_more(listening: Any) -> None:
    """After 250 ms the next one is tried as well, and wins; the first is given up without a fault of its own."""
    with unanswering_address() as silent:
        dialer = Dialer()
        race = Race([address(silent), address(listening)], dialer)
        started_ns = time.monotonic_ns()
        winner = run(race, dialer)
    assert winner is not None
    with winner.sock:
        assert winner.sock.getpeername() == listening
    assert winner.begun_ns - started_ns >= 250 * MS
    assert dialer.ended == [(silent, None)]


def test_an_address_that_joins_is_the_next_to_be_tried(listening: Any) -> None:
    """What the race knows already is not tried twice."""
    with unanswering_address() as silent:
        dialer = Dialer()
        race = Race([address(silent), address(silent)], dialer)
        assert race.advance(time.monotonic_ns()) is None
        race.join([address(silent), address(listening)])
        winner = run(race, dialer)
        assert winner is not None
        winner.sock.close()
    assert (winner.address[4], race.attempts) == (listening, 2)


def test_an_address_that_refuses_costs_nothing(listening: Any) -> None:
    """The next is tried at once."""
    dialer, closed = Dialer(), ("127.0.0.1", free_port())
    race = Race([address(closed), address(listening)], dialer)
    first_ns = time.monotonic_ns()
    winner = race.advance(first_ns) or race.advance(first_ns) or run(race, dialer)
    assert winner is not None
    winner.sock.close()
    assert (dialer.ended, race.attempts) == ([(closed, errno.ECONNREFUSED)], 2)


def test_the_next_one_is_not_begun_before_its_time(listening: Any) -> None:
    """A server that answers within its head start is asked alone."""
    with unanswering_address() as silent:
        dialer = Dialer()
        race = Race([address(silent), address(listening)], dialer)
        now_ns = time.monotonic_ns()
        assert race.advance(now_ns) is None
        assert race.advance(now_ns + 249 * MS) is None
        assert race.attempts == 1
        assert race.wake_ns == now_ns + 250 * MS
        race.stop()


def test_where_all_fail_the_last_reason_is_the_races() -> None:
    """There is nobody left to try."""
    dialer = Dialer()
    race = Race([address(("127.0.0.1", free_port())), address(("127.0.0.1", free_port()))], dialer)
    assert run(race, dialer) is None
    assert race.failure is not None
    assert race.failure.errno == errno.ECONNREFUSED
    assert len(dialer.ended) == 2


def test_silence_ends_after_four_seconds() -> None:
    """What the kernel would go on with for two minutes is a time-out."""
    with unanswering_address() as silent:
        dialer = Dialer()
        race = Race([address(silent)], dialer)
        now_ns = time.monotonic_ns()
        assert race.advance(now_ns) is None
        assert race.advance(now_ns + 5000 * MS) is None
    assert race.is_lost
    assert dialer.ended == [(silent, errno.ETIMEDOUT)]


def test_an_answer_that_nobody_looked_at_is_found_before_the_time_out(listening: Any) -> None:
    """The kernel has made the connection while the process was stopped."""
    dialer = Dialer()
    race = Race([address(listening)], dialer)
    now_ns = time.monotonic_ns()
    winner = race.advance(now_ns) or race.advance(now_ns + 5000 * MS)
    assert winner is not None
    winner.sock.close()


def test_at_its_deadline_a_race_asks_every_socket(listening: Any) -> None:
    """A connection that is there wins, though the one before it has had no answer."""
    with unanswering_address() as silent:
        dialer = Dialer()
        race = Race([address(silent), address(listening)], dialer)
        now_ns = time.monotonic_ns()
        assert race.advance(now_ns) is None
        assert race.advance(now_ns + 300 * MS) is None
        winner = race.expire()
        assert winner is not None
        assert winner.address == address(listening)
        winner.sock.close()
    assert dialer.ended == [(silent, None)]


def test_a_refusal_that_has_come_by_the_deadline_is_the_reason() -> None:
    """And the attempt that had no answer is the one that timed out."""
    closed = "127.0.0.1", free_port()
    with unanswering_address() as silent:
        dialer = Dialer()
        race = Race([address(closed), address(silent)], dialer)
        now_ns = time.monotonic_ns()
        race.advance(now_ns)
        race.advance(now_ns + 300 * MS)
        assert race.expire() is None
    assert race.is_lost
    assert isinstance(race.failure, ConnectionRefusedError)
    assert dialer.ended == [(closed, errno.ECONNREFUSED), (silent, errno.ETIMEDOUT)]


# In a namespace of its own: there every connect() to the one ephemeral port is given that port for its own.
ONESELF = """
import socket
open("/proc/sys/net/ipv4/ip_local_port_range", "w").write("40000 40000")
from services.client.connect.connecting import connect
from services.client.errors import Refused
class Log:
    def warning(self, *_, **__): pass
try:
    connect("127.0.0.1", 40000, 0.3, Log(), None)
except Refused as error:
    print("refused", error)
with socket.create_server(("127.0.0.1", 40000)):
    print("free")
"""

PORTS = """
import socket
open("/proc/sys/net/ipv4/ip_local_port_range", "w").write("40000 40001")
from services.client.connect.connecting import connect
from services.client.errors import Exhausted
class Log:
    def warning(self, *_, **__): pass
listener = socket.create_server(("127.0.0.1", 5000))
held = [connect("127.0.0.1", 5000, 1, Log(), None) for _ in range(2)]
try:
    connect("127.0.0.1", 5000, 0.3, Log(), None)
except Exhausted as error:
    print(error)
open("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "w").write("1")
try:
    connect("::1", 5000, 0.3, Log(), None)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_connection_to_oneself_is_refused() -> None:
    """Nobody listens, and a simultaneous open with oneself is no server; nor does it keep the port from one."""
    first, second = in_a_namespace(ONESELF)
    assert first.startswith("refused")
    assert "reached itself" in first
    assert second == "free"


def test_out_of_local_ports_is_said_and_is_not_the_servers_doing() -> None:
    """It is another thing than an address family that this machine does not have."""
    ports, family = in_a_namespace(PORTS)
    assert "out of local ports: 2 of them, and TIME-WAIT keeps each for 60 s" in ports
    assert family.startswith("Unreachable")
