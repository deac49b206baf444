"""Bytes as lines."""

import io

from hypothesis import given
from hypothesis import strategies as st

from shared.strace.splitting import Splitter, lines_of
from shared.strace.trace import MAX_LINE


@given(st.lists(st.binary(max_size=20)))
def test_any_pieces_give_the_same_lines(pieces: list[bytes]) -> None:
    """Where a read ends is not where a line does."""
    splitter = Splitter()
    found = [line for piece in pieces for line in splitter.feed(piece)] + splitter.rest()
    whole = b"".join(pieces).decode(errors="replace").split("\n")
    assert found == (whole if whole[-1] else whole[:-1])


@given(st.integers(1, 3), st.integers(100, 200_000))
def test_a_line_of_any_length_keeps_its_beginning_and_its_end(lines: int, piece: int) -> None:
    """The result of a call stands at its end, and memory is bounded."""
    text = (b"write(3, " + b"x" * (3 * MAX_LINE) + b") = 5\n") * lines
    splitter = Splitter()
    found = [line for at in range(0, len(text), piece) for line in splitter.feed(text[at : at + piece])]
    assert len(found) == lines
    for line in found[:1]:
        assert line.startswith("write(3, x")
        assert line.endswith("x) = 5")
        assert len(line) <= 4 * MAX_LINE


def test_a_file_is_read_to_a_last_line_without_an_end() -> None:
    """A trace that is being written ends anywhere."""
    assert list(lines_of(io.BytesIO(b"a\n\nb"))) == ["a", "", "b"]
