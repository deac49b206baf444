"""Links that are seldom met; those with TCP are read as all the others."""

import struct

import pytest

from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.wrapping import not_found


@pytest.mark.parametrize(
    ("link_type", "frame", "reason"),
    [
        (107, b"\x18\x41\x03\x81" + bytes(60), Reason(Lack.OTHER, "Frame Relay")),
        (107, b"\x18" * 8, Reason(Lack.CUT_OFF)),  # an address without an end
        (123, b"\x01" + bytes(60), Reason(Lack.OTHER, "ATM")),
        (197, struct.pack("<QBB", 0, 5, 4) + bytes(60), Reason(Lack.OTHER, "ERF type 5")),
        (197, struct.pack("<QBB", 0, 0x80 | 5, 4) + bytes(60), Reason(Lack.OTHER, "ERF type 5")),
        (226, bytes(60), Reason(Lack.MALFORMED, "IP")),
        (258, struct.pack("<III", 12, 1, 189) + bytes(60), Reason(Lack.OTHER, "USB")),
        (258, struct.pack("<III", 0, 1, 258) + bytes(60), Reason(Lack.TOO_DEEP)),  # itself, for ever
    ],
)
def test_what_has_no_tcp_is_named(link_type: int, frame: bytes, reason: Reason) -> None:
    """By its own name, where it has one."""
    assert not_found(link_type, frame) == reason
