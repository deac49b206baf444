"""The record of a socket call, and a socket that makes it."""

import io
import json
import os
import socket
import time
from contextlib import redirect_stderr
from dataclasses import replace

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.calls import Call, WatchedSocket, accept, address, as_record, log_calls, tcp_state
from shared.log import configure_logging
from shared.settings import Settings
from tests.unit.harness.facts import eventually
from tests.unit.harness.sockets import receive, reset, tcp_pair, unanswering_address

Pair = tuple[socket.socket, socket.socket]

CONTRACT = [
    "service",
    "host",
    "pid",
    "fd",
    "call",
    "t0_ns",
    "t1_ns",
    "mono_ns",
    "local",
    "peer",
    "bytes",
    "offset",
    "errno",
    "tcp_state",
]


def watched(sock: socket.socket) -> tuple[WatchedSocket, list[Call]]:
    """Return the socket, watched, and the list that its calls go to."""
    calls = list[Call]()
    return WatchedSocket(sock, "client", calls.append), calls


def test_a_record_has_the_keys_of_the_contract(pair: Pair) -> None:
    """As a line of JSON it is exactly these, and what every log line has."""
    stderr = io.TextIOWrapper(io.BytesIO())
    with redirect_stderr(stderr):
        log = configure_logging("client", Settings(log_level="debug"))
        WatchedSocket(pair[0], "client", log_calls(log)).send(b"Hello")
        stderr.flush()
    structlog.reset_defaults()
    line = json.loads(stderr.buffer.getvalue())
    assert [key for key in line if key in CONTRACT] == CONTRACT
    assert set(line) - set(CONTRACT) == {"event", "level", "timestamp"}
    assert line["event"] == "bytes_sent"


def test_what_only_a_traced_call_has_is_absent_elsewhere() -> None:
    """A record has no key that says nothing."""
    made = Call("server", "here", 1, 3, "recv", 1, 2, 1, None, None, 5, 0, None, None)
    assert list(as_record(made)) == CONTRACT
    traced = replace(made, slack_ns=4, program="curl", syscall="recvfrom")
    assert as_record(traced) == as_record(made) | {"slack_ns": 4, "program": "curl", "syscall": "recvfrom"}
    assert (made.latest_ns, traced.latest_ns) == (2, 6)


def test_a_record_tells_who_called_on_what(pair: Pair) -> None:
    """Service, host, process, descriptor, and both addresses of the connection."""
    sock, calls = watched(pair[0])
    sock.send(b"Hello")
    (call,) = calls
    assert (call.service, call.host, call.pid, call.fd) == ("client", socket.gethostname(), os.getpid(), sock.fileno())
    assert call.local == address(pair[0].getsockname())
    assert call.peer == address(pair[0].getpeername())


def test_the_stamps_enclose_the_call(pair: Pair) -> None:
    """Wall-clock time just before and just after it, and the monotonic clock with the first."""
    sock, calls = watched(pair[0])
    before_ns, before_mono_ns = time.time_ns(), time.monotonic_ns()
    sock.send(b"Hello")
    after_ns, after_mono_ns = time.time_ns(), time.monotonic_ns()
    (call,) = calls
    assert before_ns <= call.t0_ns <= call.t1_ns <= after_ns
    assert before_mono_ns <= call.mono_ns <= after_mono_ns


@given(messages=st.lists(st.binary(min_size=1, max_size=50), max_size=10), size=st.integers(1, 60))
def test_offsets_count_the_bytes_of_each_direction(messages: list[bytes], size: int) -> None:
    """However the stream is cut, each record's bytes begin where those of the one before it ended."""
    with tcp_pair() as (client, server):
        sender, sent = watched(client)
        receiver, received = watched(server)
        for message in messages:
            sender.send(message)
        client.shutdown(socket.SHUT_WR)
        data = b""
        buffer = memoryview(bytearray(size))
        while (chunk := receiver.recv(size)) and (count := receiver.recv_into(buffer)):
            data += chunk + buffer[:count]
        data += chunk
    assert data == b"".join(messages)
    for calls in (sent, received):
        end = 0
        for call in calls:
            assert call.offset == end
            end += call.bytes or 0
        assert end == len(data)


def test_the_life_of_a_connection_is_told_call_by_call() -> None:
    """Each call is there once, in order, with the state that the kernel was in right after it."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as plain:
        client, ours = watched(plain)
        client.connect(listener.getsockname())
        theirs = list[Call]()
        server, _ = accept(listener, "server", lambda _: theirs.append)
        client.send(b"Hello")
        buffer = memoryview(bytearray(10))
        assert server.recv_into(buffer) == 5
        client.shutdown(socket.SHUT_WR)
        assert server.recv(10) == b""
        server.close()
        assert client.recv(10) == b""
        client.close()
    assert [(call.event, call.bytes, call.tcp_state) for call in theirs] == [
        ("connection_accepted", None, "ESTABLISHED"),
        ("bytes_received", 5, "ESTABLISHED"),
        ("peer_finished", 0, "CLOSE-WAIT"),
        ("socket_closed", None, None),
    ]
    # Whether our FIN is acknowledged when the call returns is the kernel's business.
    assert [(call.event, call.bytes) for call in ours] == [
        ("connection_established", None),
        ("bytes_sent", 5),
        ("sending_finished", None),
        ("peer_finished", 0),
        ("socket_closed", None),
    ]
    assert {call.local for call in ours} == {call.peer for call in theirs}
    assert {call.peer for call in ours} == {call.local for call in theirs}


def test_a_call_that_would_block_is_not_reported(pair: Pair) -> None:
    """It did nothing, and the loop will come back to it."""
    sock, calls = watched(pair[0])
    sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        sock.recv(1)
    assert calls == []


def test_a_reporter_that_has_had_enough_is_not_asked_again(pair: Pair) -> None:
    """The socket goes on as before, and at the end gives its descriptor away."""
    client, server = pair
    calls = list[Call]()

    def enough(call: Call) -> bool:
        calls.append(call)
        return len(calls) == 2

    sock = WatchedSocket(server, "server", enough)
    for count in (1, 2, 3):
        assert sock.is_watched is (count < 3)
        sock.send(b"Hello")
    assert [call.offset for call in calls] == [0, 5]
    fd = sock.fileno()
    assert sock.detach() == fd
    with socket.socket(fileno=fd) as plain:
        plain.send(b"!")
        assert receive(client, 16) == b"HelloHelloHello!"


def test_a_failed_call_is_reported_with_its_errno(pair: Pair) -> None:
    """The name is the kernel's, the offset is where it would have gone on, and the caller still gets the error."""
    client, server = pair
    sock, calls = watched(server)
    client.send(b"Hello")
    assert sock.recv(5) == b"Hello"
    reset(client)
    with pytest.raises(ConnectionResetError):
        sock.recv(1)
    with pytest.raises(BrokenPipeError):
        sock.send(b"?")
    _, received, sent = calls
    assert (received.event, received.errno, received.offset, received.bytes) == ("call_failed", "ECONNRESET", 5, None)
    assert (sent.event, sent.errno, sent.offset, sent.tcp_state) == ("call_failed", "EPIPE", 0, "CLOSED")


def test_a_refused_connect_names_the_peer_that_it_was_for() -> None:
    """There never was a connection, and the record says with whom it should have been."""
    with socket.socket() as bound, socket.socket() as plain:
        bound.bind(("127.0.0.1", 0))
        sock, calls = watched(plain)
        with pytest.raises(ConnectionRefusedError):
            sock.connect(bound.getsockname())
        assert (calls[0].errno, calls[0].peer) == ("ECONNREFUSED", address(bound.getsockname()))


def test_a_time_out_of_the_socket_object_has_a_name_too() -> None:
    """Python's own time-out carries no number: in a record it is ETIMEDOUT, for every errno is a symbol."""
    with unanswering_address() as full, socket.socket() as plain:
        sock, calls = watched(plain)
        sock.settimeout(0.02)
        with pytest.raises(TimeoutError):
            sock.connect(full)
    assert (calls[0].errno, calls[0].tcp_state) == ("ETIMEDOUT", "SYN-SENT")


def test_states_have_the_names_of_the_standard(pair: Pair) -> None:
    """They are RFC 9293's, in capitals, and a closed socket has none."""
    client, server = pair
    client.shutdown(socket.SHUT_WR)
    assert eventually(lambda: (tcp_state(client), tcp_state(server)) == ("FIN-WAIT-2", "CLOSE-WAIT"))
    client.close()
    assert tcp_state(client) is None


def test_a_listener_is_in_listen() -> None:
    """TCP_INFO knows the state of a listener, too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert tcp_state(listener) == "LISTEN"


@pytest.mark.parametrize(
    ("sockaddr", "text"),
    [
        (("127.0.0.1", 5000), "127.0.0.1:5000"),
        (("::1", 5000, 0, 0), "[::1]:5000"),
        (("::ffff:10.0.0.2", 5000, 0, 0), "10.0.0.2:5000"),
        (("fe80::1%eth0", 5000, 0, 2), "[fe80::1%eth0]:5000"),
    ],
)
def test_an_address_is_written_as_people_write_it(sockaddr: tuple[str, int], text: str) -> None:
    """IPv6 is in brackets, and an IPv4 peer of a dual-stack listener is an IPv4 address."""
    assert address(sockaddr) == text
