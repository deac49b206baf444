"""HTTP for whoever watches, with peers of every kind."""

import asyncio
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http import HTTPStatus
from http.client import HTTPConnection

import pytest

from services.server import web
from services.server.listeners import listen
from services.server.web import MAX_REQUESTS, Answer, serve
from services.server.worker import fork
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.servers import get
from tests.unit.harness.sockets import reset

Start = Callable[[], int]


async def _respond(target: str, accept: str) -> Answer:
    if target == "/mistake":
        raise ZeroDivisionError
    return Answer(HTTPStatus.OK, f"{target} {accept}".encode())


@pytest.fixture
def start() -> Iterator[Start]:
    """Start HTTP servers in processes of their own; each gives its port."""
    pids = list[int]()

    def start_one() -> int:
        (listener,) = listen("127.0.0.1", 0, 128)

        def work() -> int:
            asyncio.run(serve([listener], _respond))
            return 0

        pids.append(fork(work, signal.SIGKILL))
        with listener:
            return int(listener.getsockname()[1])

    yield start_one
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def connect(port: int) -> socket.socket:
    """Return a connection on which nothing has been asked yet."""
    return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def said(port: int, request: bytes) -> bytes:
    """Return all that comes back."""
    with connect(port) as sock:
        sock.sendall(request)
        return b"".join(iter(lambda: sock.recv(4096), b""))


def is_dropped(sock: socket.socket, byte: bytes) -> bool:
    """Send one byte after another; tell whether the connection is reset, or else the deadline passes first."""
    sock.settimeout(0.01)
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            sock.sendall(byte)
            sock.recv(4096)
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def test_head_is_get_without_the_body(start: Start) -> None:
    """Status and headers, the length among them, are those of GET."""
    port = start()
    answers = []
    for method in ("GET", "HEAD"):
        with closing(HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)) as connection:
            connection.request(method, "/a?b", headers={"Accept": "text/x"})
            response = connection.getresponse()
            answers.append((response.status, response.getheaders(), response.read()))
    assert answers[0][2] == b"/a?b text/x"
    assert answers[1] == (*answers[0][:2], b"")
    # A client that knows it asked for none would not read a body.
    assert said(port, b"HEAD /a HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n")


def test_other_methods_are_told_which_there_are(start: Start) -> None:
    """With a body or without, the answer arrives."""
    for body in (b"", b"x" * 100_000):
        head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
        head, _, text = said(start(), head + body).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 405 ")
        assert b"Allow: GET, HEAD" in head
        assert text == b"GET or HEAD\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # HTTP/1.1 wants a Host
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 10_000, 431),
    ],
    ids=["no HTTP", "no host", "too long"],
)
def test_what_is_no_request_is_refused(start: Start, request_: bytes, status: int) -> None:
    """With the status that says why."""
    assert said(start(), request_).startswith(b"HTTP/1.1 %d " % status)


def test_http_1_0_is_understood(start: Start) -> None:
    """Small probes still speak it."""
    assert said(start(), b"GET /x HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\n/x ")


def test_a_request_may_come_in_pieces(start: Start) -> None:
    """And is answered once, when it is whole."""
    with connect(start()) as sock:
        for byte in b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n":
            sock.sendall(bytes([byte]))
        assert b"".join(iter(lambda: sock.recv(4096), b"")).endswith(b"\r\n\r\n/x ")


def test_the_deadline_is_of_the_whole_request(
    start: Start, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each byte comes in time, and the request does not: the peer is dropped without a word in the log."""
    monkeypatch.setattr(web, "REQUEST_TIMEOUT_S", 0.2)
    with connect(start()) as sock:
        assert is_dropped(sock, b"G")
    assert capfd.readouterr().err == ""


def test_a_peer_that_does_not_go_is_dropped(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered, it has no more claim to a place."""
    monkeypatch.setattr(web, "REQUEST_TIMEOUT_S", 0.05)
    with connect(start()) as sock:
        sock.sendall(b"GET /x HTTP/1.0\r\n\r\n")
        assert is_dropped(sock, b"?")


def test_slow_peers_hold_up_nobody(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: the oldest is dropped for one more, and who asks at once is answered at once."""
    monkeypatch.setattr(web, "REQUEST_TIMEOUT_S", 10 * DEADLINE_S)  # which would drop them as well
    port = start()
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(port)) for _ in range(3 * MAX_REQUESTS)]
        for sock in slow:
            sock.sendall(b"GET /x HTTP/1.1\r\n")
        assert get(port, "/x")[0] == 200
        # Readable is who was dropped: none of them gets an answer.
        assert eventually(lambda: len(select.select(slow, [], [], 0)[0]) >= 2 * MAX_REQUESTS)


def test_peers_that_reset_are_not_told_of(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    """A scanner or a broken proxy does not write tracebacks into the log."""
    port = start()
    for part in (b"", b"GET /x", b"GET /x HTTP/1.0\r\n\r\n", b"\0\r\n\r\n"):
        client = connect(port)
        client.sendall(part)
        reset(client)
        assert get(port, "/x")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_mistake_of_ours_keeps_its_traceback(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    """And costs one answer, not the server."""
    port = start()
    assert said(port, b"GET /mistake HTTP/1.0\r\n\r\n") == b""
    assert get(port, "/x")[0] == 200
    assert "ZeroDivisionError" in capfd.readouterr().err
