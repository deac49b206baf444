"""Server-sent events: what happens, to every page that is open (https://html.spec.whatwg.org, "Server-sent events")."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson

# Pages that are open at once; each browser tab is one.
MAX_STREAMS = 32

# For a page that does not read: what is older goes. A page asks for the whole list whenever it connects.
_MAX_WAITING = 256

# A proxy, or a browser, that hears nothing for a minute may give the stream up.
_HEARTBEAT_S = 15.0

# After so many ms a browser connects again.
_HELLO = b"retry: 1000\n\n"


class TooManyStreams(Exception):
    """MAX_STREAMS pages are open already."""


class Hub:
    """Gives each event to every stream; `streams` is how many there are."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()

    @property
    def streams(self) -> int:
        """How many pages are open."""
        return len(self._queues)

    def publish(self, name: str, data: Any, number: int | None = None) -> None:
        """Send an event to every page; `number` is its id."""
        message = _message(name, data, number)
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    def open(self) -> "Stream":
        """Return a stream of what is published from now on. Raises TooManyStreams."""
        if len(self._queues) >= MAX_STREAMS:
            raise TooManyStreams
        return Stream(self._queues)


class Stream:
    """One page's stream, counted while it is sent: a page that leaves before that must not keep its place for ever."""

    def __init__(self, queues: "set[asyncio.Queue[bytes]]") -> None:
        self._queues = queues
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_MAX_WAITING)

    async def messages(self) -> AsyncIterator[bytes]:
        """Give the events as they are published, and a comment where there is none for long."""
        self._queues.add(self._queue)
        try:
            yield _HELLO
            while True:
                try:
                    yield await asyncio.wait_for(self._queue.get(), _HEARTBEAT_S)
                except TimeoutError:
                    yield b": nothing new\n\n"
        finally:
            self._queues.discard(self._queue)


def _message(name: str, data: Any, number: int | None) -> bytes:
    head = b"" if number is None else b"id: %d\n" % number
    return head + b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
