"""The filter, run by the kernel on frames."""

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.tap.capturing import SNAP_BYTES
from services.tap.filter import attach, program
from shared.pcap import LINKTYPE_ETHERNET
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.services.scope.harness.fragments import fragment4, fragment6
from tests.unit.services.scope.harness.wire import MSS, bits, ipv4, ipv6, tcp

PORT = 5000

FROM, TO, OTHER = (PORT, 40_000), (40_000, PORT), (40_000, 5001)
IPV4, IPV6 = bytes(12) + b"\x08\x00", bytes(12) + b"\x86\xdd"
V4, V6 = ("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8::2")
UDP = 17


def segment(ports: tuple[int, int], options: bytes = b"") -> bytes:
    """Return a segment."""
    return tcp(ports, (1, 1), bits("ACK"), options=options)


def vxlan(frame: bytes, port: int = 4789) -> bytes:
    """Return a datagram that carries a frame in VXLAN."""
    return struct.pack("!HHHH", 50_000, port, 16 + len(frame), 0) + b"\x08\0\0\0\0\0\x2a\0" + frame


FRAMES = [
    (IPV4 + ipv4(*V4, segment(FROM)), True),
    (IPV4 + ipv4(*V4, segment(TO)), True),
    (IPV4 + ipv4(*V4, segment(OTHER)), False),
    (IPV4 + ipv4(*V4, segment(TO), options=bytes(12)), True),
    (IPV4 + ipv4(*V4, segment(OTHER), options=b"\x13\x88" * 2), False),
    (IPV4 + ipv4(*V4, segment(TO), fragment=0x2000), True),
    (IPV4 + ipv4(*V4, segment(OTHER), fragment=0x2000), False),
    (IPV4 + ipv4(*V4, b"payload", fragment=0x0001), True),
    (IPV4 + ipv4(*V4, b"payload", fragment=0x0001, protocol=1), False),
    (IPV4 + ipv4(*V4, segment(TO), protocol=UDP), False),
    (IPV6 + ipv6(*V6, segment(FROM)), True),
    (IPV6 + ipv6(*V6, segment(TO)), True),
    (IPV6 + ipv6(*V6, segment(OTHER)), False),
    (IPV6 + ipv6(*V6, segment(TO), next_header=UDP), False),
    (IPV6 + fragment6(ipv6(*V6, segment(FROM)), 0, 16), True),
    (IPV6 + fragment6(ipv6(*V6, segment(TO)), 0, 16), True),
    (IPV6 + fragment6(ipv6(*V6, segment(OTHER)), 0, 16), False),
    (IPV6 + fragment6(ipv6(*V6, segment(OTHER)), 8, None), True),
    (IPV6 + fragment6(ipv6(*V6, segment(OTHER), next_header=1), 8, None), False),
    (bytes(12) + b"\x08\x06" + segment(TO), False),  # ARP
    (IPV4, False),
    (b"?", False),
]

# A packet that a datagram comes in, whole or its first fragment.
CARRIERS = {
    "IPv4": lambda datagram: IPV4 + ipv4(*V4, datagram, protocol=UDP),
    "IPv4 with options": lambda datagram: IPV4 + ipv4(*V4, datagram, protocol=UDP, options=bytes(40)),
    "IPv4 in fragments": lambda datagram: IPV4 + fragment4(ipv4(*V4, datagram, protocol=UDP), 0, 8000),
    "IPv6": lambda datagram: IPV6 + ipv6(*V6, datagram, next_header=UDP),
    "IPv6 in fragments": lambda datagram: IPV6 + fragment6(ipv6(*V6, datagram, next_header=UDP), 0, 8000),
}


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


@pytest.fixture(scope="module")
def filtered() -> Iterator[Filtered]:
    """Give a filtered socket."""
    pair = Filtered()
    yield pair
    pair.close()


@pytest.mark.parametrize(("frame", "is_kept"), FRAMES)
def test_only_segments_of_the_port_are_kept(filtered: Filtered, frame: bytes, *, is_kept: bool) -> None:
    """IPv4 with options and IPv6; later fragments, which have no ports; no other protocol, nothing cut short."""
    assert filtered.kept(frame) == (frame if is_kept else None)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("frame", "is_kept"), FRAMES)
def test_inside_vxlan_the_same_is_kept(filtered: Filtered, carrier: str, frame: bytes, *, is_kept: bool) -> None:
    """Behind any header of the tunnel's own, and what is in fragments inside it as well."""
    whole = CARRIERS[carrier](vxlan(frame))
    assert filtered.kept(whole) == (whole if is_kept else None)


@pytest.mark.parametrize(
    ("frame", "is_kept"),
    [
        (IPV4 + ipv4(*V4, b"payload", fragment=0x0001, protocol=UDP), True),
        (IPV6 + fragment6(ipv6(*V6, bytes(16), next_header=UDP), 8, None), True),
        (IPV4 + ipv4(*V4, vxlan(IPV4 + ipv4(*V4, b"payload", fragment=0x0001, protocol=UDP)), protocol=UDP), False),
        (IPV4 + ipv4(*V4, vxlan(IPV4 + ipv4(*V4, vxlan(FRAMES[0][0]), protocol=UDP)), protocol=UDP), False),
        (IPV4 + ipv4(*V4, vxlan(FRAMES[0][0], 4790), protocol=UDP), False),
        (IPV4 + ipv4(*V4, vxlan(FRAMES[0][0])), False),
    ],
)
def test_what_else_may_be_vxlan_is_kept(filtered: Filtered, frame: bytes, *, is_kept: bool) -> None:
    """A later fragment of any datagram; but no VXLAN in VXLAN, no other port, and none in TCP."""
    assert filtered.kept(frame) == (frame if is_kept else None)


@pytest.mark.parametrize("carrier", ["IPv4", "IPv4 with options", "IPv6"])
@pytest.mark.parametrize(
    "inner",
    [IPV4 + ipv4(*V4, segment(TO, MSS * 10) + bytes(1000)), IPV6 + ipv6(*V6, segment(TO, MSS * 10) + bytes(1000))],
)
def test_what_is_kept_is_cut_behind_the_longest_headers(filtered: Filtered, carrier: str, inner: bytes) -> None:
    """The headers matter, not the payload: the scope finds all of TCP's options, and how long the payload was."""
    frame = CARRIERS[carrier](vxlan(inner))
    kept = filtered.kept(frame)
    assert kept == frame[:SNAP_BYTES]
    packet = Decoder().decode(Frame(1, 0, LINKTYPE_ETHERNET, kept, len(frame)))
    assert packet is not None
    assert (packet.options.mss, packet.length) == (1460, 1000)


@given(ports=st.tuples(st.sampled_from([PORT, 1]), st.integers(0, 65_535)), options=st.integers(0, 10))
def test_the_ports_are_found_behind_any_header(filtered: Filtered, ports: tuple[int, int], options: int) -> None:
    """Whichever of the two it is."""
    frame = IPV4 + ipv4(*V4, segment(ports), options=bytes(4 * options))
    for sent in (frame, CARRIERS["IPv4"](vxlan(frame))):
        assert (filtered.kept(sent) is not None) == (PORT in ports)
