"""Verdicts: what happened to a stream, from what was sent and what came of it."""

import errno
import socket
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.client.load.connections.connection import Connection
from services.client.load.connections.verdict import Remainder, Verdict, reset_verdict
from services.client.load.messages import Messages

MESSAGES = Messages(64)
SENT = 640


def judged(received: bytes, *, ended: bool = True, suspicion: str | None = None, verified: int = 0) -> Verdict | None:
    """Return the verdict on a connection that sent ten messages, of which `verified` bytes were back before."""
    with socket.socket() as client:
        connection = Connection(client, 1, 0, MESSAGES, pipelined=True)
        connection.sent_bytes, connection.verified_bytes = SENT, verified
        remainder = Remainder(MESSAGES, connection, suspicion)
        # However it is cut on its way.
        remainder.take(received[:100])
        remainder.take(received[100:])
        return remainder.verdict(ended=ended)


RIGHT = MESSAGES.read(1, 0, SENT)


def test_all_that_was_sent_and_no_more_is_good() -> None:
    """Nothing is wrong with it, nor with what is left of it."""
    assert judged(RIGHT) is None
    assert judged(RIGHT[130:], verified=130) is None


@given(st.sets(st.integers(0, SENT - 1), min_size=1))
def test_other_values_are_a_mismatch_and_counted(places: set[int]) -> None:
    """As many bytes are wrong as were changed, and the first is told with both values."""
    wrong = bytes(byte ^ (0x55 if i in places else 0) for i, byte in enumerate(RIGHT))
    assume(Counter(wrong) != Counter(RIGHT))
    verdict = judged(wrong)
    assert verdict is not None
    assert (verdict.kind, verdict.wrong_bytes) == ("mismatch", len(places))
    first = min(places)
    message, offset = divmod(first, 64)
    assert verdict.facts == {"message": message, "offset": offset, "sent": RIGHT[first], "received": wrong[first]}


@given(st.integers(0, SENT - 1), st.integers(1, SENT))
def test_fewer_bytes_are_lost(at: int, count: int) -> None:
    """Wherever they are missing, how many is told."""
    missing = len(RIGHT[at : at + count])
    verdict = judged(RIGHT[:at] + RIGHT[at + count :])
    assert verdict is not None
    assert (verdict.kind, verdict.wrong_bytes) == ("lost", 0)
    assert verdict.why.startswith(f"{missing} bytes ")


@given(st.integers(0, SENT), st.binary(min_size=1, max_size=50))
def test_more_bytes_are_surplus(at: int, more: bytes) -> None:
    """Wherever they came in, how many is told."""
    verdict = judged(RIGHT[:at] + more + RIGHT[at:])
    assert verdict is not None
    assert verdict.kind == "surplus"
    assert verdict.why.startswith(f"{len(more)} bytes ")


@given(st.integers(1, SENT - 1))
def test_the_same_bytes_in_another_order_are_reordered(cut: int) -> None:
    """None is missing, and none is wrong."""
    turned = RIGHT[cut:] + RIGHT[:cut]
    assume(turned != RIGHT)
    verdict = judged(turned)
    assert verdict is not None
    assert verdict.kind == "reordered"


def test_silence_is_a_time_out_only_where_nothing_else_is_known() -> None:
    """A peer that did not finish may still have the rest; one that finished has lost it."""
    kinds = {ended: judged(RIGHT[:100], ended=ended, suspicion="timed_out") for ended in (True, False)}
    assert [kinds[ended].kind for ended in (True, False)] == ["lost", "timed_out"]  # type: ignore[union-attr]
    late = judged(RIGHT, suspicion="timed_out")
    assert late is not None
    assert late.kind == "timed_out"
    endless = judged(RIGHT, ended=False)
    assert endless is not None
    assert endless.kind == "timed_out"


@pytest.mark.parametrize(("number", "kind"), [(errno.ECONNRESET, "reset"), (errno.ETIMEDOUT, "timed_out")])
def test_a_lost_connection_has_the_kernels_reason(number: int, kind: str) -> None:
    """Reset by the peer is not the same as gone."""
    assert reset_verdict(OSError(number, "why")).kind == kind


def test_a_difference_is_told_also_if_the_connection_is_reset_after_it() -> None:
    """What came wrong before stays wrong."""
    with socket.socket() as client:
        connection = Connection(client, 1, 0, MESSAGES, pipelined=True)
        connection.sent_bytes = SENT
        remainder = Remainder(MESSAGES, connection, None)
        assert remainder.verdict_on_loss(ConnectionResetError("reset")).kind == "reset"
        remainder.take(RIGHT[:10] + bytes([RIGHT[10] ^ 1]))
        assert remainder.verdict_on_loss(ConnectionResetError("reset")).kind == "lost"
        assert remainder.verified_bytes == 10
