"""PPP, and PPPoE."""

import pytest

from services.scope.capture.layers.layer import Next, Reason, Space
from services.scope.capture.layers.ppp import ppp
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.wrapping import ETHERNET, ethernet, not_found, walk_over


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"\xff\x03\x00\x21", Next(Space.ETHER_TYPE, 0x0800)),
        (b"\x00\x57", Next(Space.ETHER_TYPE, 0x86DD)),
        (b"\x57", Next(Space.ETHER_TYPE, 0x86DD)),
        (b"\xff\x03\x21", Next(Space.ETHER_TYPE, 0x0800)),
        (b"\xff\x03\x02\x83", Next(Space.ETHER_TYPE, 0x8848)),
        (b"\xff\x03\xc0\x21", Next(Space.PPP, 0xC021)),
        (b"\x8f\x00\x08\x06", Next(Space.ETHER_TYPE, 0x0806)),
    ],
)
def test_the_protocol_follows_what_both_ends_left_in(header: bytes, expected: Next) -> None:
    """Address and control, or not; two bytes of protocol, or one; Cisco's HDLC, which has an EtherType."""
    walk = walk_over(header + b"\x45", 0, 60)
    assert ppp(walk) == expected
    assert walk.number(0, 1) == 0x45


def test_compressed_ppp_is_named() -> None:
    """MPPE's, which encrypts, has the same number."""
    assert not_found(9, b"\xff\x03\x00\xfd" + bytes(40)) == Reason(Lack.COMPRESSED, "PPP")


@pytest.mark.parametrize("start", [b"\x21\0", b"\x11\x09"])
def test_pppoe_that_is_no_sessions_data_is_malformed(start: bytes) -> None:
    """Another version, or a code that discovery has, which has an EtherType of its own."""
    assert not_found(ETHERNET, ethernet(start + bytes(40), 0x8864)) == Reason(Lack.MALFORMED, "PPPoE")
