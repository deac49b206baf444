"""From a host and a port to a connection, or to a clear error within the deadline."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.client.connect import connecting
from services.client.connect.addresses import Address, resolve
from services.client.connect.connecting import connect
from services.client.errors import ConnectError, ConnectTimedOut, Refused, Unreachable
from shared.calls import Call
from tests.unit.harness.facts import DEADLINE_S, Journal
from tests.unit.harness.loops import RunningLoop
from tests.unit.harness.sockets import exchange, unanswering_address

Serve = Callable[..., RunningLoop]

# A connect deadline that is to be missed, and what a busy machine may add to it.
_SHORT_S = 0.2
_SLACK_S = 5.0


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Give a port that is nobody's for as long as the test runs: bound, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def failure(host: str, port: int) -> tuple[ConnectError, Journal]:
    """Return how connecting failed, within the deadline, and what was logged."""
    journal = Journal()
    started_s = time.monotonic()
    with pytest.raises(ConnectError) as caught:
        connect(host, port, _SHORT_S, journal.log, None)
    assert time.monotonic() - started_s < _SHORT_S + _SLACK_S
    return caught.value, journal


def test_a_closed_port_is_refused_after_retries(closed_port: int) -> None:
    """Every attempt is logged, and the error counts them."""
    error, journal = failure("127.0.0.1", closed_port)
    assert isinstance(error, Refused)
    assert error.attempts > 1
    assert len(journal.lines()) == error.attempts - 1
    assert str(error) == (
        f"no connection to 127.0.0.1:{closed_port} within 0.2 s ({error.attempts} attempts): Connection refused"
    )


def test_an_attempt_that_the_deadline_cuts_short_hides_no_reason(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused, and then a name server that is silent to the end: it is refused that is said."""
    is_asked = threading.Event()

    def silent_when_asked_again(host: str, port: int, timeout_s: float) -> Sequence[Address]:
        if not is_asked.is_set():
            is_asked.set()
            return resolve(host, port, timeout_s)
        threading.Event().wait(timeout_s)
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer")

    monkeypatch.setattr(connecting, "resolve", silent_when_asked_again)
    error, _ = failure("127.0.0.1", closed_port)
    assert isinstance(error, Refused)
    assert str(error).endswith("(2 attempts): Connection refused")


def test_the_pauses_between_attempts_are_bounded(closed_port: int) -> None:
    """The back-off doubles from 50 ms, and each pause is drawn from nothing up to that."""
    _, journal = failure("127.0.0.1", closed_port)
    for number, line in enumerate(journal.lines()):
        assert line["event"] == "connect_failed"
        assert line["why"] == "Connection refused"
        assert 0 <= line["retry_in_ms"] <= 50 * 2**number


def test_no_attempt_starts_just_before_the_deadline(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut short, it would only time out, and hide that the port is closed."""
    monkeypatch.setattr(random, "uniform", lambda _, longest_s: longest_s)
    error, _ = failure("127.0.0.1", closed_port)
    # At 0 and 50 ms; the next would come at 150 of 200 ms.
    assert error.attempts <= 2


def test_no_route_is_unreachable() -> None:
    """TCP goes to no multicast address, and the kernel says so."""
    error, _ = failure("224.0.0.1", 5000)
    assert isinstance(error, Unreachable)
    assert "Network is unreachable" in str(error)


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_a_name_that_cannot_be_is_unreachable(host: str) -> None:
    """What no resolver takes is an error of the session, as is a name that it does not know."""
    error, _ = failure(host, 5000)
    assert isinstance(error, Unreachable)


def test_a_syn_without_an_answer_times_out() -> None:
    """A full accept queue drops the SYN: the deadline ends the wait for it."""
    with unanswering_address() as address:
        error, _ = failure(*address)
    assert isinstance(error, ConnectTimedOut)


@pytest.fixture
def slow_to_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the name server answer at the deadline."""

    def slow(host: str, port: int, timeout_s: float) -> Sequence[Address]:
        threading.Event().wait(timeout_s)
        return resolve(host, port, timeout_s)

    monkeypatch.setattr(connecting, "resolve", slow)


@pytest.mark.usefixtures("slow_to_resolve")
def test_a_connection_that_is_there_at_the_deadline_is_used() -> None:
    """The kernel has made it, whatever the time is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        sock = connect(host, port, _SHORT_S, Journal().log, None)
        assert isinstance(sock, socket.socket)
        with sock:
            assert sock.getpeername() == (host, port)


@pytest.mark.usefixtures("slow_to_resolve")
def test_a_refusal_at_the_deadline_is_told_as_one(closed_port: int) -> None:
    """Not as a time-out: the peer has answered."""
    error, _ = failure("127.0.0.1", closed_port)
    assert isinstance(error, Refused)


class SilentResolver:
    """A resolver whose name server does not answer until the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self, *_: Any, **__: Any) -> list[Any]:
        """Wait, and fail."""
        self.over.wait(DEADLINE_S)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_a_silent_name_server_does_not_outlast_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolving has no time-out of its own, and is not waited for longer than connecting may take."""
    resolver = SilentResolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    error, _ = failure("echo.test", 5000)
    resolver.over.set()
    assert isinstance(error, Unreachable)
    assert "the name server does not answer" in str(error)


def test_attempts_go_on_until_a_server_appears() -> None:
    """A client that was started first finds the server as soon as it listens."""
    journal = Journal()
    with socket.socket() as late, ThreadPoolExecutor() as pool:
        late.bind(("127.0.0.1", 0))
        connecting = pool.submit(connect, "127.0.0.1", late.getsockname()[1], DEADLINE_S, journal.log, None)
        journal.wait_for("connect_failed")
        late.listen()
        sock = connecting.result(DEADLINE_S)
        assert isinstance(sock, socket.socket)
        accepted, peer = late.accept()
        with accepted, sock:
            assert sock.getsockname() == peer


def test_every_address_of_a_name_is_tried(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """One address that refuses does not hide another that serves."""
    loop = serve()
    port = loop.address[1]

    def resolve(*_: Any, **__: Any) -> list[Any]:
        addresses = [(host, port) for host in ("127.0.0.2", "127.0.0.1")]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    sock = connect("echo.test", port, DEADLINE_S, Journal().log, None)
    assert isinstance(sock, socket.socket)
    with sock:
        assert exchange(sock, [b"Hello"]) == b"Hello"


def test_watched_connecting_reports_its_calls(closed_port: int) -> None:
    """Each attempt is a socket, a connect with its outcome, and a close."""
    calls = list[Call]()
    with pytest.raises(Refused):
        connect("127.0.0.1", closed_port, _SHORT_S, Journal().log, calls.append)
    assert [(call.call, call.errno, call.peer) for call in calls[:3]] == [
        ("socket", None, None),
        ("connect", "ECONNREFUSED", f"127.0.0.1:{closed_port}"),
        ("close", None, f"127.0.0.1:{closed_port}"),
    ]
