"""Wi-Fi's data frames."""

import struct

import pytest

from services.scope.capture.layers.layer import Next, Reason, Space
from services.scope.capture.layers.wifi import radiotap, wifi
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.wrapping import not_found, walk_over

IPV4_IN_SNAP = b"\xaa\xaa\x03\0\0\0\x08\x00\x45"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\x80\0" + bytes(30), Reason(Lack.OTHER, "802.11 management")),
        (b"\xd4\0" + bytes(30), Reason(Lack.OTHER, "802.11 control")),
        (b"\x0c\0" + bytes(30), Reason(Lack.OTHER, "802.11 extension")),
        (b"\x48\x01" + bytes(30), Reason(Lack.OTHER, "802.11 without data")),
        (b"\xc8\x01" + bytes(30), Reason(Lack.OTHER, "802.11 without data")),  # with QoS
        (b"\x08\x41" + bytes(30), Reason(Lack.ENCRYPTED, "802.11")),
        (b"\x08\x01" + bytes(20) + b"\x11\0" + bytes(30), Reason(Lack.FRAGMENT, "802.11")),
        (b"\x08\x01" + bytes(20), Reason(Lack.CUT_OFF)),
    ],
)
def test_what_holds_no_packet_is_named(frame: bytes, reason: Reason) -> None:
    """By its type, or by what hides its content."""
    assert not_found(105, frame) == reason


@pytest.mark.parametrize(
    ("control", "more"),
    [
        (0x0801, 0),
        (0x0800, 0),
        (0x0803, 6),  # between two access points: a fourth address
        (0x8801, 2),  # QoS
        (0x8803, 8),
        (0x8881, 6),  # QoS, then HT control
        (0x0881, 0),  # the order bit without QoS is about order
    ],
)
def test_the_header_is_as_long_as_its_bits_say(control: int, more: int) -> None:
    """Behind it is LLC."""
    walk = walk_over(struct.pack("!H", control) + bytes(22 + more) + IPV4_IN_SNAP, 0, 100)
    assert wifi(walk) == Next(Space.ETHER_TYPE, 0x0800)
    assert walk.number(0, 1) == 0x45


@pytest.mark.parametrize(
    ("present", "fields", "is_padded"),
    [
        ([0], b"", False),
        ([0x2], b"\x20", True),
        ([0x2], b"\x10", False),
        ([0x3], bytes(8) + b"\x20", True),
        ([0x3], bytes(8) + b"\x10", False),
        ([0x80000002, 0], b"\x20", True),
        ([0x80000003, 0], bytes(4) + bytes(8) + b"\x20", True),  # the time is aligned to 8 bytes
        ([0x80000003, 0x80000000, 0], bytes(8) + b"\x20", True),
    ],
)
def test_radiotaps_flags_tell_of_padding(present: list[int], fields: bytes, is_padded: bool) -> None:  # noqa: FBT001 - a case
    """The header is then filled up to four bytes; where the flags stand depends on the fields before them."""
    length = 4 + 4 * len(present) + len(fields)
    header = struct.pack(f"<BBH{len(present)}I", 0, 0, length, *present) + fields
    frame = b"\x88\x01" + bytes(24) + bytes(2 if is_padded else 0) + IPV4_IN_SNAP
    walk = walk_over(header + frame, 0, 200)
    assert radiotap(walk) == Next(Space.ETHER_TYPE, 0x0800)
    assert walk.number(0, 1) == 0x45
