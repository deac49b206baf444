"""A place for a connection: the load has a fixed number of them, each with one connection after another."""

from dataclasses import dataclass

from services.client.load.connections.connection import Connection
from services.client.load.connections.verdict import Remainder
from services.client.load.results.recording import Recording


@dataclass(slots=True)
class Closing:
    """A connection that we have half-closed: kept until its peer has finished too, or its time is up.

    `recording` is the one under way when it was in use; `phase` (exchange or close) is when it first went wrong.
    """

    connection: Connection
    remainder: Remainder
    recording: Recording
    phase: str
    quiet_ns: int


class Slot:
    """A place for a connection. In an open loop `due - taken` messages wait here: they are due and not begun.

    `connection` is None while there is none that may send; `was_tried` tells whether there ever was, or a deadline.
    """

    __slots__ = ("closing", "connection", "due", "index", "taken", "was_tried")

    def __init__(self, index: int) -> None:
        self.index = index
        self.due = 0
        self.taken = 0
        self.connection: Connection | None = None
        self.was_tried = False
        self.closing: Closing | None = None
