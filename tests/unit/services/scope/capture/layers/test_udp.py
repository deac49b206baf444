"""Tunnels in UDP, and what else is on their ports."""

import pytest

from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.wire import RAW
from tests.unit.services.scope.harness.wrapping import not_found, udp

UDP = Reason(Lack.OTHER, "UDP")


@pytest.mark.parametrize(
    ("port", "payload", "reason"),
    [
        (53, bytes(40), UDP),
        (4789, bytes(40), UDP),  # without VXLAN's flag
        (6081, b"\x40" + bytes(40), UDP),  # a version of Geneve that there is not
        (6081, b"\0\0\x08\x06" + bytes(40), Reason(Lack.OTHER, "ARP")),
        (2152, b"\x50\xff" + bytes(40), UDP),  # version 2 of GTP
        (2152, b"\x20\xff" + bytes(40), UDP),  # GTP', which is about charging
        (2152, b"\x30\x01" + bytes(40), Reason(Lack.OTHER, "GTP-U signalling")),
        (2152, b"\x30\xff" + bytes(40), Reason(Lack.OTHER, "GTP-U without IP")),
        (2152, b"\x34\xff" + bytes(9) + b"\x85" + bytes(40), Reason(Lack.MALFORMED, "GTP-U")),  # of no length
        (1701, b"\xc8\x02" + bytes(40), Reason(Lack.OTHER, "L2TP control")),
        (1701, b"\0\x03" + bytes(40), Reason(Lack.OTHER, "L2TP version 3")),
        (3386, b"\x1e\x01" + bytes(40), UDP),
        (3386, b"\x1e\xff" + bytes(40), Reason(Lack.OTHER, "GTP without IP")),
        (4341, bytes(40), Reason(Lack.OTHER, "LISP without IP")),
        (4790, b"\x0c\0\0\x09" + bytes(40), Reason(Lack.OTHER, "VXLAN-GPE")),
        (4790, bytes(40), UDP),
        (5247, b"\x01" + bytes(40), Reason(Lack.ENCRYPTED, "CAPWAP")),
        (5247, b"\0\x10\0\x80" + bytes(40), Reason(Lack.FRAGMENT, "CAPWAP")),
        (5247, b"\0\x10\x01\0" + bytes(40), Reason(Lack.OTHER, "802.11 in CAPWAP")),
        (4500, b"\xff", UDP),
        (4500, bytes(4) + b"IKE", UDP),
        (4500, b"\0\0\0\x01" + bytes(40), Reason(Lack.ENCRYPTED, "IPsec ESP in UDP")),
        (51820, b"\x04\0\0\0" + bytes(40), Reason(Lack.ENCRYPTED, "WireGuard")),
        (51820, b"\x05\0\0\0" + bytes(40), UDP),
    ],
)
def test_what_is_no_tunnel_with_tcp_is_named(port: int, payload: bytes, reason: Reason) -> None:
    """A port alone is no proof."""
    assert not_found(RAW, udp(port, payload)) == reason
