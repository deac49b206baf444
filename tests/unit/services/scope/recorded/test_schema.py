"""What a ladder's JSON must have, and what of it has to fit together."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Notice, NoticeKind
from services.scope.document import ladder
from services.scope.model import Note, ServiceNote
from services.scope.notes import OF_SERVICES, NoteKind
from services.scope.recorded import NotALadder
from services.scope.recorded.recording import recording
from services.scope.words.words import Words
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.wire import START_NS, followed

Change = Callable[[dict[str, Any]], object]

_CONNECT = 4  # the client's, among the calls of the session


def refused(change: Change) -> str:
    """Return why a changed document is none."""
    document = orjson.loads(orjson.dumps(ladder(joined(session(), session_calls()))))
    change(document)
    with pytest.raises(NotALadder) as raised:
        recording(orjson.dumps(document))
    return raised.value.why


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda it: it.update(server="10.0.0.2"), "server: should be an address with a port"),
        (lambda it: it.update(outcome="over"), "outcome: Input should be 'open', 'closed'"),
        (lambda it: it.update(segments=[], calls=[]), "the whole: has neither segments nor calls"),
        (lambda it: it["segments"][1].update(flags=["SYM"]), "segments[1].flags[0]: should be one of FIN, SYN, RST"),
        (lambda it: it["segments"][1].update(seq="0"), "segments[1].seq: Input should be a valid integer"),
        (lambda it: it["segments"][1].update(t_ns=2**63), "segments[1].t_ns: Input should be less than"),
        (lambda it: it["segments"][1].update(ack=None), "segments[1]: ack should be there with the flag ACK"),
        (lambda it: it["segments"][1].update(notes=["fast"]), "segments[1]: each note needs a fact"),
        (lambda it: it["segments"][1]["options"].update(fast_open="0"), "segments[1].options.fast_open: String should"),
        (lambda it: it["calls"][_CONNECT].update(call="link"), f"the whole: calls[{_CONNECT}] is no call record"),
        (lambda it: it["calls"][_CONNECT].update(side="tap"), f"the whole: calls[{_CONNECT}].side should be one of"),
        (lambda it: it["calls"][_CONNECT].update(segments=[99]), f"the whole: calls[{_CONNECT}].segments should be"),
        (lambda it: it["calls"][_CONNECT].update(segments=None), f"the whole: calls[{_CONNECT}].segments should be"),
        (lambda it: it["calls"][_CONNECT].update(bytes=2**63), f"the whole: calls[{_CONNECT}] has a number of more"),
        (lambda it: it["calls"][_CONNECT].update(call="recv"), f"the whole: calls[{_CONNECT}].segments should be"),
    ],
)
def test_what_is_wrong_is_named(change: Change, why: str) -> None:
    """With its place and the rule."""
    assert refused(change).startswith(why)


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ({"kind": "strange"}, "segments[0].facts[0].kind: is the name of no note"),
        ({"kind": "by-tcp-info"}, "segments[0]: by-tcp-info without side and state"),
        ({"kind": "no-handshake"}, "segments[0]: has a note of a segment on the whole, or the other way round"),
        (
            {"kind": "corrected", "side": "client", "state": "CLOSED"},
            "segments[0]: corrected without instead_of",
        ),
    ],
)
def test_a_fact_has_what_its_kind_needs(fact: dict[str, Any], why: str) -> None:
    """Else nothing could be said of it."""
    assert refused(lambda it: it["segments"][0].update(notes=["?"], facts=[fact])).startswith(why)


def test_what_is_told_of_checks_is_not_believed() -> None:
    """They are evaluated anew: a document cannot say that a rule holds."""
    document = orjson.loads(orjson.dumps(ladder(joined(session(), session_calls()))))
    document["calls"][_CONNECT]["t0_ns"] = document["segments"][3]["t_ns"]
    (found,) = recording(orjson.dumps(document)).conversations
    assert not all(check.holds for check in found.checks)


def test_what_could_not_be_judged_still_cannot() -> None:
    """The document tells that calls may be missing, and how many rules that concerns: once."""
    lost = Notice(NoticeKind.RECORDS_MISSING, "client", START_NS, count=1, host="here")
    conversation = joined(session(), [*(made for made in session_calls() if made.call != "shutdown"), lost])
    (found,) = recording(orjson.dumps(ladder(conversation))).conversations
    assert (found.notes, found.checks) == (conversation.notes, conversation.checks)


def test_what_a_missing_packet_may_have_broken_is_not_judged_either() -> None:
    """The document tells since when packets may be missing."""
    spoken = session()
    del spoken.packets[2]
    (conversation,) = followed(spoken)
    lost = ServiceNote(NoteKind.PACKETS_LOST, 1, service="tap", subject="rack", since_ns=START_NS)
    conversation.notes.append(lost)
    Assembler(session_calls()).complete(conversation)
    assert Note(NoteKind.UNJUDGED, 1) in conversation.notes
    (found,) = recording(orjson.dumps(ladder(conversation))).conversations
    assert (found.notes, found.checks, found.ahead_ns) == (
        conversation.notes,
        conversation.checks,
        conversation.ahead_ns,
    )


@pytest.mark.parametrize("kind", [kind for kind in NoteKind if kind in OF_SERVICES])
def test_what_a_service_said_is_said_again(kind: NoteKind) -> None:
    """With all that its words need, in either language."""
    (conversation,) = followed(session())
    said = ServiceNote(kind, 3, service="server", reason="rate", subject="clock_stepped")
    conversation.notes = [said]
    (found,) = recording(orjson.dumps(ladder(conversation))).conversations
    assert [Words("zh").note(note) for note in found.notes] == [Words("zh").note(said)]


def test_a_segment_that_was_captured_twice_is_one() -> None:
    """Its first note says so: it is no row, and no call's."""
    (conversation,) = followed(session())
    conversation.segments[-1].notes = [Note(NoteKind.COPY, 1)]
    (found,) = recording(orjson.dumps(ladder(conversation))).conversations
    assert [number for number, one in enumerate(found.segments, 1) if one.is_copy] == [len(found.segments)]
