"""A page at work, in a thread, and a browser without eyes."""

import base64
import http.client
import json
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from services.scope.model import Conversation
from services.scope.page.handover import Sender
from services.scope.page.process import serve
from shared.binding import listening
from tests.unit.harness.facts import DEADLINE_S


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class RunningPage:
    """A page that serves on a port of loopback what it is given."""

    def __init__(self, sender: Sender, port: int) -> None:
        self.port = port
        self._sender = sender

    def give(self, *conversations: Conversation, packets: dict[int, bytes] | None = None) -> None:
        """Hand over conversations; return when the page has them."""
        before = len(self.rows())
        for conversation in conversations:
            self._sender.offer(conversation, packets or {})
        while len(self.rows()) < before + len(conversations):
            self._sender.flush()

    def rows(self, query: str = "") -> Any:
        """Return the list of conversations."""
        return self.get(f"/api/conversations{query}").json["conversations"]

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    @contextmanager
    def events(self) -> Iterator["Events"]:
        """Open a stream of events."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request("GET", "/api/events")
            yield Events(connection.getresponse())
        finally:
            connection.close()


class Events:
    """A stream of events, as it is read."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.type = response.getheader("Content-Type", "")
        self._response = response

    def block(self) -> list[str]:
        """Return the next block's lines."""
        lines = []
        while line := self._response.readline().decode().rstrip("\n"):
            lines.append(line)
        return lines


@contextmanager
def running_page(keep: int = 200, hosts: frozenset[str] = frozenset()) -> Iterator[RunningPage]:
    """Serve a page; it ends with its sender, as the live scope's does."""
    listeners = listening("127.0.0.1", 0, 16, "PORT")
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve, args=(listeners, theirs, hosts, keep))
    thread.start()
    try:
        yield RunningPage(Sender(ours), listeners[0].getsockname()[1])
    finally:
        ours.close()
        thread.join(DEADLINE_S)
        for listener in listeners:
            listener.close()
    assert not thread.is_alive()


def data(document: str) -> Any:
    """Return the data in an exported page, which its script reads."""
    (packed,) = re.findall(r'<script id="data" type="text/plain">([^<]*)</script>', document)
    return json.loads(zlib.decompress(base64.b64decode(packed)))
