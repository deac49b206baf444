"""What is known of each open connection."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.server.echo.table import Table


@given(turns=st.lists(st.integers(0, 40), max_size=60))
def test_the_table_knows_who_is_open(turns: list[int]) -> None:
    """However descriptors come and go, the open ones and their peers are those that came and have not gone."""
    table, known = Table(), dict[int, str]()
    for turn, fd in enumerate(turns):
        if fd in known:
            assert table.remove(fd) == known.pop(fd)
        else:
            known[fd] = f"peer {turn}"
            table.add(fd, known[fd], turn)
        assert table.fds() == sorted(known)
        assert table.open == len(known)
        assert {fd: table.peer[fd] for fd in table.fds()} == known


def test_an_entry_begins_with_nothing() -> None:
    """A descriptor that is used again does not inherit its predecessor's bytes, time or progress."""
    table = Table()
    table.add(3, "first", 1)
    table.received_bytes[3] = 100
    table.progress_tick[3] = 9
    table.remove(3)
    before_s = time.monotonic()
    table.add(3, "second", 7)
    assert (table.peer[3], table.received_bytes[3], table.progress_tick[3]) == ("second", 0, 7)
    assert before_s <= table.opened_s[3] <= time.monotonic()


def test_what_an_ended_entry_counted_can_still_be_read() -> None:
    """The log line about a connection is written after its end."""
    table = Table()
    table.add(3, "peer", 0)
    table.received_bytes[3] = 100
    table.remove(3)
    assert table.received_bytes[3] == 100


@pytest.mark.parametrize("fd", [3, 5])
def test_an_entry_ends_once(fd: int) -> None:
    """To close what is not open is a mistake that is told."""
    table = Table()
    table.add(5, "peer", 0)
    table.remove(5)
    with pytest.raises(KeyError):
        table.remove(fd)
