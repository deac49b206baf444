"""Which of a host's interfaces leads to the scope: each host may call its own another name."""

import socket

import ifaddr


class NoUplink(Exception):
    """No interface is the one that leads there."""

    def __init__(self, host: str, why: str) -> None:
        self.host, self.why = host, why
        super().__init__(f"no interface leads to {host} ({why})")


def interface_towards(address: tuple[str, int]) -> str:
    """Return the interface that has the address from which this host speaks to another, or to itself.

    A bond, a bridge or a VLAN has the address, and not what it is made of: so a packet is seen there once. No packet is
    sent for this. Raises NoUplink.
    """
    host, port = address
    try:
        family, kind, _, _, sockaddr = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as sock:
            sock.connect(sockaddr)
            own = sock.getsockname()[0]
    except UnicodeError:  # a label that is empty or over 63 characters
        raise NoUplink(host, "it is no host name") from None
    except OSError as error:
        raise NoUplink(host, error.strerror or str(error)) from None
    for adapter in ifaddr.get_adapters():
        if any((entry.ip[0] if isinstance(entry.ip, tuple) else entry.ip) == own for entry in adapter.ips):
            # A second address may have a label of its own (eth0:1).
            return adapter.name.partition(":")[0]
    raise NoUplink(host, f"none has the address {own}")
