"""strace's text as it is written."""

import os

from services.tracer.following import Following
from shared.calls import Call
from shared.strace.trace import Trace
from tests.unit.harness.strace import CONNECTION, lines, short


def follow(*writes: str) -> tuple[int | None, list[Call]]:
    """Follow a trace that comes in these pieces; return whose the first line is, and the records."""
    reader, writer = os.pipe()
    other = os.dup(writer)
    calls: list[Call] = []
    following = Following(reader, Trace("here"), calls.append, lambda: None)
    if writes:
        os.write(other, writes[0].encode())
    first = following.first(writer, lambda: not writes)
    for piece in writes[1:]:
        os.write(other, piece.encode())
    os.close(other)
    following.run()
    os.close(reader)
    assert following.records == len(calls)
    return first, calls


def test_the_first_line_is_the_programs() -> None:
    """It has its process id; and what comes in pieces is whole lines."""
    first, second = lines(f"accept(3, NULL, NULL) = 4<{CONNECTION}> <0.000010>", 'read(4, "ab", 2) = 2 <0.000010>')
    pid, calls = follow(f"{first}\n{second[:20]}", f"{second[20:]}\n")
    assert pid == 7
    assert short(calls) == [("accept", None, None), ("recv", 0, 2)]


def test_strace_that_ends_at_once_has_no_program() -> None:
    """It could not trace."""
    assert follow() == (None, [])
