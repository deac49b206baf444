"""What came before each segment: the same as a search would find, with less work."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.explain.explainer import Explainer
from services.scope.explain.history import neighbours, pasts
from services.scope.ladder.rows import rows
from services.scope.ladder.ways import end
from services.scope.model import Conversation, Flags, Note, Options, Segment, State
from services.scope.notes import NoteKind
from tests.unit.harness.growth import grows_linearly
from tests.unit.services.scope.harness.points.worlds import Fate, World

_NUMBERS = st.integers(-1, 6)
_FLAGS = st.sampled_from([Flags.ACK, Flags.ACK, Flags.ACK | Flags.FIN, Flags.SYN, Flags.RST])


@st.composite
def _segments(draw: st.DrawFn) -> list[Segment]:
    """Return segments of a few numbers, so that they repeat each other in every way."""
    found = []
    for index in range(draw(st.integers(0, 14))):
        flags = draw(_FLAGS)
        kind = draw(st.sampled_from([None, None, NoteKind.DUPLICATE_ACK, NoteKind.COPY]))
        found.append(
            Segment(
                t_ns=draw(st.integers(0, 9)),
                sender=draw(st.sampled_from(["client", "server"])),
                flags=flags,
                seq=draw(_NUMBERS),
                ack=draw(_NUMBERS) if flags & Flags.ACK else None,
                length=draw(st.integers(0, 3)),
                window=500,
                options=Options(),
                notes=[] if kind is None else [Note(kind, 1)],
                client_state=State.ESTABLISHED,
                server_state=State.ESTABLISHED,
                frame=index + 1,
                number=index + 1,
                is_copy=kind is NoteKind.COPY,
            )
        )
    return found


def _carries_first_of(other: Segment, segment: Segment) -> bool:
    return other.sender == segment.sender and not other.is_copy and other.seq <= segment.seq < end(other)


@given(_segments())
def test_neighbours_are_those_that_a_search_finds(segments: list[Segment]) -> None:
    """Before it, and behind it."""
    before, after = neighbours(segments)
    for at, segment in enumerate(segments):
        carriers = [other for other, one in enumerate(segments) if _carries_first_of(one, segment) and other != at]
        assert before[at] == max((other for other in carriers if other < at), default=None)
        assert after[at] == min((other for other in carriers if other > at), default=None)


@given(_segments())
def test_the_past_is_what_a_search_finds(segments: list[Segment]) -> None:
    """For each of its facts."""
    for at, (segment, past) in enumerate(zip(segments, pasts(segments), strict=True)):
        earlier = [(index, one) for index, one in enumerate(segments[:at]) if not one.is_copy]
        own = [(index, one) for index, one in earlier if one.sender == segment.sender]
        others = [(index, one) for index, one in earlier if one.sender != segment.sender]
        carrier = max((index for index, one in own if _carries_first_of(one, segment)), default=None)
        behind = len(segments) if carrier is None else carrier
        told = (one for index, one in others if index > behind and NoteKind.DUPLICATE_ACK in one.kinds)
        acks = (one.ack or 0 for _, one in others)
        assert past.carrier == carrier
        assert past.own == max((index for index, _ in own), default=None)
        assert past.fin == max((index for index, one in others if one.has(Flags.FIN)), default=None)
        assert past.told_ns == max((one.seen_ns(segment.sender) for one in told), default=None)
        assert past.is_tail == all(end(one) <= end(segment) for _, one in own)
        assert past.is_alone == (max((ack for ack in acks if ack < end(segment)), default=0) >= segment.seq)


def _all_lost(count: int) -> Conversation:
    """Return a conversation whose data was lost at once, and is sent again one by one, until each is told."""
    world = World()
    world.handshake()
    for nth in range(count):
        world.send("client", 1_000 + 10 * nth, "PSH ACK", 1 + 100 * nth, 1, 100, fate=Fate(lost_behind=0))
    for nth in range(count):
        at_us = 300_000 + 1_000 * nth
        world.send("client", at_us, "PSH ACK", 1 + 100 * nth, 1, 100)
        world.send("server", at_us + 110, "ACK", 1, 101 + 100 * nth)
    return world.merged()


def _all_repeated(count: int) -> Conversation:
    """Return one whose data arrived, and whose ACKs were lost: all is sent again, for nothing."""
    world = World()
    world.handshake()
    for nth in range(count):
        world.send("client", 1_000 + 10 * nth, "PSH ACK", 1 + 100 * nth, 1, 100)
        world.send("server", 1_110 + 10 * nth, "ACK", 1, 101 + 100 * nth, fate=Fate(lost_behind=0))
    for nth in range(count):
        at_us = 300_000 + 1_000 * nth
        world.send("client", at_us, "PSH ACK", 1 + 100 * nth, 1, 100)
        world.send("server", at_us + 110, "ACK", 1, 1 + 100 * count)
    return world.merged()


def _explaining(conversation: Conversation) -> Callable[[], object]:
    """Return what explains all of its rows."""

    def explain_all() -> list[str]:
        explainer = Explainer(conversation, "en")
        return [explainer.explain(row) for row in rows(conversation)]

    return explain_all


@pytest.mark.parametrize("made", [_all_lost, _all_repeated])
def test_losses_are_explained_with_work_in_proportion(made: Callable[[int], Conversation]) -> None:
    """Whether segments are lost or repeated for nothing: no explanation searches the whole conversation."""
    assert grows_linearly(lambda count: _explaining(made(count)), 40)
