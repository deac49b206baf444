"""A capture read from end to end."""

import io

import orjson
import pytest

from services.scope.calls.assemble import Assembler
from services.scope.capture.frames import NotACapture
from services.scope.document import document
from services.scope.model import Conversation
from services.scope.read.capture_file import CaptureFile
from services.scope.read.reading import Reading
from services.scope.words.words import Words
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, session, session_calls
from tests.unit.services.scope.harness.files import enhanced, interface, option, section
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import RAW, Talk, capture

ENGLISH = Words("en")
UDP = bytes.fromhex("4500001c000100004011000001020304050607080001000200080000")


def read(data: bytes, calls: list[Call]) -> tuple[list[Conversation], Reading]:
    """Return the conversations of a capture, and their reading."""
    reading = Reading([CaptureFile("x.pcap", io.BytesIO(data))], Assembler(calls))
    return list(reading.run()), reading


def test_a_capture_and_its_calls_become_one() -> None:
    """With nothing more to say."""
    (conversation,), reading = read(capture(session().packets), session_calls())
    assert (len(conversation.segments), len(conversation.calls)) == (10, 14)
    assert reading.remarks(ENGLISH) == []


def test_packets_without_calls_are_read() -> None:
    """And it says so: whoever has calls may have forgotten them, or have those of another time."""
    packets = capture(session().packets)
    assert read(packets, [])[1].remarks(ENGLISH) == ["no calls are of a conversation in it: the packets stand alone"]
    elsewhere = [call("client", "connect", 10**6, 10**6 + 1)]
    conversations, reading = read(packets, elsewhere)
    assert [len(conversation.segments) for conversation in conversations] == [10, 0]
    assert reading.remarks(ENGLISH) == [
        "1 call record, and it is of no conversation here: the packets stand alone",
        (
            "the calls are of another time: 2023-11-14 22:30:00 to 2023-11-14 22:30:00 UTC; "
            "the capture: 2023-11-14 22:13:20 to 2023-11-14 22:13:20 UTC"
        ),
        "of 1 connection there are calls, but no packet was captured",
    ]


def test_calls_without_packets_are_listed() -> None:
    """Each as it was; what did not reach the capture was never there for it."""
    (conversation,), reading = read(capture([]), session_calls())
    assert len(conversation.calls) == 14
    assert reading.remarks(ENGLISH) == [
        "there is no frame in it",
        "of 1 connection there are calls, but no packet was captured",
    ]


def test_a_capture_without_tcp_says_what_is_in_it() -> None:
    """By reason, the most frequent first."""
    conversations, reading = read(capture([(1, UDP), (2, UDP), (3, b"")]), [])
    assert conversations == []
    assert reading.remarks(ENGLISH) == ["no TCP is read in 3 frames: UDP (2), headers not captured (1)"]


def test_of_a_half_written_capture_what_was_whole_is_read() -> None:
    """And where it ends is said."""
    data = capture(session().packets)
    (conversation,), reading = read(data[:-5], session_calls())
    assert len(conversation.segments) == 9
    assert reading.remarks(ENGLISH)[0].startswith("the capture is damaged at byte ")


def test_what_is_no_capture_is_refused() -> None:
    """Before anything is given."""
    with pytest.raises(NotACapture):
        read(b"GIF89a", [])


def test_conversations_are_let_go_as_they_end() -> None:
    """So that a capture of any length fits in memory; its last conversations come last."""
    follower_is_full = 3000
    talks = []
    for number in range(follower_is_full):
        refused = Talk(1024 + number)
        refused.client("SYN", 0, after_ms=number * 10 + 1)
        refused.server("RST ACK", 0, 1)
        talks += refused.packets
    reading = Reading([CaptureFile("x.pcap", io.BytesIO(capture(talks)))], Assembler())
    assert next(reading.run()).client.port == 1024
    assert reading.packets < len(talks)


def test_what_is_of_no_conversation_is_in_the_documents_rest() -> None:
    """As call records, and as remarks."""
    reading = read(capture(talk("nobody_listens").packets), session_calls()[:2])[1]
    rest = reading.rest()
    assert [found["call"] for found in rest["calls"]] == ["bind", "listen"]
    assert rest["notes"] == reading.remarks(ENGLISH) != []


def test_times_that_cannot_be_are_said() -> None:
    """And the document is whole."""
    (t_ns, syn), *rest = session().packets
    data = section("<") + interface("<", RAW, options=option("<", 9, b"\x09")) + enhanced("<", 0, t_ns, syn)
    data += b"".join(enhanced("<", 0, 2**64 - 1, packet) for _, packet in rest)
    (conversation,), reading = read(data, session_calls())
    assert {segment.t_ns for segment in conversation.segments} == {t_ns}
    assert orjson.loads(b"".join(document([conversation], reading.rest)))["notes"] == [
        "9 frames have a time that cannot be, beyond the year 2262: shown with the time of the frame before"
    ]
