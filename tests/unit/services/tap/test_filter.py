"""The filter, run by the kernel on frames."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tap.filter import attach, program
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.services.scope.harness.fragments import fragment6
from tests.unit.services.scope.harness.wire import bits, ipv4, ipv6, tcp

PORT = 5000
SNAP_BYTES = 100

FROM, TO, OTHER = (PORT, 40_000), (40_000, PORT), (40_000, 5001)
IPV4, IPV6 = bytes(12) + b"\x08\x00", bytes(12) + b"\x86\xdd"


class Filtered:
    """Two ends of which one has the filter: the kernel runs it on datagrams as it does on frames."""

    def __init__(self) -> None:
        self._sender, self._receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._receiver.settimeout(DEADLINE_S)
        attach(self._receiver, program(PORT, SNAP_BYTES))

    def kept(self, frame: bytes) -> bytes | None:
        """Return what the filter keeps of a frame, or None for nothing."""
        self._sender.send(frame)
        # One that passes comes behind it: so there is something to receive in any case.
        mark = IPV4 + ipv4("9.9.9.9", "9.9.9.9", segment(FROM))
        self._sender.send(mark)
        first = self._receiver.recv(65_536)
        if first == mark:
            return None
        assert self._receiver.recv(65_536) == mark
        return first

    def close(self) -> None:
        """Close both."""
        self._sender.close()
        self._receiver.close()


def segment(ports: tuple[int, int]) -> bytes:
    """Return a segment."""
    return tcp(ports, (1, 1), bits("ACK"))


@pytest.fixture(scope="module")
def filtered() -> Iterator[Filtered]:
    """Give a filtered socket."""
    pair = Filtered()
    yield pair
    pair.close()


@pytest.mark.parametrize(
    ("frame", "is_kept"),
    [
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(FROM)), True),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(TO)), True),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(OTHER)), False),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(TO), options=bytes(12)), True),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(OTHER), options=b"\x13\x88" * 2), False),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(TO), fragment=0x2000), True),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(OTHER), fragment=0x2000), False),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", b"payload", fragment=0x0001), True),
        (IPV4 + ipv4("10.0.0.1", "10.0.0.2", b"payload", fragment=0x0001, protocol=17), False),
        (IPV6 + ipv6("2001:db8::1", "2001:db8::2", segment(FROM)), True),
        (IPV6 + ipv6("2001:db8::1", "2001:db8::2", segment(TO)), True),
        (IPV6 + ipv6("2001:db8::1", "2001:db8::2", segment(OTHER)), False),
        (IPV6 + ipv6("2001:db8::1", "2001:db8::2", segment(TO), next_header=17), False),
        (IPV6 + fragment6(ipv6("2001:db8::1", "2001:db8::2", segment(FROM)), 0, 16), True),
        (IPV6 + fragment6(ipv6("2001:db8::1", "2001:db8::2", segment(TO)), 0, 16), True),
        (IPV6 + fragment6(ipv6("2001:db8::1", "2001:db8::2", segment(OTHER)), 0, 16), False),
        (IPV6 + fragment6(ipv6("2001:db8::1", "2001:db8::2", segment(OTHER)), 8, None), True),
        (IPV6 + fragment6(ipv6("2001:db8::1", "2001:db8::2", segment(OTHER), next_header=17), 8, None), False),
        (bytes(12) + b"\x08\x06" + segment(TO), False),  # ARP
        (IPV4, False),
        (b"?", False),
    ],
)
def test_only_segments_of_the_port_are_kept(filtered: Filtered, frame: bytes, *, is_kept: bool) -> None:
    """IPv4 with options and IPv6; later fragments, which have no ports; no other protocol, nothing cut short."""
    assert filtered.kept(frame) == (frame if is_kept else None)


def test_what_is_kept_is_cut(filtered: Filtered) -> None:
    """The headers matter, not the payload."""
    frame = IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(TO) + bytes(1000))
    assert filtered.kept(frame) == frame[:SNAP_BYTES]


@given(ports=st.tuples(st.sampled_from([PORT, 1]), st.integers(0, 65_535)), options=st.integers(0, 10))
def test_the_ports_are_found_behind_any_header(filtered: Filtered, ports: tuple[int, int], options: int) -> None:
    """Whichever of the two it is."""
    frame = IPV4 + ipv4("10.0.0.1", "10.0.0.2", segment(ports), options=bytes(4 * options))
    assert (filtered.kept(frame) is not None) == (PORT in ports)
