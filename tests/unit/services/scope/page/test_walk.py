"""A ladder to step through."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

from services.scope.draw.view import View
from services.scope.page.walk import walk
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.points.ladders import crossing, lossy
from tests.unit.services.scope.harness.sources import records
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import followed

_HALVES = ("departure", "arrival")

_SESSION = joined(session(), session_calls())


def test_each_row_is_a_group_of_the_picture() -> None:
    """So that a script finds what it lights."""
    walked = walk(_SESSION, {}, View())
    for number in range(len(walked["rows"])):
        assert walked["svg"].count(f'data-row="{number}"') == 1
    assert f'data-row="{len(walked["rows"])}"' not in walked["svg"]


def test_what_belongs_together_is_what_the_join_says() -> None:
    """A row of a call is lit with its segments, and a segment with the calls that it is joined to, and no other."""
    rows = walk(_SESSION, {}, View())["rows"]
    for number, row in enumerate(rows):
        lit = [rows[other] for other in row["with"]]
        if row["kind"] == "segment":
            calls = {index for index, one in enumerate(_SESSION.calls) if row["segment"] in one.segments}
            assert {other["call"] for other in lit} == calls
        else:
            assert {o["segment"] for o in lit if o["kind"] == "segment"} == set(_SESSION.calls[row["call"]].segments)
            assert {o["call"] for o in lit if o["kind"] != "segment"} <= {row["call"]}
        assert all(number in rows[other]["with"] for other in row["with"])


def test_a_row_says_what_it_is_and_means_in_the_language() -> None:
    """With both ends' states after a segment."""
    english, chinese = (walk(_SESSION, {}, View(lang=lang))["rows"] for lang in ("en", "zh"))
    syn = next(row for row in english if row["kind"] == "segment")
    assert syn["name"] == "#1 client: SYN seq=0"
    assert syn["states"] == ["SYN-SENT", "LISTEN?"]
    assert "SYN" in syn["said"]
    assert any("三次握手" in row["said"] for row in chinese)


def test_a_segment_has_its_header_and_bytes() -> None:
    """By the RFC's names; bytes where they were kept."""
    walked = walk(_SESSION, {0: records(session())}, View())
    fields = dict(walked["segments"][0]["fields"])
    assert fields["Destination Port"] == "5000"
    assert fields["Control Bits"] == "SYN"
    assert fields["Option: Maximum Segment Size"] == "1460"
    assert walked["segments"][0]["bytes"].startswith("00" * 12 + "0800")
    assert walked["segments"][1]["bytes"] is None


def test_a_picture_to_scale_has_long_waits_long() -> None:
    """A second between two rows is much of its height, a millisecond is little."""
    (conversation,) = followed(talk("a_syn_is_sent_again"))
    plain, scaled = (_tops(walk(conversation, {}, View(to_scale=to_scale))["svg"]) for to_scale in (False, True))
    (plain_step,), (scaled_step,) = ([then - first for first, then in pairwise(tops)] for tops in (plain, scaled))
    assert scaled_step > plain_step + 1000


def test_every_row_is_there_where_nothing_is_folded() -> None:
    """For whoever wants to see each segment of a long transfer."""
    spoken = session()
    for number in range(200):
        spoken.client("PSH ACK", 100 + number, 7, 1)
    (conversation,) = followed(spoken)
    folded, whole = (walk(conversation, {}, View(folded=folded))["rows"] for folded in (True, False))
    assert any(row["kind"] == "fold" for row in folded)
    assert [row["segment"] for row in whole] == list(range(len(conversation.segments)))


def test_its_title_stands_once() -> None:
    """Whoever shows it has title and summary above the picture: there they can be read, and copied, at any zoom."""
    walked = walk(_SESSION, {}, View())
    assert walked["title"] == "10.0.0.1:40000 → 10.0.0.2:5000"
    assert not re.findall(r"<text[^>]*>[^<]*→ 10\.0\.0\.2", walked["svg"])


def test_a_programs_name_is_only_text() -> None:
    """Whoever sends a datagram chooses a name: the picture stays XML, and has no element of its making."""
    hostile = "<script>alert(1)</script>\u202e\0'\"&"
    calls = [replace(call, program=hostile) for call in session_calls()]
    svg = ET.fromstring(walk(joined(session(), calls), {}, View())["svg"])  # noqa: S314 - ours
    assert not [element for element in svg.iter() if element.tag.rpartition("}")[2] in ("script", "img")]
    assert any("<script>" in (element.text or "") for element in svg.iter())


def test_what_left_and_what_arrived_belong_together() -> None:
    """A segment that has two rows is lit in both; the state of its receiver changes in the second."""
    rows = walk(crossing(), {}, View(own_numbers=True))["rows"]
    departure, arrival = (next(n for n, row in enumerate(rows) if row["kind"] == kind) for kind in _HALVES)
    assert (rows[departure]["with"], rows[arrival]["with"]) == ([arrival], [departure])
    assert rows[arrival]["name"] == "#5 arrives, after 1692 to 1708 us"


def test_a_loss_is_in_the_name_of_its_row() -> None:
    """Which is what a screen reader says of it."""
    names = [row["name"] for row in walk(lossy(), {}, View(own_numbers=True))["rows"]]
    assert names[3] == "#4 client: PSH,ACK seq=1 ack=1 len=5 ✗ lost between laptop and rack"


def test_a_segment_says_where_it_was_seen() -> None:
    """When it left, when it arrived, how long that took, where it was lost; of one capture alone nothing."""
    sent, lost, dropped = (walk(lossy(), {}, View())["segments"][index]["way"] for index in (2, 3, 4))
    assert sent == [
        ("Left laptop", "2000.0 us"),
        ("Arrived at rack", "2400.0 us"),
        ("On its way", "392 to 408 us"),
    ]
    assert lost == [("Left laptop", "3000.0 us"), ("Loss", "lost between laptop and rack")]
    assert dropped[-1] == ("Loss", "dropped after its arrival at rack")
    assert {tuple(segment["way"]) for segment in walk(_SESSION, {}, View())["segments"]} == {()}


def _tops(svg: str) -> list[float]:
    return [float(part.partition('y="')[2].partition('"')[0]) for part in svg.split('<g class="row"')[1:]]
