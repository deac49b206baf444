"""An IPv4 packet on every kind of link that the scope reads."""

import struct
from collections.abc import Callable

from tests.unit.services.scope.harness.wrapping import ADDRESSES, ETHERNET, Wrapping, ethernet

_SNAP = b"\xaa\xaa\x03\0\0\0"


def _snap(packet: bytes) -> bytes:
    return _SNAP + b"\x08\x00" + packet


def _length_of(payload: bytes) -> bytes:
    return ethernet(payload, len(payload))


def _wifi(control: int, more: bytes, payload: bytes) -> bytes:
    """Return an 802.11 frame: control and flags, duration, three addresses, sequence, then what follows these."""
    return struct.pack("!HH", control, 0) + ADDRESSES + bytes(6) + b"\x10\0" + more + payload


def nflog(order: str) -> Callable[[bytes], bytes]:
    """Return what wraps a packet as NFLOG does, on a machine of this byte order."""

    def wrap(packet: bytes) -> bytes:
        header = struct.pack(f"{order}HH", 8, 1) + b"\x08\x00\x01\0"  # NFULA_PACKET_HDR
        prefix = struct.pack(f"{order}HH", 6, 10) + b"x\0\0\0"  # NFULA_PREFIX, padded
        return b"\x02\0\0\x05" + header + prefix + struct.pack(f"{order}HH", 4 + len(packet), 9) + packet

    return wrap


def _erf(kind: int, frame: bytes) -> bytes:
    return struct.pack("<QBB", 0, kind, 4) + struct.pack("!HHH", 18 + len(frame), 0, len(frame)) + bytes(2) + frame


def _pktap(link_type: int, frame: bytes) -> bytes:
    start = struct.pack("<III24s", 108, 1, link_type, b"en0") + struct.pack("<III", 0, 2, 14)
    return start.ljust(108, b"\0") + frame


LINKS = {
    "Ethernet": Wrapping(ETHERNET, ethernet),
    "VLAN": Wrapping(ETHERNET, lambda packet: ethernet(b"\x00\x05\x08\x00" + packet, 0x8100)),
    "LLC": Wrapping(ETHERNET, lambda packet: _length_of(b"\x06\x06\x03" + packet)),
    "SNAP": Wrapping(ETHERNET, lambda packet: _length_of(_snap(packet))),
    "SNAP of a bridge": Wrapping(ETHERNET, lambda packet: _length_of(b"\xaa\xaa\x03\0\0\xf8\x08\x00" + packet)),
    "LLC in SLL": Wrapping(113, lambda packet: struct.pack("!HHH8xH", 0, 1, 6, 4) + _snap(packet)),
    "PPP": Wrapping(9, lambda packet: b"\xff\x03\x00\x21" + packet),
    "PPP, compressed header": Wrapping(9, lambda packet: b"\x21" + packet),
    "PPP in HDLC": Wrapping(50, lambda packet: b"\xff\x03\x00\x21" + packet),
    "PPP with direction": Wrapping(204, lambda packet: b"\x01\xff\x03\x00\x21" + packet),
    "PPP of pppd": Wrapping(166, lambda packet: b"\x01\x03\x00\x21" + packet),
    "HDLC": Wrapping(104, lambda packet: b"\x0f\x00\x08\x00" + packet),
    "HDLC as PPP": Wrapping(50, lambda packet: b"\x0f\x00\x08\x00" + packet),
    "ATM": Wrapping(100, _snap),
    "FireWire": Wrapping(138, lambda packet: bytes(16) + b"\x08\x00" + packet),
    "enc": Wrapping(109, lambda packet: struct.pack("<III", 2, 7, 0) + packet),
    "VN tag": Wrapping(ETHERNET, lambda packet: ethernet(bytes(4) + b"\x08\0" + packet, 0x8926)),
    "Cisco's metadata": Wrapping(ETHERNET, lambda packet: ethernet(b"\x01\x01\0\x01\0\x02\x08\0" + packet, 0x8909)),
    "Token Ring": Wrapping(6, lambda packet: b"\x10\x40" + ADDRESSES + _snap(packet)),
    "Token Ring with a route": Wrapping(
        6,
        lambda packet: b"\x10\x40" + ADDRESSES[:6] + b"\x80" + ADDRESSES[7:] + b"\x06\0\0\x12\0\x20" + _snap(packet),
    ),
    "FDDI": Wrapping(10, lambda packet: b"\x50" + ADDRESSES + _snap(packet)),
    "Frame Relay": Wrapping(107, lambda packet: b"\x18\x41\x03\xcc" + packet),
    "Frame Relay, SNAP": Wrapping(107, lambda packet: b"\x18\x41\x03\0\x80\0\0\0\x08\0" + packet),
    "Frame Relay, Cisco": Wrapping(107, lambda packet: b"\x18\x41\x08\0" + packet),
    "Fibre Channel": Wrapping(122, lambda packet: bytes(16) + _snap(packet)),
    "SunATM": Wrapping(123, lambda packet: b"\x02\0\0\x05" + _snap(packet)),
    "ERF": Wrapping(197, lambda packet: _erf(2, ethernet(packet))),
    "IPNET": Wrapping(226, lambda packet: struct.pack("!BBHI16x", 1, 2, 0, len(packet)) + packet),
    "PKTAP": Wrapping(258, lambda packet: _pktap(1, ethernet(packet))),
    "PKTAP without Ethernet": Wrapping(258, lambda packet: _pktap(0, b"\x02\0\0\0" + packet)),
    "PF log": Wrapping(117, lambda packet: b"\x3d\x02\0\0" + bytes(60) + packet),
    "NFLOG": Wrapping(239, nflog("<")),
    "802.11": Wrapping(105, lambda packet: _wifi(0x0801, b"", _snap(packet))),
    "802.11, four addresses": Wrapping(105, lambda packet: _wifi(0x0803, bytes(6), _snap(packet))),
    "802.11 with QoS": Wrapping(105, lambda packet: _wifi(0x8802, b"\0\0", _snap(packet))),
    "802.11 with HT control": Wrapping(105, lambda packet: _wifi(0x8881, b"\0\0" + bytes(4), _snap(packet))),
    "802.11, aggregate": Wrapping(
        105,
        lambda packet: _wifi(0x8801, b"\x80\0", ADDRESSES + struct.pack("!H", 8 + len(packet)) + _snap(packet)),
    ),
    "radiotap": Wrapping(127, lambda packet: struct.pack("<BBHI", 0, 0, 8, 0) + _wifi(0x0802, b"", _snap(packet))),
    "radiotap with padding": Wrapping(
        127,
        lambda packet: (
            struct.pack("<BBHIIQB", 0, 0, 25, 0x80000003, 0, 1, 0x20)[:12]
            + bytes(4)
            + struct.pack("<QB", 1, 0x20)
            + _wifi(0x8801, b"\0\0" + bytes(2), _snap(packet))
        ),
    ),
    "Prism": Wrapping(
        119, lambda packet: struct.pack("<II", 0x44, 144) + bytes(136) + _wifi(0x0802, b"", _snap(packet))
    ),
    "AVS": Wrapping(
        163, lambda packet: struct.pack("!II", 0x80211001, 64) + bytes(56) + _wifi(0x0802, b"", _snap(packet))
    ),
    "PPI": Wrapping(192, lambda packet: struct.pack("<BBHI", 0, 0, 8, 105) + _wifi(0x0802, b"", _snap(packet))),
}
