"""The ladder as JSON, by its contract."""

import orjson

from services.scope.document import document, ladder
from services.scope.model import CorrectionNote, Options, ServiceNote, State
from services.scope.notes import NoteKind
from services.scope.tunnels import Tunnel, TunnelKind
from shared.calls import as_record
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.points.by_hand import seen_from_two
from tests.unit.services.scope.harness.points.ladders import lossy
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS, followed

CONTRACT = [
    "t_ns",
    "from",
    "flags",
    "seq",
    "ack",
    "length",
    "window",
    "options",
    "notes",
    "client_state",
    "server_state",
]
SEEN_FROM_TWO = ["left_ns", "arrived_ns", "lost"]


def test_a_conversation_has_the_fields_of_the_contract() -> None:
    """In its order, and behind them what was added to it."""
    found = ladder(joined(session(), session_calls()))
    assert list(found) == ["client", "server", "outcome", "notes", "segments", "calls", "checks"]
    assert (found["client"], found["server"], found["outcome"]) == ("10.0.0.1:40000", "10.0.0.2:5000", "closed")
    assert list(found["segments"][0]) == [*CONTRACT, "inferred", "frame", "number", *SEEN_FROM_TWO]
    assert list(found["checks"][0]) == ["rule", "holds", "detail"]


def test_tunnels_are_told_where_there_are_any() -> None:
    """As kinds and numbers, the outermost first."""
    conversation = joined(session(), session_calls())
    conversation.tunnels = (Tunnel(TunnelKind.GRE), Tunnel(TunnelKind.VXLAN, 42))
    expected = [{"kind": "GRE", "number": None}, {"kind": "VXLAN", "number": 42}]
    assert orjson.loads(orjson.dumps(ladder(conversation)["tunnels"])) == expected


def test_a_segment_is_told_in_the_contracts_words() -> None:
    """Relative numbers, states by their RFC's names, the options that it carries."""
    assert orjson.loads(orjson.dumps(ladder(joined(session(), []))["segments"][1])) == {
        "t_ns": START_NS + 2 * MILLISECOND_NS,
        "from": "server",
        "flags": ["SYN", "ACK"],
        "seq": 0,
        "ack": 1,
        "length": 0,
        "window": 65_160,
        "options": {"mss": 1460, "window_scale": 7},
        "notes": [],
        "client_state": "ESTABLISHED",
        "server_state": "SYN-RECEIVED",
        "inferred": False,
        "frame": 2,
        "number": 2,
        "left_ns": None,
        "arrived_ns": None,
        "lost": None,
    }


def test_a_loss_is_told_as_text_and_as_facts() -> None:
    """Where a segment was seen last, and where it should have come; its times are null where it was not seen."""
    conversation = seen_from_two(joined(session(), []))
    found = orjson.loads(orjson.dumps(ladder(conversation)))
    assert found["vantages"] == ["laptop", "rack"]
    assert found["clocks"] == [
        {
            "vantage": "laptop",
            "first_ns": START_NS,
            "last_ns": START_NS + 10,
            "first": {"likely_ns": 5, "least_ns": 4, "most_ns": None},
            "last": {"likely_ns": 6, "least_ns": 5, "most_ns": None},
            "is_possible": True,
        }
    ]
    between, dropped = (found["segments"][number] for number in (0, 3))
    assert [between[name] for name in SEEN_FROM_TWO] == [START_NS, None, "lost between laptop and rack"]
    assert between["loss"] == {"place": "between", "last": "laptop", "next": "rack", "length": None}
    assert dropped["lost"] == "2 bytes of it dropped after its arrival at rack"
    assert dropped["loss"] == {"place": "after arrival", "last": "rack", "next": None, "length": 2}


def test_notes_are_told_as_facts_beside_their_text() -> None:
    """In the same order, by the kinds' names outside, with what belongs to each; absent where there are none."""
    (conversation,) = followed(talk("a_syn_is_sent_again"))
    service = ServiceNote(NoteKind.UNWATCHED, 7, service="server", reason="rate")
    corrected = CorrectionNote(
        NoteKind.CORRECTED, 3, side="client", state=State.CLOSED, call="recv", instead_of=State.ESTABLISHED
    )
    conversation.notes = [service, corrected]
    found = orjson.loads(orjson.dumps(ladder(conversation)))
    assert found["segments"][1]["facts"] == [{"kind": "retransmission", "number": 1}]
    assert "facts" not in found["segments"][0]
    assert found["facts"] == [
        {"kind": "unwatched", "number": 7, "service": "server", "reason": "rate"},
        {
            "kind": "corrected",
            "number": 3,
            "side": "client",
            "state": "CLOSED",
            "call": "recv",
            "instead_of": "ESTABLISHED",
        },
    ]
    assert len(found["notes"]) == len(found["facts"])


def test_every_option_can_be_told() -> None:
    """The cookie of Fast Open in hexadecimal; a window scale of 0 is one."""
    (conversation,) = followed(session())
    conversation.segments[0].options = Options(1460, 0, True, ((1, 5),), (7, 0), b"\x01\xff")
    (segment, *_) = orjson.loads(orjson.dumps(ladder(conversation)["segments"]))
    assert segment["options"] == {
        "mss": 1460,
        "window_scale": 0,
        "sack_permitted": True,
        "sack": [[1, 5]],
        "timestamps": [7, 0],
        "fast_open": "01ff",
    }
    conversation.segments[0].options = Options(fast_open=b"")
    assert ladder(conversation)["segments"][0]["options"] == {"fast_open": ""}


def test_a_call_is_its_record_with_its_segments() -> None:
    """Every field, as it came, and the side whose it is."""
    made = call("client", "connect", 0.9, 2.1)
    assert ladder(joined(session(), [made]))["calls"] == [as_record(made) | {"side": "client", "segments": [0, 1]}]


def test_a_document_comes_in_pieces() -> None:
    """One for each conversation, and together JSON, also with none."""
    conversations = [*followed(session()), *followed(talk("nobody_listens"))]
    pieces = list(document(conversations, lambda: {"calls": [], "notes": ["none"]}))
    found = orjson.loads(b"".join(pieces))
    assert len(pieces) == 3
    assert [len(one["segments"]) for one in found["conversations"]] == [9 + 1, 2]
    assert found["notes"] == ["none"]
    empty = b"".join(document([], lambda: {"calls": [], "notes": []}))
    assert orjson.loads(empty) == {"conversations": [], "calls": [], "notes": []}


def test_where_the_time_went_is_told_in_numbers() -> None:
    """Each part once; of the slowest message also how long it was on its way; nothing of one capture alone."""
    found = ladder(lossy())["spent"]
    assert found["took_ns"] == sum(part["took_ns"] for part in found["parts"])
    assert {"on": "sending again", "side": "client", "took_ns": 611_000_000} in found["parts"]
    slowest = found["slowest"]
    assert (slowest["first"], slowest["request"], slowest["answer"]) == (3, 5, 6)
    assert slowest["there"] == slowest["back"] == {"least_ns": 392_500, "most_ns": 407_500}
    assert "spent" not in ladder(joined(session(), []))
