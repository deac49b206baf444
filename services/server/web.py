"""A small HTTP server for /healthz and /metrics: each request has a deadline, and few are open at once.

asyncio and h11 instead of a framework: uvicorn has no deadline for a request that arrives slowly, and would cost this
process 9 MB, and 60 ms of CPU at each start (measured).
"""

import asyncio
import socket
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

import h11

# From accept() to the end of the answer, however slowly the peer sends or reads.
REQUEST_TIMEOUT_S = 5.0

# Beyond this the oldest request is dropped, so that slow peers never keep others from being answered.
MAX_REQUESTS = 32

_MAX_HEAD_BYTES = 8192
_READ_BYTES = 4096


class Answer(NamedTuple):
    """What to send; HEAD gets the same without the body."""

    status: HTTPStatus
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


# Takes the target (path and query) and the Accept header.
Respond: TypeAlias = Callable[[str, str], Awaitable[Answer]]


async def serve(listeners: list[socket.socket], respond: Respond) -> None:
    """Answer GET and HEAD on bound listeners, for ever."""
    asyncio.get_running_loop().set_exception_handler(_on_exception)
    requests = _Requests(respond)
    servers = [await asyncio.start_server(requests.serve_one, sock=listener) for listener in listeners]
    await asyncio.gather(*(server.serve_forever() for server in servers))


class _Requests:
    """The requests that are open, oldest first. One connection carries one request."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._open: dict[asyncio.Task[None], None] = {}

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; drop a peer that is too slow, does not speak HTTP, or has left."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server() makes one for each connection
        if len(self._open) >= MAX_REQUESTS:
            # Removed here, not when its task ends: of several requests that arrive together each drops another one.
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.cancel()
        self._open[task] = None
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                await self._answer(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()
        except Exception:  # noqa: BLE001 - a bug costs one answer, and is printed
            traceback.print_exc()
        finally:
            self._open.pop(task, None)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, _MAX_HEAD_BYTES)
        has_body = True
        try:
            request = await _next_request(connection, reader)
        except h11.RemoteProtocolError as error:
            refused = HTTPStatus(error.error_status_hint)
            answer = Answer(refused, f"{refused.phrase}\n".encode())
        else:
            if request is None:
                return
            has_body = request.method != b"HEAD"
            answer = await self._respond_to(request)
        writer.write(_head(connection, answer) + (answer.body if has_body else b""))
        # Closing with unread input would send RST, which can destroy the answer on its way: read to the end.
        writer.write_eof()
        while await reader.read(_READ_BYTES):
            pass

    async def _respond_to(self, request: h11.Request) -> Answer:
        if request.method not in (b"GET", b"HEAD"):
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"GET or HEAD\n")
        accept = dict(request.headers).get(b"accept", b"")
        return await self._respond(request.target.decode("latin-1"), accept.decode("latin-1"))


async def _next_request(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """Return the request; None if the peer leaves without one. Raises h11.RemoteProtocolError."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ_BYTES))
        else:
            return event if isinstance(event, h11.Request) else None


def _head(connection: h11.Connection, answer: Answer) -> bytes:
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        ("Connection", "close"),
    ]
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "GET, HEAD"))
    response = h11.Response(status_code=answer.status, reason=answer.status.phrase.encode(), headers=headers)
    return connection.send(response) or b""


def _on_exception(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Print no traceback where accept() has no descriptor left: asyncio tries again."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)
