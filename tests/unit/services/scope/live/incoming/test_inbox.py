"""Where call records arrive."""

import random
import socket
from collections.abc import Iterator

import orjson
import pytest

from services.scope.calls.records import Notice, NoticeKind
from services.scope.live.incoming.inbox import Inbox
from tests.unit.services.scope.harness.calls import session_calls
from tests.unit.services.scope.harness.loads import a_second
from tests.unit.services.scope.harness.sources import datagrams


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give the scope's socket, and a service's that is connected to it."""
    with socket.socket(type=socket.SOCK_DGRAM) as ours, socket.socket(type=socket.SOCK_DGRAM) as services:
        ours.bind(("127.0.0.1", 0))
        ours.setblocking(False)
        services.connect(ours.getsockname())
        yield ours, services


def test_a_datagram_is_a_record(ends: tuple[socket.socket, socket.socket]) -> None:
    """What the feed sent comes out as it was."""
    ours, services = ends
    inbox = Inbox(ours)
    for datagram in datagrams(session_calls()):
        services.send(datagram)
    assert inbox.read() == session_calls()
    assert (inbox.lost, inbox.refused) == (0, 0)


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"\xff", "is not a JSON object"),
        (b"", "is not a JSON object"),
        (b"[]", "is not a JSON object"),
        (b'{"call": 1}', "is no call record"),
        (b'{"event": "x"}', "is a log's line"),
        (b'{"load": 1, "host": "here"}', "is no record of a load: latency is missing"),
        (b'{"load": 1, "host": "here", "latency": "' + b"A" * 3000, "is longer than 2048 bytes"),
        (b"{" + b" " * 2048, "is longer than 2048 bytes"),
    ],
)
def test_what_is_no_record_is_counted(ends: tuple[socket.socket, socket.socket], datagram: bytes, why: str) -> None:
    """And what it is instead is kept."""
    ours, services = ends
    inbox = Inbox(ours)
    services.send(datagram)
    services.send(datagrams(session_calls())[0])
    assert inbox.read() == session_calls()[:1]
    assert inbox.refused == 1
    assert why in inbox.why_refused


def test_what_the_kernel_had_no_room_for_is_counted(ends: tuple[socket.socket, socket.socket]) -> None:
    """It is learned with the next datagram that it had room for, and noted for the conversations of that time."""
    ours, services = ends
    inbox = Inbox(ours)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # its minimum
    (datagram,) = datagrams(session_calls()[:1])
    for _ in range(100):
        services.send(datagram)
    received = len(inbox.read())
    assert received < 100
    services.send(datagram)
    *_, notice = inbox.read()
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.count) == (NoticeKind.RECORDS_LOST, 100 - received)
    assert inbox.lost == 100 - received


def test_a_second_of_a_load_is_handed_on(ends: tuple[socket.socket, socket.socket]) -> None:
    """However long its histograms are; it is no record of a call."""
    ours, services = ends
    told: list[object] = []
    inbox = Inbox(ours, told.append)
    long = a_second(0, *random.Random(1).choices(range(10**6), k=3000))
    datagram = orjson.dumps(long.as_record())
    assert len(datagram) > 2048
    services.send(datagram)
    assert (inbox.read(), inbox.refused) == ([], 0)
    assert told == [long]
