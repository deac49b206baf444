"""Sessions one after another, each counted and logged."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from services.client.payload import Text, payload_of
from services.client.result import Result
from services.client.run import run_sessions
from services.client.settings import ClientSettings
from shared.calls import Call
from shared.feeding.feed import Feed
from shared.watch import Watch
from tests.unit.harness.facts import Journal
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.receiver import receiver
from tests.unit.harness.sockets import receive, reset, scripted_peer

Serve = Callable[..., RunningLoop]


def run(address: tuple[str, int], **settings: Any) -> tuple[Result, Journal]:
    """Run sessions with that server; return what they came to, and what was logged."""
    known = ClientSettings(host=address[0], port=address[1], message="Hello", interval_s=0, **settings)
    result, journal = Result(known), Journal()
    run_sessions(known, Text(b"Hello"), result, journal.log, None)
    return result, journal


def echo(sock: socket.socket) -> None:
    """Do it right."""
    sock.sendall(receive(sock, 5))
    receive(sock, 1)


def flip(sock: socket.socket) -> None:
    """Echo a wrong byte."""
    receive(sock, 5)
    sock.sendall(b"Hallo")


def abort(sock: socket.socket) -> None:
    """Take everything, and reset."""
    receive(sock, 5)
    reset(sock)


def test_every_session_is_counted(serve: Serve) -> None:
    """Three sessions are three messages and fifteen bytes, sent and verified."""
    result, journal = run(serve().address, sessions=3)
    assert (result.sessions, result.sessions_failed, result.errors) == (3, 0, {})
    assert (result.messages_sent, result.messages_verified) == (3, 3)
    assert (result.bytes_sent, result.bytes_verified) == (15, 15)
    assert journal.events().count("session_completed") == 3


def test_a_session_logs_one_line_at_info(serve: Serve) -> None:
    """It says with whom, how much, and how long."""
    address = serve().address
    _, journal = run(address)
    line = journal.wait_for("session_completed")
    assert line.pop("duration_ms") >= line.pop("connect_ms") > 0
    assert line == {
        "event": "session_completed",
        "server": f"{address[0]}:{address[1]}",
        "sent_bytes": 5,
        "verified_bytes": 5,
    }


def test_a_failed_session_does_not_end_the_run() -> None:
    """Each failure is counted by its kind, with the bytes that it did verify, and the next session is run."""
    with scripted_peer(flip, echo, abort) as address:
        result, journal = run(address, sessions=3)
    assert (result.sessions, result.sessions_failed, result.mismatches) == (3, 2, 1)
    assert result.errors == {"mismatch": 1, "reset": 1}
    assert (result.messages_sent, result.messages_verified) == (3, 1)
    assert (result.bytes_sent, result.bytes_verified) == (15, 1 + 5 + 0)
    assert journal.wait_for("session_failed", kind="mismatch")["why"].startswith("byte 1 came back wrong")


def test_a_server_that_is_not_there_is_a_failed_session() -> None:
    """Not getting a connection counts like losing one."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        result, journal = run(bound.getsockname(), connect_timeout_s=0.5)
    assert (result.sessions, result.sessions_failed, result.errors) == (1, 1, {"refused": 1})
    assert journal.wait_for("session_failed")["kind"] == "refused"


def test_an_ipv6_address_is_logged_in_brackets() -> None:
    """Otherwise nobody could tell where it ends and the port begins."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        _, journal = run(("::1", taken.getsockname()[1]), connect_timeout_s=0.05)
    assert journal.wait_for("session_failed")["server"].startswith("[::1]:")


def test_an_interruption_keeps_what_was_counted(serve: Serve) -> None:
    """Whatever ends the run in mid-session, the bytes of that session are in the result."""

    class Interrupted(BaseException):
        pass

    def interrupt(call: Call) -> None:
        if call.call == "recv":
            raise Interrupted

    known = ClientSettings(port=serve().address[1], host="127.0.0.1")
    result = Result(known)
    with pytest.raises(Interrupted):
        run_sessions(known, Text(b"Hello"), result, Journal().log, Watch(interrupt))
    assert (result.sessions, result.bytes_sent, result.messages_sent) == (0, 5, 1)


def test_a_long_session_is_watched_at_its_beginning(serve: Serve) -> None:
    """It makes hundreds of calls, and the scope gets as many as it was promised, and a notice."""
    address = serve().address
    known = ClientSettings(host=address[0], port=address[1], size_bytes=2**23, interval_s=0, sessions=2)
    with receiver() as scope:
        watch = Watch(None, Feed(scope.address, "client", Journal().log), calls=10)
        watch.start()
        result = Result(known)
        run_sessions(known, payload_of(known), result, Journal().log, watch)
        watch.close()
        assert result.bytes_verified == 2 * 2**23
        assert len(scope.calls()) == 2 * 10
        assert [(one["reason"], one["calls"]) for one in scope.notices()] == [("budget", 10)] * 2
