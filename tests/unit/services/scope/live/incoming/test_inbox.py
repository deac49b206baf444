"""Where call records arrive."""

import random
import socket
import time
from collections.abc import Iterator

import orjson
import pytest

from services.scope.calls.records import Notice, NoticeKind, Record
from services.scope.live.incoming.inbox import Inbox
from services.scope.live.incoming.numbers import REORDERED_S
from shared.feeding.feed import Feed
from tests.unit.harness.facts import Journal, eventually
from tests.unit.harness.receiver import receiver
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


def of_a_feed() -> list[bytes]:
    """Return what a client's feed sends of a session, and its end, as the network gets it."""
    with receiver() as network:
        feed = Feed(network.address, "client", Journal().log)
        feed.start([])
        for made in session_calls():
            feed.send(made)
        feed.close()
        sent = [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in network.pending()]
    assert len(sent) == len(session_calls()) + 1
    return sent


def everything(inbox: Inbox) -> list[Record]:
    """Return all that comes until a loss has become certain."""
    found: list[Record] = []
    end_s = time.monotonic() + 2 * REORDERED_S

    def is_over() -> bool:
        found.extend(inbox.read())
        return time.monotonic() > end_s

    assert eventually(is_over)
    return [*found, *inbox.read()]


def test_what_the_network_loses_is_counted(ends: tuple[socket.socket, socket.socket]) -> None:
    """By the numbers that are missing, wherever in the feed: the first, one in the middle, or the last."""
    ours, services = ends
    calls = session_calls()
    for missing in (0, 7, len(calls) - 1):
        inbox = Inbox(ours)  # before the feed: a scope that comes later does not know of what was sent before
        for nth, datagram in enumerate(of_a_feed()):
            if nth != missing:
                services.send(datagram)
        *records, notice = everything(inbox)
        assert records == calls[:missing] + calls[missing + 1 :]
        assert isinstance(notice, Notice)
        told = notice.kind, notice.count, notice.host
        assert told == (NoticeKind.RECORDS_MISSING, 1, calls[0].host if missing else calls[1].host)
        assert (inbox.missing, inbox.lost, inbox.refused) == (1, 0, 0)


def test_what_the_network_doubles_and_reorders_is_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    """Each record comes out once, and nothing is missing."""
    ours, services = ends
    inbox = Inbox(ours)
    sent = of_a_feed()
    for datagram in [*sent[::-1], *sent]:
        services.send(datagram)
    assert inbox.read() == session_calls()[::-1]
    assert (everything(inbox), inbox.missing, inbox.refused) == ([], 0, 0)


def test_what_was_dropped_here_is_counted_once(ends: tuple[socket.socket, socket.socket]) -> None:
    """By the kernel; the gap in the numbers is the same loss."""
    ours, services = ends
    inbox = Inbox(ours)
    *sent, end = of_a_feed()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # its minimum
    for datagram in sent:
        services.send(datagram)
    records = inbox.read()
    services.send(end)
    records += everything(inbox)
    notices = [record for record in records if isinstance(record, Notice)]
    assert [notice.kind for notice in notices] == [NoticeKind.RECORDS_LOST]
    assert inbox.missing == 0
    assert inbox.lost == len(sent) - len(records) + len(notices)
