"""Server-sent events for every open page (https://html.spec.whatwg.org, "Server-sent events")."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson

# Most streams at once; each open browser tab has one.
MAX_STREAMS = 32

# Most events that wait for a page that does not read; beyond that the oldest are dropped. A page asks for the whole
# list whenever it connects.
_MAX_WAITING = 256

# What comes within this is sent at once, instead of each by itself.
_GATHER_S = 0.05

# Proxies and browsers may give up a stream on which nothing comes for a minute.
_HEARTBEAT_S = 15.0

# Tells a browser to reconnect after 1000 ms.
_HELLO = b"retry: 1000\n\n"


class TooManyStreams(Exception):
    """MAX_STREAMS pages are open already."""


class Hub:
    """Sends each event to every open stream."""

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
    """One page's stream. It counts as open only while it is sent: a page that left before would be counted for ever."""

    def __init__(self, queues: "set[asyncio.Queue[bytes]]") -> None:
        self._queues = queues
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_MAX_WAITING)

    async def messages(self) -> AsyncIterator[bytes]:
        """Give the events as they are published, and a comment when there has been none for a while."""
        self._queues.add(self._queue)
        try:
            yield _HELLO
            while True:
                try:
                    first = await asyncio.wait_for(self._queue.get(), _HEARTBEAT_S)
                except TimeoutError:
                    yield b": nothing new\n\n"
                    continue
                await asyncio.sleep(_GATHER_S)
                yield first + b"".join(self._queue.get_nowait() for _ in range(self._queue.qsize()))
        finally:
            self._queues.discard(self._queue)


def _message(name: str, data: Any, number: int | None) -> bytes:
    head = b"" if number is None else b"id: %d\n" % number
    return head + b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
