"""Relative numbers."""

from hypothesis import given
from hypothesis import strategies as st

from services.scope.tcp.flow import Flow


@given(base=st.integers(0, 2**32 - 1), near=st.integers(0, 2**40), away=st.integers(-(2**31), 2**31 - 1))
def test_a_number_is_found_again_wherever_the_stream_has_come(base: int, near: int, away: int) -> None:
    """Numbers on the wire wrap every 4 GiB; relative ones do not."""
    flow = Flow()
    flow.base, flow.next = base, near
    assert flow.relative((base + near + away) % 2**32) == near + away


@given(old=st.integers(0, 2**32 - 1), new=st.integers(0, 2**32 - 1), number=st.integers(0, 2**31 - 1))
def test_another_beginning_leaves_numbers_on_the_wire_as_they_are(old: int, new: int, number: int) -> None:
    """A server may answer a repeated SYN with a new initial number."""
    flow = Flow()
    flow.base, flow.next, flow.contiguous = old, number, number
    flow.rebase(new)
    assert flow.next == flow.contiguous
    assert (new + flow.next) % 2**32 == (old + number) % 2**32


def test_the_first_to_carry_a_number_is_its_original() -> None:
    """Of several that cover it, the oldest; of none, none."""
    flow = Flow()
    flow.sent.extend([(1, 101, 4), (101, 201, 5), (1, 101, 6)])
    assert [flow.original(seq) for seq in (1, 100, 101, 201)] == [4, 4, 5, None]


def test_what_is_forgotten_leaves_no_number() -> None:
    """How its sender numbers packets is no matter of one connection, and stays."""
    flow = Flow()
    flow.base, flow.next, flow.ack, flow.numbers_packets = 5, 7, 9, True
    flow.sent.append((0, 7, 1))
    flow.forget()
    kept = [name for name in ("base", "next", "contiguous", "fin", "numbers_packets") if getattr(flow, name)]
    assert kept == ["numbers_packets"]
    assert flow.original(3) is None
    assert flow.ack < 0


def test_about_a_window_of_segments_is_remembered() -> None:
    """The newest ones, however many there are."""
    flow = Flow()
    for number in range(10_000):
        flow.remember(number, number + 1, number)
    assert flow.original(9_999) == 9_999
    assert flow.original(9_800) == 9_800
    assert flow.original(9_000) is None
    assert len(flow.sent) <= 512
