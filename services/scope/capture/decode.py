"""From a captured frame to a TCP packet: numbers as on the wire, lengths as IP tells them."""

import ipaddress
import struct
from collections import Counter

from services.scope.capture.frames import Frame
from services.scope.capture.layers.finding import find_segment
from services.scope.capture.layers.ip import ipv4, ipv6
from services.scope.capture.layers.layer import IPV4, IPV6, NO_TUNNELS, TCP, Lack, Next, NoSegment, Reason, Space, Walk
from services.scope.capture.layers.link import LINKS
from services.scope.capture.options import NO_OPTIONS, parse
from services.scope.model import Endpoint, Packet

# Pairs of endpoints whose text is kept: more than a capture of this system has, and a bound for a hostile one.
_MAX_PAIRS = 65_536

_TCP_BYTES, _IPV4_PAIR_BYTES = 20, 8
_tcp = struct.Struct("!xxxxIIHH").unpack_from
_FLAG_BITS = 0x1FF

_ipv4_tells = struct.Struct("!4xH2xB").unpack_from  # the identification, and the time to live


class Decoder:
    """Decodes frames; `skipped` counts, by reason, those that hold no TCP header, or none that can be read."""

    def __init__(self) -> None:
        self.skipped: Counter[Reason] = Counter()
        self._pairs: dict[bytes, tuple[Endpoint, Endpoint]] = {}

    def decode(self, frame: Frame) -> Packet | None:
        """Return the frame's TCP packet, or None where there is none, whatever the frame holds."""
        try:
            return self._packet(frame)
        except NoSegment as why:
            self.skipped[why.reason] += 1
            return None

    def _packet(self, frame: Frame) -> Packet:
        data = frame.captured
        # A link header that claims more than was on the link is a lie; what was kept is there in any case.
        end = max(frame.original_length, len(data))
        ether_type, ip = link(data) if (link := LINKS.get(frame.link_type)) else (0, 0)
        protocol, tcp, addresses, tunnels = 0, ip, b"", NO_TUNNELS
        # TCP right above IP is what nearly every frame holds, and is found without a walk through layers.
        if ether_type == IPV4:
            protocol, tcp, end = ipv4(data, ip, end)
            addresses = data[ip + 12 : ip + 20]
        elif ether_type == IPV6:
            protocol, tcp, end = ipv6(data, ip, end)
            addresses = data[ip + 8 : ip + 40]
        if protocol != TCP:
            walk = Walk(data, tcp, end, addresses, ip)
            below = Next(Space.ETHER_TYPE, ether_type) if link else Next(Space.LINK, frame.link_type)
            find_segment(walk, Next(Space.IP, protocol) if addresses else below)
            tcp, end, addresses, ip, tunnels = walk.at, walk.end, walk.addresses, walk.ip, tuple(walk.tunnels)
        if len(data) < tcp + _TCP_BYTES:
            raise NoSegment(Lack.CUT_OFF)
        seq, ack, bits, window = _tcp(data, tcp)
        header = (bits >> 12) * 4
        if header < _TCP_BYTES or tcp + header > end:
            raise NoSegment(Lack.MALFORMED, "TCP")
        source, destination = self._pairs.get(key := addresses + data[tcp : tcp + 4]) or self._pair(key)
        return Packet(
            frame.t_ns,
            source,
            destination,
            seq,
            ack,
            bits & _FLAG_BITS,
            window,
            end - tcp - header,
            parse(data[tcp + _TCP_BYTES : tcp + header]) if header > _TCP_BYTES else NO_OPTIONS,
            frame.number,
            tunnels,
            *((0, data[ip + 7]) if len(addresses) > _IPV4_PAIR_BYTES else _ipv4_tells(data, ip)),
        )

    def _pair(self, key: bytes) -> tuple[Endpoint, Endpoint]:
        """Name the two endpoints of a packet: `key` is both addresses, then both ports."""
        if len(self._pairs) >= _MAX_PAIRS:
            self._pairs.clear()
        half = (len(key) - 4) // 2
        source_port, destination_port = struct.unpack("!HH", key[-4:])
        pair = Endpoint(_text(key[:half]), source_port), Endpoint(_text(key[half : 2 * half]), destination_port)
        self._pairs[key] = pair
        return pair


def _text(address: bytes) -> str:
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
