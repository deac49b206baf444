"""Captures on real interfaces."""

import errno
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from services.scope.model import Packet
from services.scope.tunnels import Tunnel, TunnelKind
from services.tap.capturing import SNAP_BYTES, Capture, CaptureImpossible
from services.tap.ring import Captured
from shared.pcap import LINKTYPE_ETHERNET, file_header, record
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.sockets import receive
from tests.unit.services.scope.harness.wire import decoded
from tests.unit.services.tap.namespaces import Network, ip, made_in, needs_root, network, tunnelled

pytestmark = needs_root


@pytest.fixture(scope="module")
def joined() -> Iterator[Network]:
    """Give two namespaces with an Ethernet between them."""
    with network() as names:
        yield names


@contextmanager
def connection(
    namespaces: Network | None = None, server: str = "10.9.0.2"
) -> Iterator[tuple[socket.socket, socket.socket, Capture]]:
    """Give both ends of a connection, and a capture on the server's side that has seen its handshake."""
    if namespaces is None:
        listener, interface = socket.create_server(("127.0.0.1", 0)), "lo"
    else:
        listener, interface = made_in(namespaces.server, lambda: socket.create_server((server, 0))), "eth0"
    address = listener.getsockname()

    def connect() -> socket.socket:
        return socket.create_connection(address, DEADLINE_S)

    def capture() -> Capture:
        return Capture(interface, address[1])

    with ExitStack() as stack:
        stack.enter_context(listener)
        tap = stack.enter_context(closing(made_in(namespaces.server, capture) if namespaces else capture()))
        client = stack.enter_context(made_in(namespaces.client, connect) if namespaces else connect())
        accepted = stack.enter_context(listener.accept()[0])
        accepted.settimeout(DEADLINE_S)
        yield client, accepted, tap


def collect(tap: Capture, enough: Callable[[list[Packet]], bool]) -> tuple[list[Captured], list[Packet]]:
    """Return what was captured, as it is and decoded, as soon as it is enough."""
    captured: list[Captured] = []
    packets: list[Packet] = []

    def is_enough() -> bool:
        captured.extend(tap.packets())
        data = b"".join(record(packet.t_ns, packet.data, packet.original_length) for packet in captured)
        packets[:] = decoded(file_header(LINKTYPE_ETHERNET, SNAP_BYTES) + data)
        return enough(packets)

    assert eventually(is_enough)
    return captured, packets


def test_on_loopback_each_packet_is_captured_once() -> None:
    """It passes twice, once each way."""
    with connection() as (client, server, tap):
        client.sendall(b"Hello")
        receive(server, 5)
        _, packets = collect(tap, lambda packets: len(packets) >= 5)
    assert [(packet.flags, packet.length) for packet in packets] == [(2, 0), (18, 0), (16, 0), (24, 5), (16, 0)]


def test_on_an_ethernet_both_directions_are_captured(joined: Network) -> None:
    """What the server's namespace sends, and what it receives."""
    with connection(joined) as (client, server, tap):
        client.sendall(b"Hello")
        receive(server, 5)
        _, packets = collect(tap, lambda packets: len(packets) >= 5)
    assert [packet.source.ip[-1] for packet in packets] == ["1", "2", "1", "1", "2"]


def test_stamps_are_the_wall_clocks(joined: Network) -> None:
    """In order, between before and after: so they can be held against the times of calls."""
    before_ns = time.time_ns()
    with connection(joined) as (_, _, tap):
        captured, _ = collect(tap, lambda packets: len(packets) >= 3)
    stamps = [packet.t_ns for packet in captured]
    assert stamps == sorted(stamps)
    assert before_ns < stamps[0] < stamps[-1] < time.time_ns()


def test_large_packets_are_cut_and_their_length_is_known(joined: Network) -> None:
    """The kernel segments late: one packet may have 64 KiB, of which the headers are kept."""
    size = 3_000_000
    with connection(joined) as (client, server, tap):
        client.setblocking(False)
        unsent = size
        while unsent:
            try:
                unsent -= client.send(bytes(unsent))
            except BlockingIOError:
                receive(server, 65_536)
        captured, packets = collect(tap, lambda packets: sum(packet.length for packet in packets) >= size)
        assert tap.count_drops() == 0
    assert max(len(packet.data) for packet in captured) == SNAP_BYTES
    assert max(packet.original_length for packet in captured) > 1514
    assert max(packet.seq + packet.length for packet in packets if packet.source.ip == "10.9.0.1") == (
        packets[0].seq + 1 + size
    )


def test_a_connection_in_vxlan_is_captured_with_its_large_packets(joined: Network) -> None:
    """The kernel cuts them up behind the tap, tunnel and all: what it captured tells how long the payload was."""
    size = 1_000_000
    with tunnelled(joined), connection(joined, "10.8.0.2") as (client, server, tap):
        threading.Thread(target=client.sendall, args=(bytes(size),), daemon=True).start()
        receive(server, size)
        captured, packets = collect(
            tap, lambda packets: sum(packet.length for packet in packets if packet.source.ip == "10.8.0.1") >= size
        )
    assert max(packet.original_length for packet in captured) > 1514
    assert {packet.tunnels for packet in packets} == {(Tunnel(TunnelKind.VXLAN, 42),)}
    assert sum(packet.length for packet in packets if packet.source.ip == "10.8.0.1") == size


def test_an_interface_that_goes_down_is_told() -> None:
    """Its namespace is being taken down, or its network."""
    with network() as names, connection(names) as (_, _, tap):
        ip("-n", names.server, "link", "set", "eth0", "down")

        def told() -> bool:
            try:
                list(tap.packets())
            except OSError as error:
                return error.errno == errno.ENETDOWN
            return False

        assert eventually(told)


@pytest.mark.parametrize(("interface", "why"), [("nowhere0", "No such device")])
def test_what_cannot_be_captured_is_told_with_its_setting(interface: str, why: str) -> None:
    """One line."""
    with pytest.raises(
        CaptureImpossible, match=rf"ECHO_TAP_INTERFACE .* is '{interface}': cannot be captured \({why}\)"
    ):
        Capture(interface, 5000)


def test_without_the_privilege_that_is_told() -> None:
    """In a child, which gives it up."""
    pid = os.fork()
    if pid == 0:
        os.setuid(65_534)
        try:
            Capture("lo", 5000)
        except CaptureImpossible as error:
            os._exit(0 if error.why == "capturing needs root with CAP_NET_RAW" else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
