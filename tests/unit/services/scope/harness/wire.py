"""Packets made by hand: a talk between a client and a server, as bytes, as a capture, and as the scope follows it."""

import io
import socket
import struct
from collections.abc import Iterable

from services.scope.capture.decode import Decoder
from services.scope.capture.reader import read_capture
from services.scope.model import Conversation, Flags, Packet, Segment
from services.scope.tcp.follow import Follower
from shared.pcap import file_header, record

RAW = 101  # LINKTYPE_RAW: the packet begins with the IP header

SERVER_PORT = 5000
START_NS = 1_700_000_000_000_000_000
MILLISECOND_NS = 1_000_000

MSS = b"\x02\x04\x05\xb4"  # 1460
SCALE_7 = b"\x01\x03\x03\x07"


def bits(flags: str) -> int:
    """Return control bits by their names: "SYN ACK"."""
    return sum(Flags[name] for name in flags.split())


def tcp(
    ports: tuple[int, int],
    numbers: tuple[int, int],
    flags: int,
    window: int = 500,
    data: bytes = b"",
    options: bytes = b"",
) -> bytes:
    """Return a TCP segment; its checksum is wrong, as where it is left to hardware."""
    options += bytes(-len(options) % 4)
    offset = (20 + len(options)) // 4 << 12
    seq, ack = (number % 2**32 for number in numbers)
    return struct.pack("!HHIIHHHH", *ports, seq, ack, offset | flags, window, 0, 0) + options + data


def ipv4(
    source: str,
    destination: str,
    payload: bytes,
    *,
    options: bytes = b"",
    fragment: int = 0,
    protocol: int = 6,
    identification: int = 1,
) -> bytes:
    """Return an IPv4 packet, which carries TCP unless it says otherwise."""
    total = 20 + len(options) + len(payload)
    first = 0x40 | 5 + len(options) // 4
    header = struct.pack("!BBHHHBBH", first, 0, total, identification, fragment, 64, protocol, 0)
    return header + socket.inet_aton(source) + socket.inet_aton(destination) + options + payload


def ipv6(source: str, destination: str, payload: bytes, *, next_header: int = 6) -> bytes:
    """Return an IPv6 packet; `payload` begins with what `next_header` says."""
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    return struct.pack("!IHBB", 0x60000000, len(payload), next_header, 64) + addresses + payload


class Talk:
    """A scripted connection: each call adds a packet, with relative numbers, `after_ms` after the one before.

    With `identified` each packet has an identification of its own, as Linux and Windows send them; without, all have 1.
    """

    def __init__(
        self, client_port: int = 40_000, isn: tuple[int, int] = (1000, 900_000), *, identified: bool = False
    ) -> None:
        self._client_port = client_port
        self._identified = identified
        self._isn = isn
        self._t_ns = START_NS
        self.packets: list[tuple[int, bytes]] = []

    def client(
        self,
        flags: str,
        seq: int,
        ack: int = 0,
        length: int = 0,
        *,
        window: int = 500,
        options: bytes = b"",
        after_ms: float = 1,
    ) -> None:
        """Let the client send a segment."""
        self._add(self._isn, (seq, ack), flags, length, window, options, after_ms)

    def server(
        self,
        flags: str,
        seq: int,
        ack: int = 0,
        length: int = 0,
        *,
        window: int = 500,
        options: bytes = b"",
        after_ms: float = 1,
    ) -> None:
        """Let the server send a segment."""
        self._add(self._isn[::-1], (seq, ack), flags, length, window, options, after_ms, by_server=True)

    def copied(self, *, after_ms: float = 0.05, hops: int = 64, back: int = 1) -> None:
        """Let a packet, the last one or one further back, be captured once more, with so many hops left."""
        self._t_ns += int(after_ms * MILLISECOND_NS)
        packet = bytearray(self.packets[-back][1])
        packet[8] = hops
        self.packets.append((self._t_ns, bytes(packet)))

    def handshake(self, options: bytes = MSS + SCALE_7) -> None:
        """Let them connect."""
        self.client("SYN", 0, options=options, window=64_240)
        self.server("SYN ACK", 0, 1, options=options, window=65_160)
        self.client("ACK", 1, 1)

    def _add(
        self,
        isn: tuple[int, int],
        numbers: tuple[int, int],
        flags: str,
        length: int,
        window: int,
        options: bytes,
        after_ms: float,
        *,
        by_server: bool = False,
    ) -> None:
        self._t_ns += int(after_ms * MILLISECOND_NS)
        ports, addresses = (self._client_port, SERVER_PORT), ("10.0.0.1", "10.0.0.2")
        if by_server:
            ports, addresses = ports[::-1], addresses[::-1]
        seq, ack = numbers[0] + isn[0], numbers[1] + isn[1] if "ACK" in flags else 0
        segment = tcp(ports, (seq, ack), bits(flags), window, b"x" * length, options)
        number = len(self.packets) + 1 if self._identified else 1
        self.packets.append((self._t_ns, ipv4(*addresses, segment, identification=number)))


def capture(packets: Iterable[tuple[int, bytes]], link_type: int = RAW) -> bytes:
    """Return a nanosecond pcap of packets with their times."""
    return file_header(link_type, 65_535) + b"".join(record(t_ns, data, len(data)) for t_ns, data in packets)


def decoded(data: bytes) -> list[Packet]:
    """Return the TCP packets of a capture."""
    decoder = Decoder()
    return [packet for frame in read_capture(io.BytesIO(data)) if (packet := decoder.decode(frame)) is not None]


def followed(*talks: Talk, server_ports: Iterable[int] = ()) -> list[Conversation]:
    """Return the conversations of talks, as the scope follows them one after another."""
    follower = Follower(set(server_ports))
    for packet in decoded(capture(packet for talk in talks for packet in talk.packets)):
        follower.feed(packet)
    return follower.drain()


def segments(talk: Talk) -> list[Segment]:
    """Return the segments of a talk that is one conversation."""
    (conversation,) = followed(talk)
    return conversation.segments


def states(talk: Talk) -> list[tuple[str, str]]:
    """Return the client's and the server's state after each segment."""
    return [(segment.client_state, segment.server_state) for segment in segments(talk)]
