"""Counters that outlive their worker."""

import os
import signal

from hypothesis import given
from hypothesis import strategies as st

from services.server.echo.counters import CLOSED, Column, Counters
from services.server.worker import fork


def test_a_child_counts_where_its_parent_reads() -> None:
    """What a worker wrote is there after its death, and its successor goes on from it."""
    counters = Counters(2)

    def work() -> int:
        row = counters.row(1)
        row[Column.SENT_BYTES] += 2**40
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    for _ in range(2):
        os.waitpid(fork(work), 0)
    assert counters.row(1)[Column.SENT_BYTES] == counters.total(Column.SENT_BYTES) == 2 * 2**40
    assert not any(counters.row(0))


@given(added=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Column), st.integers(0, 2**50)), max_size=30))
def test_a_total_is_the_sum_of_the_rows(added: list[tuple[int, Column, int]]) -> None:
    """No word is shared by two workers or by two columns."""
    counters = Counters(4)
    for worker, column, amount in added:
        counters.row(worker)[column] += amount
    for column in Column:
        assert counters.total(column) == sum(amount for _, where, amount in added if where == column)


def test_what_is_not_closed_is_open() -> None:
    """Every way to end counts."""
    counters = Counters(2)
    counters.row(0)[Column.ACCEPTED] = counters.row(1)[Column.ACCEPTED] = len(CLOSED)
    for closed, column in enumerate(CLOSED.values()):
        assert counters.open_connections() == 2 * len(CLOSED) - closed
        counters.row(closed % 2)[column] += 1


def test_the_reasons_are_those_that_the_metrics_name() -> None:
    """They are contract: dashboards use them."""
    assert list(CLOSED) == ["peer_finished", "reset", "timed_out", "idle_timeout", "drain_timeout", "error"]


def test_that_the_server_stops_is_seen_by_every_process() -> None:
    """It stands in every worker's row."""
    counters = Counters(3)

    def work() -> int:
        counters.stop()
        return 0

    assert not counters.is_stopping
    os.waitpid(fork(work), 0)
    assert counters.is_stopping
    assert [counters.row(worker)[Column.STOPPING] for worker in range(3)] == [1, 1, 1]
