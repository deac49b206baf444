"""Reading pcapng."""

import io
import struct
from collections import Counter

import pytest

from services.scope.capture.frames import CaptureDamaged, Frame, Oddity
from services.scope.capture.reader import read_capture
from tests.unit.services.scope.harness.files import block, enhanced, interface, option, section, simple


def read(data: bytes) -> list[Frame]:
    """Return the frames of a whole file."""
    return list(read_capture(io.BytesIO(data)))


@pytest.mark.parametrize("order", "<>")
def test_packets_of_several_interfaces_are_read(order: str) -> None:
    """Each has its interface's link type and clock unit: microseconds, if it does not say."""
    data = section(order) + interface(order, 1) + interface(order, 113, options=option(order, 9, b"\x09"))
    data += enhanced(order, 0, 5_000_001, b"abc", 1500) + enhanced(order, 1, 2**33, b"defgh")
    assert read(data) == [(1, 5_000_001_000, 1, b"abc", 1500), (2, 2**33, 113, b"defgh", 5)]


@pytest.mark.parametrize(
    ("resolution", "ticks", "t_ns"), [(0, 3, 3 * 10**9), (3, 3, 3 * 10**6), (0x8A, 512, 5 * 10**8)]
)
def test_a_clock_unit_is_a_power_of_ten_or_of_two(resolution: int, ticks: int, t_ns: int) -> None:
    """The highest bit of if_tsresol tells which."""
    data = section("<") + interface("<", options=option("<", 9, bytes([resolution]))) + enhanced("<", 0, ticks, b"")
    assert read(data)[0].t_ns == t_ns


def test_an_interfaces_offset_is_added() -> None:
    """if_tsoffset is in seconds, and may be negative."""
    data = (
        section("<") + interface("<", options=option("<", 14, struct.pack("<q", -2))) + enhanced("<", 0, 5_000_000, b"")
    )
    assert read(data)[0].t_ns == 3_000_000_000


@pytest.mark.parametrize("offset_s", [0, 2**62, -(2**62)])
def test_a_time_beyond_64_bits_is_that_of_the_frame_before(offset_s: int) -> None:
    """It is counted, so that it can be said: no clock and no JSON has such a time."""
    far = interface("<", options=option("<", 14, struct.pack("<q", offset_s)))
    data = section("<") + interface("<") + far + enhanced("<", 0, 7, b"") + enhanced("<", 1, 2**64 - 1, b"abc")
    odd: Counter[Oddity] = Counter()
    assert list(read_capture(io.BytesIO(data), odd))[1] == (2, 7000, 1, b"abc", 3)
    assert odd == {Oddity.IMPOSSIBLE_TIME: 1}


def test_a_simple_packet_has_the_time_of_the_one_before() -> None:
    """It is of the first interface, cut at its snap length, and has no time of its own."""
    data = section("<") + interface("<", snap=4) + enhanced("<", 0, 7, b"") + simple("<", b"abcd", 60)
    assert read(data)[1] == (2, 7000, 1, b"abcd", 60)


def test_a_packet_block_of_old_is_read() -> None:
    """Obsolete, and still in files."""
    body = struct.pack("<HHIIII", 0, 0, 0, 9, 3, 3) + b"abc"
    assert read(section("<") + interface("<") + block("<", 2, body)) == [(1, 9000, 1, b"abc", 3)]


def test_each_section_has_its_own_interfaces_and_byte_order() -> None:
    """As in files that were joined."""
    parts = [
        section(order) + interface(order, link) + enhanced(order, 0, 1, b"") for order, link in (("<", 1), (">", 101))
    ]
    assert [(frame.number, frame.link_type) for frame in read(b"".join(parts))] == [(1, 1), (2, 101)]


def test_other_blocks_are_passed_over() -> None:
    """However long they are: names, statistics, secrets, one's own."""
    data = section("<") + block("<", 5, bytes(8)) + block("<", 0x0BAD, bytes(3_000_000)) + interface("<")
    assert len(read(data + enhanced("<", 0, 1, b"abc") + block("<", 4, b""))) == 1


def test_a_cut_file_gives_what_was_whole() -> None:
    """Then it is told where it ends, wherever that is."""
    whole = section("<") + interface("<") + enhanced("<", 0, 1, b"abc")
    rest = enhanced("<", 0, 2, b"defg")
    for size in range(1, len(rest)):
        frames = read_capture(io.BytesIO(whole + rest[:size]))
        assert next(frames).captured == b"abc"
        with pytest.raises(CaptureDamaged, match="ends in the middle of a block"):
            next(frames)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (section("<") + enhanced("<", 0, 1, b"abc"), "byte 28: a packet of an interface that was not described"),
        (section("<") + block("<", 3, b""), "byte 28: a block that is shorter than what it holds"),
        (section("<") + interface("<") + block("<", 6, bytes(12)), "byte 48: a block that is shorter"),
        (section("<") + interface("<") + block("<", 3, b"\x09\0\0\0abc"), "byte 48: a block that is shorter"),
        (section("<") + struct.pack("<II", 6, 13), "byte 28: a block of 13 bytes"),
        (section("<") + struct.pack("<II", 6, 8), "byte 28: a block of 8 bytes"),
        (section("<") + struct.pack("<II", 6, 2**31), "byte 28: a packet's block of 2147483648 bytes"),
        (section("<") + interface("<")[:-4] + bytes(4), "byte 28: a block whose two lengths differ"),
        (section("<")[:8] + bytes(20), "byte 0: a section without a byte-order mark"),
        (section("<") + interface("<") * 65_537, "more than 65536 interfaces"),
    ],
)
def test_damage_is_told_with_its_place(data: bytes, why: str) -> None:
    """The block's offset, and what is wrong with it."""
    with pytest.raises(CaptureDamaged, match=why):
        read(data)


@pytest.mark.parametrize(("kind", "number"), [(0xBAD, 2), (0x40000BAD, 2), (9, 2), (0x80000001, 1), (4, 1)])
def test_frames_are_numbered_as_in_wireshark(kind: int, number: int) -> None:
    """Which numbers some blocks without a packet as well: anybody's own, and the journal's."""
    data = section("<") + interface("<") + block("<", kind, bytes(8)) + enhanced("<", 0, 7, b"abcd")
    assert [frame.number for frame in read_capture(io.BytesIO(data))] == [number]
