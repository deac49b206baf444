"""One session, against peers that do it right and peers that do not."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.client.errors import ClosedEarly, EchoMismatch, FileRewritten, Reset, SurplusBytes, TimedOut
from services.client.payload import File, Random, Text
from services.client.session import Session
from shared.calls import Call, WatchedSocket
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.sockets import receive, reset, scripted_peer, tcp_pair

Serve = Callable[..., RunningLoop]
Pair = tuple[socket.socket, socket.socket]

MIB = 1 << 20


@contextmanager
def connected_to(script: Callable[[socket.socket], object]) -> Iterator[socket.socket]:
    """Give a connection to a peer that plays this script."""
    with scripted_peer(script) as address, socket.create_connection(address, timeout=DEADLINE_S) as sock:
        yield sock


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 8 * MIB])
@pytest.mark.parametrize("is_watched", [False, True], ids=["plain", "watched"])
def test_every_byte_comes_back(serve: Serve, size: int, is_watched: bool) -> None:  # noqa: FBT001 - a parameter
    """A payload larger than all socket buffers does not deadlock, and ends with the server having seen it all."""
    loop = serve(send_buffer_bytes=65_536)
    with loop.connect() as sock:
        session = Session(
            WatchedSocket(sock, "client", lambda _: None) if is_watched else sock, Random(size), DEADLINE_S
        )
        session.run()
    assert (session.sent, session.verified) == (size, size)
    line = loop.journal.wait_for("connection_closed")
    assert (line["received_bytes"], line["sent_bytes"], line["ended"]) == (size, size, "peer_finished")


def test_the_session_finishes_sending_before_the_peer_does(serve: Serve) -> None:
    """It half-closes when everything is back, and then reads to the peer's end."""
    calls = list[Call]()
    with serve().connect() as sock:
        Session(WatchedSocket(sock, "client", calls.append), Text(b"Hello"), DEADLINE_S).run()
    assert [(call.call, call.bytes) for call in calls] == [
        ("send", 5),
        ("recv", 5),
        ("shutdown", None),
        ("recv", 0),
    ]


@given(data=st.data(), message=st.binary(min_size=1, max_size=1000))
def test_the_first_wrong_byte_is_named(data: st.DataObject, message: bytes) -> None:
    """The error holds its offset, what was sent from there, and what came back instead."""
    offset = data.draw(st.integers(0, len(message) - 1))
    wrong = bytearray(message)
    wrong[offset] ^= data.draw(st.integers(1, 255))
    with tcp_pair() as (client, server):
        server.sendall(wrong)
        session = Session(client, Text(message), DEADLINE_S)
        with pytest.raises(EchoMismatch) as caught:
            session.run()
    error = caught.value
    assert (error.offset, error.sent, error.received) == (
        offset,
        message[offset : offset + 16],
        bytes(wrong[offset : offset + 16]),
    )
    assert session.verified == offset
    assert f"byte {offset} came back wrong: sent {error.sent.hex(' ')}" in str(error)


def test_a_file_that_was_written_to_is_not_the_peers_fault(pair: Pair, tmp_path: Path) -> None:
    """What came back cannot be compared with what was sent, and the error says so."""
    path = tmp_path / "payload"
    path.write_bytes(b"Hello")
    payload = File(path)
    os.utime(path, ns=(0, 1))  # as a write does, to a time that cannot be the same
    client, server = pair
    server.sendall(b"Hallo")
    with pytest.raises(FileRewritten):
        Session(client, payload, DEADLINE_S).run()
    payload._file.close()  # noqa: SLF001 - the client keeps it until it ends


def test_a_wrong_byte_far_into_a_large_payload_is_found() -> None:
    """Offsets count over the whole stream, not over one read."""
    size, offset = 3 * MIB, 2 * MIB + 7

    def flip_one(sock: socket.socket) -> None:
        echoed = 0
        while chunk := bytearray(sock.recv(65_536)):
            if echoed <= offset < echoed + len(chunk):
                chunk[offset - echoed] ^= 1
            echoed += len(chunk)
            sock.sendall(chunk)

    with connected_to(flip_one) as sock, pytest.raises(EchoMismatch) as caught:
        Session(sock, Random(size), DEADLINE_S).run()
    assert caught.value.offset == offset


@pytest.mark.parametrize("message", [b"", b"Hello"])
def test_surplus_bytes_are_an_error(pair: Pair, message: bytes) -> None:
    """More than was sent is no echo: the error says where it should have ended, and what came then."""
    client, server = pair
    server.sendall(message + b"surplus")
    with pytest.raises(SurplusBytes) as caught:
        Session(client, Text(message), DEADLINE_S).run()
    assert (caught.value.size, caught.value.received) == (len(message), b"surplus")


def test_surplus_bytes_after_the_half_close_are_an_error() -> None:
    """The session reads to the end, so that it also sees what comes late."""

    def late(sock: socket.socket) -> None:
        sock.sendall(receive(sock, 5))
        receive(sock, 1)
        sock.sendall(b"!")

    with connected_to(late) as sock, pytest.raises(SurplusBytes):
        Session(sock, Text(b"Hello"), DEADLINE_S).run()


def test_bytes_that_come_before_they_were_sent_are_surplus(pair: Pair) -> None:
    """The right bytes too early cannot be an echo."""
    client, server = pair
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    payload = Random(60_000)
    server.sendall(payload.read(0, 60_000))
    session = Session(client, payload, DEADLINE_S)
    with pytest.raises(SurplusBytes):
        session.run()
    assert session.sent < session.verified


def test_a_peer_that_finishes_early_is_told_with_the_numbers() -> None:
    """The error counts what was sent, what came back, and what should have."""
    with connected_to(lambda sock: sock.sendall(receive(sock, 5)[:2])) as sock, pytest.raises(ClosedEarly) as caught:
        Session(sock, Text(b"Hello"), DEADLINE_S).run()
    assert (caught.value.sent, caught.value.received, caught.value.size) == (5, 2, 5)
    assert "sent 5 of 5 bytes, received 2" in str(caught.value)


def test_a_reset_is_told_with_the_numbers() -> None:
    """A peer that resets in mid-session costs a clear error."""

    def take_and_reset(sock: socket.socket) -> None:
        receive(sock, 5)
        reset(sock)

    with connected_to(take_and_reset) as sock, pytest.raises(Reset, match="reset the connection") as caught:
        Session(sock, Text(b"Hello"), DEADLINE_S).run()
    assert (caught.value.sent, caught.value.received, caught.value.size) == (5, 0, 5)


def test_a_reset_instead_of_the_peers_end_is_an_error() -> None:
    """Every byte is back, but the session is only good when the peer finishes properly."""

    def echo_and_reset(sock: socket.socket) -> None:
        sock.sendall(receive(sock, 5))
        receive(sock, 1)
        reset(sock)

    with connected_to(echo_and_reset) as sock:
        session = Session(sock, Text(b"Hello"), DEADLINE_S)
        with pytest.raises(Reset):
            session.run()
    assert session.verified == 5


@pytest.mark.parametrize("echo", [b"", b"He", b"Hello"], ids=["nothing", "some", "all, but not its end"])
def test_no_progress_times_out(pair: Pair, echo: bytes) -> None:
    """A peer that stops answering ends the session after the time-out, wherever it stopped."""
    client, server = pair
    server.sendall(echo)
    with pytest.raises(TimedOut, match=r"no progress for 0\.05 s") as caught:
        Session(client, Text(b"Hello"), 0.05).run()
    assert caught.value.received == len(echo)


def test_progress_starts_the_time_out_again() -> None:
    """A slow peer is no error, however long the whole takes, while some byte comes in time."""

    def trickle(sock: socket.socket) -> None:
        received = receive(sock, 4)
        sock.settimeout(0.1)
        for byte in received:
            with pytest.raises(TimeoutError):
                sock.recv(1)  # nothing comes: a pause
            sock.sendall(bytes([byte]))

    with connected_to(trickle) as sock:
        Session(sock, Text(b"slow"), 0.35).run()
