"""What each worker counts, in memory that outlives it: one page shared by fork, a row for each worker."""

import mmap
from enum import IntEnum, StrEnum


class Column(IntEnum):
    """The columns of a row: 64-bit words that only the row's own worker writes, so that no lock is needed."""

    ACCEPTED = 0
    REFUSED = 1
    RECEIVED_BYTES = 2
    SENT_BYTES = 3
    CUT = 4
    CLOSED_PEER_FINISHED = 5
    CLOSED_RESET = 6
    CLOSED_TIMED_OUT = 7
    CLOSED_IDLE_TIMEOUT = 8
    CLOSED_DRAIN_TIMEOUT = 9
    CLOSED_ERROR = 10
    LAG_US = 11
    TICK_NS = 12
    RESTARTS = 13  # written by the supervisor, while the row's worker is dead
    STOPPING = 14  # written by the supervisor: 1 when the whole server stops, before it tells the worker


class Ended(StrEnum):
    """How a connection came to its end; the values are the words of metrics and log."""

    PEER_FINISHED = "peer_finished"
    RESET = "reset"
    TIMED_OUT = "timed_out"
    IDLE_TIMEOUT = "idle_timeout"
    DRAIN_TIMEOUT = "drain_timeout"
    ERROR = "error"


# Where each end is counted.
CLOSED = {
    Ended.PEER_FINISHED: Column.CLOSED_PEER_FINISHED,
    Ended.RESET: Column.CLOSED_RESET,
    Ended.TIMED_OUT: Column.CLOSED_TIMED_OUT,
    Ended.IDLE_TIMEOUT: Column.CLOSED_IDLE_TIMEOUT,
    Ended.DRAIN_TIMEOUT: Column.CLOSED_DRAIN_TIMEOUT,
    Ended.ERROR: Column.CLOSED_ERROR,
}


class Counters:
    """The page: anonymous shared memory, made before the workers are forked, and zero at first."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._words = memoryview(mmap.mmap(-1, workers * len(Column) * 8)).cast("Q")

    def row(self, worker: int) -> memoryview:
        """Return a worker's own row, to be indexed by Column; a successor of the worker continues its counts."""
        return self._words[worker * len(Column) : (worker + 1) * len(Column)]

    def total(self, column: Column) -> int:
        """Return the sum over all workers."""
        return sum(self._words[column :: len(Column)])

    def stop(self) -> None:
        """Mark, for all processes that share the page, that the whole server stops."""
        for worker in range(self.workers):
            self.row(worker)[Column.STOPPING] = 1

    @property
    def is_stopping(self) -> bool:
        """Whether the whole server stops."""
        return bool(self._words[Column.STOPPING])

    def open_connections(self) -> int:
        """Return how many accepted connections have not been counted as closed."""
        return self.total(Column.ACCEPTED) - sum(self.total(column) for column in CLOSED.values())
