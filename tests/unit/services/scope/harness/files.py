"""Capture files made by hand, in either format and byte order."""

import struct


def pcap(
    order: str,
    packets: list[tuple[int, bytes]],
    *,
    nanoseconds: bool,
    link_type: int = 1,
    version: tuple[int, int] = (2, 4),
) -> bytes:
    """Return a classic pcap; a time is in the file's own unit."""
    magic, per_s = (0xA1B23C4D, 10**9) if nanoseconds else (0xA1B2C3D4, 10**6)
    data = struct.pack(f"{order}IHHiIII", magic, *version, 0, 0, 65_535, link_type)
    for time, packet in packets:
        data += struct.pack(f"{order}IIII", *divmod(time, per_s), len(packet), len(packet)) + packet
    return data


def block(order: str, kind: int, body: bytes) -> bytes:
    """Return a pcapng block."""
    body += bytes(-len(body) % 4)
    return struct.pack(f"{order}II", kind, 12 + len(body)) + body + struct.pack(f"{order}I", 12 + len(body))


def section(order: str) -> bytes:
    """Return a section header of unknown section length."""
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(order: str, code: int, value: bytes) -> bytes:
    """Return an option of a block."""
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(order: str, link_type: int = 1, snap: int = 0, options: bytes = b"") -> bytes:
    """Return an interface description."""
    return block(order, 1, struct.pack(f"{order}HHI", link_type, 0, snap) + options)


def enhanced(order: str, which: int, ticks: int, packet: bytes, original: int | None = None) -> bytes:
    """Return an enhanced packet."""
    lengths = len(packet), len(packet) if original is None else original
    return block(order, 6, struct.pack(f"{order}IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, *lengths) + packet)


def simple(order: str, packet: bytes, original: int | None = None) -> bytes:
    """Return a simple packet."""
    return block(order, 3, struct.pack(f"{order}I", len(packet) if original is None else original) + packet)
