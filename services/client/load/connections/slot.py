"""A place for a connection: the load has a fixed number of them, each with one connection after another."""

from dataclasses import dataclass

from services.client.load.connections.connection import Connection
from services.client.load.connections.verdict import Remainder
from services.client.load.results.recording import Recording


@dataclass(slots=True)
class Closing:
    """A connection that sends no more, until its peer has finished too or nothing comes any more.

    `recording` is that of the time when it was in use; `phase` is exchange or close: when something was first wrong.
    """

    connection: Connection
    remainder: Remainder
    recording: Recording
    phase: str
    quiet_ns: int


class Slot:
    """A place for a connection; `due` and `taken` count its messages of an open loop: their queue is a difference.

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
