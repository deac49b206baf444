"""Counts what passes a port of the switch: VXLAN with TCP to or from a port in it, other VXLAN, and other IP.

Run inside the switch's namespace: `sniff.py INTERFACE SECONDS TCP_PORT`; one JSON object on stdout.
"""

import json
import socket
import struct
import sys
import time

_ALL, _IPV4, _TCP, _UDP = 0x0003, 0x0800, 6, 17
_VXLAN_PORT = 4789
_ETHERNET, _VXLAN = 14, 8  # bytes of their headers


def inner_ports(frame: bytes) -> tuple[int, ...] | None:
    """Return the ports of the TCP segment inside VXLAN, () for another inner packet, None for no VXLAN."""
    at = _ETHERNET + (frame[_ETHERNET] & 0xF) * 4
    if frame[_ETHERNET + 9] != _UDP or struct.unpack_from("!H", frame, at + 2)[0] != _VXLAN_PORT:
        return None
    inner = at + 8 + _VXLAN + _ETHERNET
    if len(frame) < inner + 20 or struct.unpack_from("!H", frame, inner - 2)[0] != _IPV4 or frame[inner + 9] != _TCP:
        return ()
    return struct.unpack_from("!HH", frame, inner + (frame[inner] & 0xF) * 4)


def main(interface: str, seconds: float, port: int) -> None:
    """Count, and print."""
    counts = {"echo": 0, "tunnelled": 0, "other": 0}
    # Who asks for IPv4 alone sees nothing on a port of a bridge, which takes frames before their protocol is looked at.
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as sock:
        sock.bind((interface, _ALL))
        sock.settimeout(0.1)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                frame = sock.recv(65535)
            except TimeoutError:
                continue
            if struct.unpack_from("!H", frame, 12)[0] != _IPV4:
                continue
            ports = inner_ports(frame)
            counts["other" if ports is None else "echo" if port in ports else "tunnelled"] += 1
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
