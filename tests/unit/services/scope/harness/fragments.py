"""IP datagrams in fragments, by hand."""

import struct

_IPV4_BYTES, _IPV6_BYTES = 20, 40


def fragment4(packet: bytes, begin: int, end: int | None, identification: int = 7) -> bytes:
    """Return the fragment of an IPv4 packet without options that holds a part of its payload; None: the rest of it."""
    payload = packet[_IPV4_BYTES:][begin:end]
    more = 0 if end is None else 0x2000
    fields = struct.pack("!HHH", _IPV4_BYTES + len(payload), identification, more | begin // 8)
    return packet[:2] + fields + packet[8:_IPV4_BYTES] + payload


def fragment6(packet: bytes, begin: int, end: int | None, identification: int = 7) -> bytes:
    """Return the fragment of an IPv6 packet, as `fragment4`."""
    payload = packet[_IPV6_BYTES:][begin:end]
    header = struct.pack("!BBHI", packet[6], 0, begin | (0 if end is None else 1), identification)
    length = struct.pack("!H", len(header) + len(payload))
    return packet[:4] + length + b"\x2c" + packet[7:_IPV6_BYTES] + header + payload


def fragments_of(packet: bytes, size: int, identification: int = 7) -> list[bytes]:
    """Return the fragments of a packet, of so many bytes of payload each."""
    is_ipv4 = packet[0] >> 4 == 4
    length = len(packet) - (_IPV4_BYTES if is_ipv4 else _IPV6_BYTES)
    cut = fragment4 if is_ipv4 else fragment6
    ends = [*range(size, length, size), None]
    return [cut(packet, number * size, end, identification) for number, end in enumerate(ends)]
