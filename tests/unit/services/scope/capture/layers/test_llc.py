"""LLC and SNAP."""

import pytest

from services.scope.capture.layers.layer import Next, Space
from services.scope.capture.layers.llc import llc
from tests.unit.services.scope.harness.wrapping import walk_over


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"\xaa\xaa\x03\0\0\0\x08\x00", Next(Space.ETHER_TYPE, 0x0800)),
        (b"\xaa\xab\x03\0\0\0\x86\xdd", Next(Space.ETHER_TYPE, 0x86DD)),  # a response
        (b"\xaa\xaa\x03\0\0\xf8\x08\x06", Next(Space.ETHER_TYPE, 0x0806)),
        (b"\xaa\xaa\x03\0\0\x0c\x20\x00", Next(Space.ETHER_TYPE, 0x2000)),  # Cisco's own: CDP
        (b"\xaa\xaa\x03\x08\x00\x07\x80\x9b", Next(Space.LLC, 0xAA)),  # Apple's own
        (b"\x06\x06\x03", Next(Space.ETHER_TYPE, 0x0800)),
        (b"\x42\x42\x03", Next(Space.LLC, 0x42)),
        (b"\xf0\xf0\x00\x01", Next(Space.LLC, 0xF0)),  # a control field of two bytes
    ],
)
def test_the_header_tells_what_follows(header: bytes, expected: Next) -> None:
    """By service access point, or by SNAP's organisation and its protocol."""
    walk = walk_over(header + b"\x45", 0, 60)
    assert llc(walk) == expected
    assert walk.number(0, 1) == 0x45
