"""Addresses as strace writes them."""

import pytest

from shared.strace.names import Name, read_name, read_sockaddr

ZERO = "\\x00"
VERBOSE = 'sin_addr="\\x7f\\x00\\x00\\x01" /* inet_addr("127.0.0.1") */'


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TCP:[10.0.0.1:5000->10.0.0.2:40000]", Name(True, "10.0.0.1:5000", "10.0.0.2:40000")),
        ("TCP:[0.0.0.0:5000]", Name(True, "0.0.0.0:5000")),
        ("TCPv6:[[::]:5000]", Name(True, "[::]:5000")),
        ("TCPv6:[[fe80::1%eth0]:5->[fe80::2]:6]", Name(True, "[fe80::1]:5", "[fe80::2]:6")),
        ("TCPv6:[[::ffff:10.0.0.1]:5->[::ffff:10.0.0.2]:6]", Name(True, "10.0.0.1:5", "10.0.0.2:6")),
        ("TCP:[123]", Name(True, inode=123)),
        ("MPTCP:[123]", Name(True, inode=123)),
        ("socket:[123]", Name(None, inode=123)),
        ("UDP:[10.0.0.1:53->10.0.0.2:1]", Name(False)),
        ('UNIX-STREAM:[1->2, "/run/x"]', Name(False)),
        ("NETLINK:[ROUTE:12]", Name(False)),
        ("/srv/TCP:[1]", Name(False)),
        ("pipe:[5]", Name(False)),
        ("", Name(False)),
    ],
)
def test_what_stands_behind_a_descriptor(text: str, name: Name) -> None:
    """TCP sockets are told from all others; IPv4 within IPv6 is IPv4."""
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16', "1.2.3.4:80"),
        (
            '3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("\\x31\\x2e\\x32\\x2e\\x33\\x2e\\x34")}',
            "1.2.3.4:80",
        ),
        (
            '{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr)}',
            "[::1]:80",
        ),
        ('{sa_family=AF_INET6, sin6_port=htons(8), inet_pton(AF_INET6, "::ffff:1.2.3.4", &sin6_addr)}', "1.2.3.4:8"),
        ('{sa_family=0x2, sin_port="\\x01\\xbb", sin_addr="\\x7f\\x00\\x00\\x01"}, 16', "127.0.0.1:443"),
        (f'{{sa_family=0x2 /* AF_INET */, sin_port="{ZERO * 2}" /* htons(443) */, {VERBOSE}}}', "127.0.0.1:443"),
        (
            f'{{sa_family=0xa, sin6_port="\\x01\\xbb", sin6_flowinfo="{ZERO * 4}", sin6_addr="{ZERO * 15}\\x01"}}',
            "[::1]:443",
        ),
        ('{sa_family=AF_UNIX, sun_path="/run/x"}, 110', None),
        ("3, NULL, NULL", None),
    ],
)
def test_the_address_in_a_calls_arguments(text: str, address: str | None) -> None:
    """IPv4, IPv6 and IPv4 within IPv6, as text or as hexadecimal; no others."""
    assert read_sockaddr(text) == address
