"""The stream to the scope."""

import socket
import time
from collections.abc import Iterator
from threading import Semaphore
from typing import Any

import pytest

from services.tap.streaming import Stream
from shared.pcap import LINKTYPE_ETHERNET, RECORD_HEADER, Lost, file_header, lost_in, name_in, record
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.sockets import receive

HEADER = file_header(LINKTYPE_ETHERNET, 256)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Give the scope's listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(DEADLINE_S)
        yield sock


@pytest.fixture
def journal() -> Journal:
    """Return a log that keeps its lines."""
    return Journal()


@pytest.fixture
def stream(listener: socket.socket, journal: Journal) -> Iterator[Stream]:
    """Give a stream to it."""
    started = Stream(listener.getsockname(), 256, journal.log)
    yield started
    started.close(DEADLINE_S)


def accept(listener: socket.socket) -> socket.socket:
    """Return the scope's end of a stream, after the header."""
    sock, _ = listener.accept()
    sock.settimeout(DEADLINE_S)
    assert receive(sock, len(HEADER)) == HEADER
    return sock


def test_records_follow_the_header_in_order(listener: socket.socket, stream: Stream) -> None:
    """One capture, that begins when the scope is there."""
    for number in range(1000):
        stream.put(b"%03d" % number)
    with accept(listener) as sock:
        assert receive(sock, 3000) == b"".join(b"%03d" % number for number in range(1000))
    assert stream.count_lost() == 0


def test_the_scope_is_told_where_the_packets_come_from(listener: socket.socket, journal: Journal) -> None:
    """In the first frame of each stream."""
    stream = Stream(listener.getsockname(), 256, journal.log, name="host-1")
    stream.put(b"record")
    with accept(listener) as sock:
        _, _, kept, length = RECORD_HEADER.unpack(receive(sock, RECORD_HEADER.size))
        assert name_in(receive(sock, kept)) == "host-1"
        assert kept == length
        assert receive(sock, 6) == b"record"
    stream.close(DEADLINE_S)


def test_a_scope_that_was_away_gets_another_capture(listener: socket.socket, stream: Stream, journal: Journal) -> None:
    """With a header of its own, and what came meanwhile."""
    accept(listener).close()
    journal.wait_for("scope_connected")
    # The stream sees the end with the first record for which it looks.
    stream.put(b"meanwhile")
    with accept(listener) as sock:
        assert receive(sock, 9) == b"meanwhile"
    assert stream.count_lost() == 0


def test_a_scope_that_is_not_there_is_tried_again(journal: Journal) -> None:
    """It is said once, not with each attempt."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = reserved.getsockname()
    stream = Stream(address, 256, journal.log)
    stream.put(b"record")
    journal.wait_for("scope_unreachable")
    with socket.create_server(address) as listener:
        listener.settimeout(DEADLINE_S)
        with accept(listener) as sock:
            assert receive(sock, 6) == b"record"
            stream.close(DEADLINE_S)
    assert stream.count_lost() == 0


def test_a_scope_that_is_not_there_yet_is_no_news() -> None:
    """Services start in any order: for the first seconds it is not said, and later on it is."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = reserved.getsockname()
    journal = Journal("info")
    stream = Stream(address, 256, journal.log, quiet_s=DEADLINE_S)
    with socket.create_server(address) as listener:
        listener.settimeout(DEADLINE_S)
        accept(listener).close()
        journal.wait_for("scope_connected")
    assert journal.events() == ["scope_connected"]
    stream.put(b"record")
    journal.wait_for("scope_unreachable")
    stream.close(0)


def test_a_scope_whose_name_cannot_be_is_said_as_well(journal: Journal) -> None:
    """The look-up refuses such a name in a way of its own."""
    stream = Stream(("a..b", 5002), 256, journal.log)
    assert journal.wait_for("scope_unreachable")["why"] == "it is no host name"
    stream.close(DEADLINE_S)


def test_at_debug_too_an_outage_is_one_line(monkeypatch: pytest.MonkeyPatch, journal: Journal) -> None:
    """However many attempts there are until the scope is there."""
    attempts = Semaphore(0)
    connect = socket.create_connection

    def counted(*address: Any) -> socket.socket:
        attempts.release()
        return connect(*address)

    monkeypatch.setattr(socket, "create_connection", counted)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = reserved.getsockname()
    stream = Stream(address, 256, journal.log, quiet_s=DEADLINE_S)
    for _ in range(3):
        assert attempts.acquire(timeout=DEADLINE_S)
    stream.close(DEADLINE_S)
    assert journal.events() == ["scope_unreachable"]


def test_what_has_no_room_is_lost_and_counted(journal: Journal) -> None:
    """The buffer is bounded, and a full one holds nobody up."""
    stream = Stream(("192.0.2.1", 9), 256, journal.log)  # TEST-NET-1: nobody answers
    begun = time.monotonic()
    for _ in range(20):
        stream.put(bytes(1_048_576))
    assert time.monotonic() - begun < DEADLINE_S  # a connect() that is waited for takes two minutes
    assert stream.count_lost() == 4
    stream.close(0)
    assert stream.count_lost() == 16


def told_in(sock: socket.socket) -> Lost | None:
    """Return what the next record tells of lost packets."""
    _, _, kept, _ = RECORD_HEADER.unpack(receive(sock, RECORD_HEADER.size))
    return lost_in(receive(sock, kept))


def test_the_scope_is_told_of_what_had_no_room(journal: Journal) -> None:
    """Behind all that had; how many packets, and of which time."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = reserved.getsockname()
    stream = Stream(address, 256, journal.log)
    for t_ns in range(20):
        stream.put(record(t_ns, bytes(1_048_576), 1_048_576))
    with socket.create_server(address) as listener:
        listener.settimeout(DEADLINE_S)
        with accept(listener) as sock:
            assert [told_in(sock) for _ in range(15)] == [None] * 15
            assert told_in(sock) == Lost(5, 15, 19)
            stream.close(DEADLINE_S)
    assert stream.count_lost() == 5


def test_the_scope_is_told_of_what_the_kernel_dropped(listener: socket.socket, stream: Stream) -> None:
    """Also where no packet follows."""
    with accept(listener) as sock:
        stream.tell(Lost(3, 5, 9))
        assert told_in(sock) == Lost(3, 5, 9)
        stream.tell(Lost(1, 11, 12))
        assert told_in(sock) == Lost(1, 11, 12)


def test_the_next_scope_is_told_of_what_broke_off(listener: socket.socket, stream: Stream) -> None:
    """First of all, with what the lost records themselves told of."""
    sock = accept(listener)
    stream.tell(Lost(4, 1, 2))
    stream.put(record(5, bytes(12_000_000), 12_000_000))  # more than all buffers between here and there
    receive(sock, 1000)  # of it, not only of what is told
    sock.close()  # with data unread: a reset
    with accept(listener) as again:
        found = told_in(again)
    # What was told went with the packet, or before it.
    assert found in (Lost(1, 5, 5), Lost(5, 1, 5))
    assert stream.count_lost() == 1


def test_what_is_queued_is_sent_at_the_end(listener: socket.socket, stream: Stream) -> None:
    """Then the connection is closed."""
    with accept(listener) as sock:
        stream.put(b"last words")
        stream.close(DEADLINE_S)
        assert receive(sock, 11) == b"last words"


def test_what_a_broken_connection_had_is_counted(listener: socket.socket, stream: Stream) -> None:
    """A scope that stops in the middle of a batch has not got it."""
    sock = accept(listener)
    for _ in range(8):
        stream.put(bytes(1_000_000))
    receive(sock, 1)
    sock.close()  # with data unread: a reset
    lost = 0

    def told() -> bool:
        nonlocal lost
        lost += stream.count_lost()
        return lost > 0

    assert eventually(told)
