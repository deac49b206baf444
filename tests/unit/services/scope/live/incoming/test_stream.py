"""A tap's stream, cut into frames."""

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.frames import CaptureDamaged, CaptureError, Frame, NotACapture
from services.scope.capture.reader import read_capture
from services.scope.live.incoming.stream import PcapStream
from shared.pcap import Lost, file_header, losing_frame, naming_frame, record
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.sources import HEADER, records

WHOLE = HEADER + records(session())


def stream() -> PcapStream:
    """Return one that counts its frames itself."""
    return PcapStream(itertools.count(1))


@given(cuts=st.lists(st.integers(0, len(WHOLE))))
def test_however_it_is_cut_it_is_what_a_file_of_it_would_be(cuts: list[int]) -> None:
    """The same frames, and the same bytes behind the header."""
    taken, frames, under_test = b"", list[Frame](), stream()
    for begin, end in itertools.pairwise([0, *sorted(cuts), len(WHOLE)]):
        whole, more = under_test.feed(WHOLE[begin:end])
        taken, frames = taken + whole, frames + more
    under_test.end()
    assert taken == WHOLE[len(HEADER) :]
    assert frames == list(read_capture(io.BytesIO(WHOLE)))


def test_a_packet_that_is_not_whole_yet_is_waited_for() -> None:
    """What is whole is given at once."""
    under_test = stream()
    _, frames = under_test.feed(WHOLE[:-1])
    assert len(frames) == len(session().packets) - 1
    with pytest.raises(CaptureDamaged, match="ends in the middle of a packet"):
        under_test.end()


def test_the_first_frame_may_tell_a_name_and_is_no_packet() -> None:
    """Neither is it kept in the capture, nor does it have a number; a later one is a frame like others."""
    named = record(1, naming_frame("host-1"), 99)
    under_test = stream()
    whole, frames = under_test.feed(HEADER + named + records(session()) + named)
    assert under_test.name == "host-1"
    assert whole == records(session()) + named
    assert [frame.number for frame in frames] == list(range(1, len(session().packets) + 2))


def test_what_a_tap_has_lost_is_no_packet() -> None:
    """Wherever it stands in the stream, the capture goes on without a gap in its numbers."""
    lost = record(1, losing_frame(Lost(7, 5, 9)), 99)
    under_test = stream()
    whole, frames = under_test.feed(HEADER + lost + records(session()) + lost + records(session()) + lost)
    assert under_test.lost == [Lost(7, 5, 9)] * 3
    assert whole == records(session()) * 2
    assert [frame.number for frame in frames] == list(range(1, 2 * len(session().packets) + 1))


def test_without_a_name_the_first_frame_is_a_packet() -> None:
    """As any other program sends a capture."""
    under_test = stream()
    _, frames = under_test.feed(WHOLE)
    assert (under_test.name, len(frames)) == (None, len(session().packets))


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n", b"\xd4\xc3\xb2\xa1" + HEADER[4:], b"\x4d\x3d"])
def test_what_no_tap_sends_is_refused_at_once(start: bytes) -> None:
    """With how it begins."""
    with pytest.raises(NotACapture, match="neither pcap nor pcapng"):
        stream().feed(start)


def test_another_link_is_refused() -> None:
    """A tap captures an Ethernet, or what looks like it."""
    with pytest.raises(CaptureDamaged, match="link type 101"):
        stream().feed(file_header(101, 256))


def test_a_length_that_cannot_be_is_refused() -> None:
    """It must not become memory."""
    with pytest.raises(CaptureDamaged, match="a packet of 4294967295 bytes"):
        stream().feed(HEADER + b"\xff" * 16)


@given(data=st.binary(max_size=400), has_header=st.booleans())
def test_no_bytes_do_harm(data: bytes, has_header: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """They are frames, or are refused."""
    try:
        whole, frames = stream().feed(HEADER + data if has_header else data)
    except CaptureError:
        return
    assert len(whole) == sum(16 + len(frame.captured) for frame in frames)
