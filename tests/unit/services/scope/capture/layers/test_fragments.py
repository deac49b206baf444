"""Datagrams in fragments, put together in bounded memory."""

from collections import Counter
from contextlib import suppress

import pytest

from services.scope.capture.layers.fragments import Fragment, Fragments, Key, Waiting, Whole
from services.scope.capture.layers.layer import NoSegment, Reason
from services.scope.gaps import Lack
from services.scope.tunnels import Tunnel, TunnelKind

_SECOND_NS = 1_000_000_000

_TCP, _UDP = 6, 17

A = Key(bytes(8), 1, _TCP, ())


def part(
    begin: int, data: bytes, *, is_last: bool = False, length: int | None = None, protocol: int = _TCP
) -> Fragment:
    """Return a fragment, of which this was captured."""
    return Fragment(begin, begin + (len(data) if length is None else length), is_last, protocol, data)


def put(fragments: Fragments, *parts: Fragment, key: Key = A) -> list[Whole]:
    """Return the datagrams that were whole with one of these."""
    found = []
    for one in parts:
        with suppress(Waiting):
            found.append(fragments.join(key, one))
    return found


HEAD, MIDDLE, TAIL = part(0, b"a" * 8), part(8, b"b" * 8), part(16, b"c" * 3, is_last=True)
WHOLE = Whole(19, _TCP, b"a" * 8 + b"b" * 8 + b"c" * 3)


@pytest.mark.parametrize("order", [(HEAD, MIDDLE, TAIL), (TAIL, MIDDLE, HEAD), (MIDDLE, TAIL, HEAD)])
def test_a_datagram_is_whole_with_its_last_fragment_in_any_order(order: tuple[Fragment, ...]) -> None:
    """Whichever of them comes last."""
    fragments = Fragments()
    assert put(fragments, *order) == [WHOLE]
    assert fragments.joined == 2
    assert fragments.missing() == {}


def test_without_a_fragment_nothing_is_whole_and_the_others_are_counted() -> None:
    """Once each, by what the datagram carries."""
    fragments = Fragments()
    assert put(fragments, HEAD, TAIL) == []
    assert put(fragments, part(8, bytes(8), protocol=_UDP), key=A._replace(protocol=_UDP)) == []
    assert fragments.missing() == {Reason(Lack.INCOMPLETE, "TCP"): 2, Reason(Lack.INCOMPLETE, "UDP"): 1}


@pytest.mark.parametrize(
    "other",
    [
        A._replace(addresses=bytes(7) + b"\x01"),
        A._replace(identification=2),
        A._replace(protocol=_UDP),
        A._replace(tunnels=(Tunnel(TunnelKind.VXLAN, 5),)),
    ],
)
def test_fragments_of_different_datagrams_never_meet(other: Key) -> None:
    """One has other addresses, another identification, protocol or tunnel."""
    fragments = Fragments()
    assert put(fragments, HEAD, MIDDLE) == put(fragments, TAIL, key=other) == []


@pytest.mark.parametrize(
    ("parts", "data"),
    [
        ((part(0, b"aaaa" * 4), part(8, b"bbbb" * 4), TAIL._replace(begin=24, end=27)), b"a" * 16 + b"b" * 8 + b"ccc"),
        ((part(8, b"bbbb" * 4), part(0, b"aaaa" * 4), TAIL._replace(begin=24, end=27)), b"a" * 16 + b"b" * 8 + b"ccc"),
        ((HEAD, part(0, b"x" * 8), MIDDLE, TAIL), WHOLE.data),
        ((HEAD, HEAD, MIDDLE, MIDDLE, TAIL), WHOLE.data),
    ],
)
def test_where_fragments_overlap_the_one_that_begins_first_counts(parts: tuple[Fragment, ...], data: bytes) -> None:
    """And of two that begin together the one that came first."""
    assert [whole.data for whole in put(Fragments(), *parts)] == [data]


def test_bytes_that_overlap_fill_no_gap() -> None:
    """Enough bytes are there, and not all of them."""
    assert put(Fragments(), part(0, bytes(16)), part(8, bytes(8)), TAIL._replace(begin=24, end=27)) == []


def test_a_capture_may_have_less_than_what_came() -> None:
    """The length is the datagram's; its bytes are those up to the first that is not there."""
    cut = part(8, b"b" * 3, length=8)
    assert put(Fragments(), HEAD, cut, TAIL) == [Whole(19, _TCP, b"a" * 8 + b"b" * 3)]


def test_a_copy_of_a_fragment_behind_the_whole_is_not_missing_its_others() -> None:
    """A tap in two places sees each of them twice."""
    fragments = Fragments()
    assert put(fragments, HEAD, HEAD, MIDDLE, MIDDLE, TAIL, TAIL) == [WHOLE]
    assert fragments.missing() == {}
    assert put(fragments, HEAD, MIDDLE, TAIL) == [WHOLE]


def test_an_identification_is_used_again_after_a_while() -> None:
    """What waits for longer than any host does is of another datagram."""
    fragments = Fragments()
    assert put(fragments, HEAD, MIDDLE) == []
    fragments.now_ns = 61 * _SECOND_NS
    assert put(fragments, TAIL) == []
    assert fragments.missing() == {Reason(Lack.INCOMPLETE, "TCP"): 3}


def test_what_no_datagram_can_hold_is_malformed() -> None:
    """Its length has 16 bits."""
    with pytest.raises(NoSegment):
        Fragments().join(A, part(65_528, bytes(16)))


@pytest.mark.parametrize("step", [16, 8])
def test_what_waits_for_ever_takes_bounded_memory(step: int) -> None:
    """Past the bound the oldest are given up, and counted: datagrams of a few fragments, or of many with gaps."""
    fragments = Fragments(max_bytes=10_000)
    count = 0
    for identification in range(8):
        for begin in range(0, 800, step):
            count += 1
            assert put(fragments, part(begin, bytes(8)), key=A._replace(identification=identification)) == []
    assert fragments.missing() == Counter({Reason(Lack.INCOMPLETE, "TCP"): count})
    assert fragments.size <= 10_000


def test_the_newest_datagram_is_not_what_is_given_up() -> None:
    """It can become whole, however many others wait."""
    fragments = Fragments(max_bytes=10_000)
    for identification in range(2, 100):
        put(fragments, HEAD, key=A._replace(identification=identification))
    assert put(fragments, HEAD, MIDDLE, TAIL) == [WHOLE]
