"""The pieces of a ladder's line."""

import pytest

from services.scope.draw.cells import Cells
from services.scope.draw.terminal_cells import Ending, Line, Said, arrival, arrow, side, stub
from services.scope.ladder.bars import Bar
from services.scope.ladder.rows import Row
from services.scope.words.words import Lang, Words
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed, segments


@pytest.mark.parametrize("name", TALKS)
@pytest.mark.parametrize("width", [33, 50])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_arrow_is_as_wide_as_the_wire(name: str, lang: Lang, width: int) -> None:
    """Whatever it carries; what does not fit is below."""
    words = Words(lang)
    for segment in (segment for one in followed(talk(name)) for segment in one.segments):
        said = [words.note(note) for note in segment.notes]
        lines = list(arrow(segment, Said(notes=said), width))
        assert lines[0].columns == width
        assert all(line.columns <= width for line in lines)


def test_no_number_of_an_arrow_is_left_out() -> None:
    """What does not fit on it is below it."""
    (segment,) = segments(session())[3:4]
    segment.seq = segment.ack = 1_048_577
    segment.length = 65_483
    text = " ".join(line.plain for line in arrow(segment, Said(), 33))
    assert all(number in text for number in ("seq=1048577", "ack=1048577", "len=65483"))


def test_an_arrow_points_to_its_receiver() -> None:
    """Right from the client, left from the server."""
    syn, syn_ack, *_ = segments(session())
    assert next(arrow(syn, Said(), 33)).plain.endswith("─▶")
    assert next(arrow(syn_ack, Said(), 33)).plain.startswith("◀─")


def test_the_sides_are_mirror_images() -> None:
    """A bar is at the outer edge, its text beside it."""
    line = Line([Bar(0, "client", 0, touches=False), Bar(1, "server", 0, touches=False)], row=Row("enter", 0, 0))
    line.beside = {"client": Cells("send()"), "server": Cells("recv()")}
    assert side("client", 14, line).plain == "┏  send()     "
    assert side("server", 14, line).plain == "     recv()  ┃"


def test_a_mark_tells_what_a_call_caused_from_what_it_waited_for() -> None:
    """Away from the bar, or towards it."""
    syn, syn_ack, *_ = segments(session())
    bar = Bar(0, "client", 0, touches=True)
    assert side("client", 14, Line([bar], segment=syn)).plain.startswith("┣▸")
    assert side("client", 14, Line([bar], segment=syn_ack)).plain.startswith("┣◂")
    assert side("server", 14, Line([bar._replace(side="server")], segment=syn)).plain.endswith("▸┫")


@pytest.mark.parametrize("width", [25, 35, 55])
@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("index", [0, 1])
def test_each_ending_of_an_arrow_fills_the_wire(index: int, ending: Ending, width: int) -> None:
    """Also where it comes from a row above; to the right and to the left."""
    segment = segments(session())[index]
    said = Said("1692 to 1708 us", "✗ lost between a host with a long name and another", ["retransmission of #4"])
    for lines in (arrow(segment, said, width, ending), arrival(segment, "after 1692 to 1708 us", said, width, ending)):
        first, *below = lines
        assert first.columns == width
        assert all(line.columns <= width for line in below)


def test_endings_are_told_apart() -> None:
    """One that was lost ends in the middle, one that was dropped before the lifeline, one under way in dots."""
    syn, syn_ack, *_ = segments(session())
    to_right, to_left = (
        {ending: next(arrow(one, Said(), 35, ending)).plain for ending in Ending} for one in (syn, syn_ack)
    )
    assert to_right[Ending.LOST].rstrip().endswith("✗")
    assert len(to_right[Ending.LOST].rstrip()) < 30 < len(to_left[Ending.LOST])
    assert to_left[Ending.LOST].lstrip().startswith("✗")
    assert (to_right[Ending.DROPPED][-2:], to_left[Ending.DROPPED][:2]) == ("▷┃", "┃◁")
    assert (to_right[Ending.UNDER_WAY][-2:], to_left[Ending.UNDER_WAY][:2]) == ("╌╌", "╌╌")


def test_how_long_it_took_is_on_the_arrow_where_there_is_room() -> None:
    """Details give way to it; where there is none, it is below."""
    syn = segments(session())[0]
    wide = [line.plain for line in arrow(syn, Said("40 to 55 us"), 35)]
    narrow = [line.plain for line in arrow(syn, Said("40 to 55 us"), 18)]
    assert "SYN seq=0 win=64240 40 to 55 us" in wide[0]
    assert len(wide) == 1
    assert "40 to 55 us" in narrow[1]


def test_what_never_left_is_a_stub_at_its_sender() -> None:
    """On its side of the wire."""
    syn, syn_ack, *_ = segments(session())
    assert stub(syn, 25).plain == "─✗"
    assert (stub(syn_ack, 25).plain.strip(), stub(syn_ack, 25).columns) == ("✗─", 25)
