"""Reading classic pcap."""

import io
import struct

import pytest

from services.scope.capture.frames import CaptureDamaged, Frame
from services.scope.capture.reader import read_capture
from tests.unit.services.scope.harness.files import pcap


def read(data: bytes) -> list[Frame]:
    """Return the frames of a whole file."""
    return list(read_capture(io.BytesIO(data)))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("nanoseconds", "unit_ns"), [(False, 1000), (True, 1)])
def test_each_unit_and_byte_order_is_read(order: str, nanoseconds: bool, unit_ns: int) -> None:  # noqa: FBT001 - a case
    """Times come out in nanoseconds."""
    time = 1_700_000_000 * 10**9 // unit_ns + 123_456
    data = pcap(order, [(time, b"abc"), (time + 1, b"")], nanoseconds=nanoseconds, link_type=113)
    assert read(data) == [(1, time * unit_ns, 113, b"abc", 3), (2, (time + 1) * unit_ns, 113, b"", 0)]


def test_what_the_link_type_says_of_checksums_is_left_out() -> None:
    """Its upper bits tell how long a frame's checksum is."""
    data = pcap("<", [(0, b"abc")], nanoseconds=True, link_type=0x2400_0001)
    assert read(data)[0].link_type == 1


def test_a_cut_file_gives_what_was_whole() -> None:
    """Then it is told where it ends, wherever that is."""
    data = pcap("<", [(0, b"abc"), (1, b"defg")], nanoseconds=True)
    for size in range(24 + 19 + 1, len(data)):
        frames = read_capture(io.BytesIO(data[:size]))
        assert next(frames).captured == b"abc"
        with pytest.raises(CaptureDamaged, match="damaged at byte 43: ends in the middle of a packet"):
            next(frames)


def test_a_length_that_cannot_be_is_damage() -> None:
    """It must not become memory."""
    data = bytearray(pcap("<", [(0, b"abc")], nanoseconds=True))
    data[32:36] = b"\xff\xff\xff\x7f"
    with pytest.raises(CaptureDamaged, match="damaged at byte 24: a packet of 2147483647 bytes"):
        read(bytes(data))


def test_a_file_of_a_header_alone_is_whole() -> None:
    """Nothing was captured."""
    assert read(pcap(">", [], nanoseconds=False)) == []


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("version", [(2, 0), (2, 1), (2, 2), (2, 3), (543, 0)])
def test_the_lengths_of_an_old_version_are_swapped(order: str, version: tuple[int, int]) -> None:
    """The length on the link stood first; so it still does in DG/UX's version 543."""
    data = pcap(order, [], nanoseconds=False, version=version)
    data += struct.pack(f"{order}IIII", 1, 2, 60, 3) + b"abc" + struct.pack(f"{order}IIII", 1, 3, 4, 4) + b"defg"
    assert read(data) == [(1, 1_000_002_000, 1, b"abc", 60), (2, 1_000_003_000, 1, b"defg", 4)]


def test_version_2_3_has_its_lengths_in_either_order() -> None:
    """What was kept of a packet is never longer than the packet."""
    data = pcap("<", [], nanoseconds=False, version=(2, 3)) + struct.pack("<IIII", 0, 0, 3, 60) + b"abc"
    assert read(data) == [(1, 0, 1, b"abc", 60)]


@pytest.mark.parametrize("order", "<>")
def test_a_patched_libpcaps_longer_records_are_read(order: str) -> None:
    """Kuznetsov's, which distributions of Linux had once: interface, protocol and type stand behind the lengths."""
    data = struct.pack(f"{order}IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65_535, 1)
    data += struct.pack(f"{order}IIIIIHBx", 1, 2, 3, 60, 7, 0x0800, 4) + b"abc"
    assert read(data) == [(1, 1_000_002_000, 1, b"abc", 60)]


def test_a_version_that_nobody_knows_is_named() -> None:
    """Its records may be anything."""
    with pytest.raises(CaptureDamaged, match=r"damaged at byte 4: version 3\.1 of pcap, which nobody knows"):
        read(pcap("<", [(0, b"abc")], nanoseconds=True, version=(3, 1)))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("magic", "unit_ns"), [(0x1C0001AB, 1000), (0x1C0001AC, 1)])
def test_a_header_may_end_in_the_length_of_all_records(order: str, magic: int, unit_ns: int) -> None:
    """Ixia writes such captures."""
    header = struct.pack(f"{order}IHHiIIII", magic, 2, 4, 0, 0, 65_535, 1, 19)
    assert read(header + struct.pack(f"{order}IIII", 1, 5, 3, 60) + b"abc") == [
        Frame(1, 1_000_000_000 + 5 * unit_ns, 1, b"abc", 60)
    ]
