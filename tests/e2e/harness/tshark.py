"""tshark's reading of a capture, and the scope's, in the same words."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from services.scope.capture.decode import Decoder
from services.scope.capture.reader import read_capture
from services.scope.notes import NoteKind
from services.scope.tcp.follow import Follower
from tests.e2e.harness.tools import run_tool

# tshark's fields below tcp.analysis, by the scope's notes.
MARKS = {
    NoteKind.RETRANSMISSION: "retransmission",
    NoteKind.FAST_RETRANSMISSION: "fast_retransmission",
    NoteKind.SPURIOUS_RETRANSMISSION: "spurious_retransmission",
    NoteKind.OUT_OF_ORDER: "out_of_order",
    NoteKind.PREVIOUS_NOT_CAPTURED: "lost_segment",
    NoteKind.DUPLICATE_ACK: "duplicate_ack",
    NoteKind.ACKED_UNSEEN: "ack_lost_segment",
    NoteKind.KEEPALIVE: "keep_alive",
    NoteKind.KEEPALIVE_ACK: "keep_alive_ack",
    NoteKind.ZERO_WINDOW: "zero_window",
    NoteKind.ZERO_WINDOW_PROBE: "zero_window_probe",
    NoteKind.ZERO_WINDOW_PROBE_ACK: "zero_window_probe_ack",
    NoteKind.WINDOW_UPDATE: "window_update",
    NoteKind.WINDOW_FULL: "window_full",
}

_COLUMNS = ["frame.number", "tcp.seq", "tcp.ack", "tcp.len", "tcp.flags", "tcp.window_size"]
_ANALYSIS = {f"tcp.analysis.{field}": note for note, field in MARKS.items()}
_WRAP = 2**32  # tshark's relative numbers wrap, the scope's do not


class Reading(NamedTuple):
    """What both say of one segment."""

    seq: int
    ack: int
    length: int
    flags: int
    window: int
    marks: frozenset[NoteKind]


def tshark(path: Path) -> dict[int, Reading]:
    """Return tshark's reading of each TCP frame."""
    fields = [argument for column in (*_COLUMNS, *_ANALYSIS) for argument in ("-e", column)]
    command = [
        "-r",
        f"/captures/{path.name}",
        "-o",
        "tcp.relative_sequence_numbers:TRUE",
        # Linux's port for VXLAN, which tshark has to be told.
        "-d",
        "udp.port==8472,vxlan",
        "-Y",
        "tcp",
        "-T",
        "fields",
    ]
    # A field that is there twice counts once: an error packet quotes another's header.
    command += ["-E", "separator=;", "-E", "occurrence=l", *fields]
    # As root: the folder of a test is its user's alone.
    options = ("--user", "0:0", "--volume", f"{path.parent}:/captures:ro")
    output = run_tool('tshark "$@"', *command, options=options)
    readings = {}
    for line in output.decode().splitlines():
        values = dict(zip((*_COLUMNS, *_ANALYSIS), line.split(";"), strict=True))
        number, seq, ack, length, flags, window = (int(values[column] or "0", 0) for column in _COLUMNS)
        marks = frozenset(note for column, note in _ANALYSIS.items() if values[column])
        readings[number] = Reading(seq, ack, length, flags, window, _more_special(marks))
    return readings


def scope(path: Path) -> dict[int, Reading]:
    """Return the scope's reading of each TCP frame."""
    decoder, follower = Decoder(), Follower(max_bytes=1 << 40, max_segments=1_000_000)
    with path.open("rb") as stream:
        for frame in read_capture(stream):
            packet = decoder.decode(frame)
            if packet is not None:
                follower.feed(packet)
    readings = {}
    for conversation in follower.drain():
        for segment in conversation.segments:
            marks = frozenset(segment.kinds & MARKS.keys())
            readings[segment.frame] = Reading(
                segment.seq % _WRAP,
                (segment.ack or 0) % _WRAP,
                segment.length,
                segment.flags,
                segment.window,
                marks,
            )
    return readings


def agree(theirs: Reading, ours: Reading) -> bool:
    """Tell whether they say the same, in each their own words.

    Linux probes a zero window with a segment that looks like a keep-alive, which tshark calls it; the scope looks at
    the window too, and knows the answer for what it is.
    """
    wanted = theirs.marks
    if NoteKind.KEEPALIVE in wanted and NoteKind.ZERO_WINDOW_PROBE in ours.marks:
        wanted = wanted - {NoteKind.KEEPALIVE} | {NoteKind.ZERO_WINDOW_PROBE}
    if NoteKind.ZERO_WINDOW in wanted and NoteKind.ZERO_WINDOW_PROBE_ACK in ours.marks:
        wanted |= {NoteKind.ZERO_WINDOW_PROBE_ACK}
    return theirs._replace(marks=wanted) == ours


def agree_but_for_guesses(theirs: Reading, ours: Reading) -> bool:
    """Tell whether they say the same of segments that overtake each other, as `agree` does.

    tshark guesses, in 4.0 otherwise than in 4.4, whether a segment of old numbers is late or sent again, and whether
    the duplicate ACKs before it made that fast; and in 4.0 whether an ACK with a zero window answers a probe. The scope
    holds for late only what it has not seen before.
    """
    return agree(_unguessed(theirs), _unguessed(ours))


def _unguessed(reading: Reading) -> Reading:
    again = {NoteKind.OUT_OF_ORDER, NoteKind.FAST_RETRANSMISSION}
    marks = {NoteKind.RETRANSMISSION if mark in again else mark for mark in reading.marks}
    return reading._replace(marks=frozenset(marks - {NoteKind.ZERO_WINDOW_PROBE_ACK}))


def differences(
    path: Path, same: Callable[[Reading, Reading], bool] = agree
) -> list[tuple[int, Reading | None, Reading | None]]:
    """Return the frames of which tshark and the scope say different things, but for what `same` allows."""
    theirs, ours = tshark(path), scope(path)
    assert theirs, "tshark sees no TCP"
    return [
        (number, theirs.get(number), ours.get(number))
        for number in sorted(theirs.keys() | ours.keys())
        if number not in theirs or number not in ours or not same(theirs[number], ours[number])
    ]


def _more_special(marks: frozenset[NoteKind]) -> frozenset[NoteKind]:
    """Leave out what tshark adds to each special kind of retransmission: that it is one."""
    if marks & {NoteKind.FAST_RETRANSMISSION, NoteKind.SPURIOUS_RETRANSMISSION}:
        return marks - {NoteKind.RETRANSMISSION}
    return marks
