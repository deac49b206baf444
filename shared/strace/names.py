"""Addresses as strace writes them: behind a descriptor (`-y`, `-yy`), and as the arguments of a call."""

import re
import socket
from functools import lru_cache
from typing import NamedTuple

from shared.calls import address

# Protocols whose sockets carry TCP: of MPTCP an accepted connection of a plain peer is TCP itself.
_TCP = ("TCP", "TCPv6", "MPTCP", "MPTCPv6")

# Every line of a socket repeats its name: parsed once, it is found in this cache.
_MAX_NAMES = 1024

_NAME = re.compile(r"(\w+):\[(.*)\]$")
_ENDPOINT = re.compile(r"\[?([0-9a-fA-F.:]+)(?:%\w+)?\]?:(\d{1,5})$")
_PORT = re.compile(r'sin6?_port=(?:"[^"]{8}" /\* )?htons\((\d{1,5})\)')
_HOST = re.compile(r'inet_addr\("([^"]{1,80})"\)|inet_pton\(AF_INET6, "([^"]{1,200})"')

# Without names (-X raw) both are bytes in network order.
_RAW = re.compile(r'sin6?_port="((?:\\x[0-9a-f]{2}){2})".*sin6?_addr="((?:\\x[0-9a-f]{2}){4}|(?:\\x[0-9a-f]{2}){16})"')
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_IPV6_BYTES = 16


class Name(NamedTuple):
    """What is written behind a descriptor: whether it is a TCP socket (None: a socket of unknown kind)."""

    is_tcp: bool | None
    local: str | None = None
    peer: str | None = None
    inode: int | None = None


_OTHER = Name(is_tcp=False)


@lru_cache(maxsize=_MAX_NAMES)
def read_name(text: str) -> Name:
    """Read what stands between < and > behind a descriptor: `TCP:[10.0.0.1:5000->10.0.0.2:40000]`, `socket:[123]`."""
    found = _NAME.match(text)
    if found is None or (found[1] not in _TCP and found[1] != "socket"):
        return _OTHER
    inside = found[2]
    if inside.isascii() and inside.isdigit():
        return Name(None if found[1] == "socket" else True, inode=int(inside))
    local, arrow, peer = inside.partition("->")
    if found[1] == "socket" or _endpoint(local) is None:
        return Name(is_tcp=found[1] != "socket")
    return Name(True, _endpoint(local), _endpoint(peer) if arrow else None)


def read_sockaddr(text: str) -> str | None:
    """Return the first IPv4 or IPv6 address of a call's arguments as `ip:port`, in the form of the call records."""
    port = _PORT.search(text)
    host = _HOST.search(text)
    if port is None or host is None:
        return _read_raw(text)
    ip = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), host[1] or host[2])
    return address((ip, int(port[1])))


def _read_raw(text: str) -> str | None:
    found = _RAW.search(text)
    if found is None:
        return None
    port, ip = (bytes.fromhex(part.replace("\\x", "")) for part in found.groups())
    family = socket.AF_INET6 if len(ip) == _IPV6_BYTES else socket.AF_INET
    return address((socket.inet_ntop(family, ip), int.from_bytes(port)))


def _endpoint(text: str) -> str | None:
    found = _ENDPOINT.match(text)
    return address((found[1], int(found[2]))) if found is not None else None
