"""From a captured frame to a TCP packet: numbers as on the wire, lengths as IP tells them."""

import ipaddress
import struct
from collections import Counter

from services.scope.capture.frames import Frame
from services.scope.capture.layers.finding import find_segment
from services.scope.capture.layers.fragments import Fragments, Waiting
from services.scope.capture.layers.ip import ipv4, ipv6
from services.scope.capture.layers.layer import IPV4, IPV6, NO_TUNNELS, TCP, Next, NoSegment, Reason, Space, Walk
from services.scope.capture.layers.link import LINKS
from services.scope.capture.options import NO_OPTIONS, parse
from services.scope.gaps import Lack
from services.scope.model import Endpoint, Packet

# Most pairs of endpoints kept as text: more than a capture of this system has; it bounds memory for a hostile one.
_MAX_PAIRS = 65_536

_TCP_BYTES, _IPV4_BYTES, _IPV4_PAIR_BYTES = 20, 20, 8
_tcp = struct.Struct("!xxxxIIHH").unpack_from
_FLAG_BITS = 0x1FF

_ipv4_tells = struct.Struct("!4xH2xB").unpack_from  # the identification, and the time to live

# An IPv4 header without options, and TCP's behind it, at once: addresses and ports stand side by side.
_ipv4_tcp = struct.Struct("!BxHHHBB2x12sIIHH").unpack_from
_PLAIN = 0x45  # version 4, five words
_IPV4_FRAGMENT_BITS = 0x3FFF  # the offset, and that more follow


class Decoder:
    """Decodes frames. A datagram in fragments is decoded with the last of them, as if it came then."""

    def __init__(self) -> None:
        self._skipped: Counter[Reason] = Counter()
        self._fragments = Fragments()
        self._pairs: dict[bytes, tuple[Endpoint, Endpoint]] = {}

    def decode(self, frame: Frame) -> Packet | None:
        """Return the frame's TCP packet, or None where there is none, whatever the frame holds."""
        try:
            return self._packet(frame)
        except NoSegment as why:
            self._skipped[why.reason] += 1 + self._fragments.joined
        except Waiting:
            pass
        return None

    @property
    def skipped(self) -> Counter[Reason]:
        """Count, by reason, the frames that hold no TCP header, or none that can be read."""
        return self._skipped + self._fragments.missing()

    def _packet(self, frame: Frame) -> Packet:
        data = frame.captured
        link = LINKS.get(frame.link_type)
        ether_type, ip = (0, 0) if link is None else link(data)
        # The most common frame is decoded here, without function calls, exceptions or a walk through the layers.
        if ether_type == IPV4 and len(data) >= ip + _IPV4_BYTES + _TCP_BYTES:
            first, total, identification, fragment, hops, protocol, key, seq, ack, bits, window = _ipv4_tcp(data, ip)
            header = (bits >> 12) * 4
            length = total - _IPV4_BYTES - header
            is_plain = first == _PLAIN and protocol == TCP and not fragment & _IPV4_FRAGMENT_BITS
            if is_plain and length >= 0 and header >= _TCP_BYTES:
                options = ip + _IPV4_BYTES + _TCP_BYTES
                source, destination = self._pairs.get(key) or self._pair(key)
                return Packet(
                    frame.t_ns,
                    source,
                    destination,
                    seq,
                    ack,
                    bits & _FLAG_BITS,
                    window,
                    length,
                    parse(data[options : options - _TCP_BYTES + header]) if header > _TCP_BYTES else NO_OPTIONS,
                    frame.number,
                    NO_TUNNELS,
                    identification,
                    hops,
                )
        return self._decode_behind_more(frame, None if link is None else ether_type, ip)

    def _decode_behind_more(self, frame: Frame, ether_type: int | None, at: int) -> Packet:
        """Return the packet where TCP does not come right after an IPv4 header without options."""
        walk = self._walk(frame, ether_type, at)
        data, tcp, addresses = walk.data, walk.at, walk.addresses
        if len(data) < tcp + _TCP_BYTES:
            raise NoSegment(Lack.CUT_OFF)
        seq, ack, bits, window = _tcp(data, tcp)
        header = (bits >> 12) * 4
        if header < _TCP_BYTES or tcp + header > walk.end:
            raise NoSegment(Lack.MALFORMED, "TCP")
        key = addresses + data[tcp : tcp + 4]
        source, destination = self._pairs.get(key) or self._pair(key)
        is_ipv4 = len(addresses) == _IPV4_PAIR_BYTES
        identification, hops = _ipv4_tells(data, walk.ip) if is_ipv4 else (0, data[walk.ip + 7])
        self._fragments.joined = 0
        return Packet(
            frame.t_ns,
            source,
            destination,
            seq,
            ack,
            bits & _FLAG_BITS,
            window,
            walk.end - tcp - header,
            parse(data[tcp + _TCP_BYTES : tcp + header]) if header > _TCP_BYTES else NO_OPTIONS,
            frame.number,
            tuple(walk.tunnels),
            identification,
            hops,
        )

    def _walk(self, frame: Frame, ether_type: int | None, at: int) -> Walk:
        """Return the way to the TCP header of a packet that begins at `at`; None: its link layer names no EtherType."""
        # A frame cannot be shorter on the link than what was captured, whatever its original length says.
        end = max(frame.original_length, len(frame.captured))
        self._fragments.now_ns, self._fragments.joined = frame.t_ns, 0
        walk = Walk(frame.captured, at, end, self._fragments)
        # The outermost IP header's own length counts, whatever the capture says of the frame's.
        if ether_type == IPV4:
            found = ipv4(walk)
        elif ether_type == IPV6:
            found = ipv6(walk)
        elif ether_type is None:
            found = Next(Space.LINK, frame.link_type)
        else:
            found = Next(Space.ETHER_TYPE, ether_type)
        find_segment(walk, found)
        return walk

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
