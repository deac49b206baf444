"""Listening sockets for a host and a port."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from services.server.listeners import ListenFailed, listen
from shared.calls import Call
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loops import running_loop
from tests.unit.harness.sockets import exchange


def _has(address: str, family: socket.AddressFamily) -> bool:
    with socket.socket(family) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
        return True


# The loopback addresses that this machine has: IPv6 may be switched off on `lo`.
LOOPBACK = [
    address for address, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)) if _has(address, family)
]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Close what a test opens."""
    with ExitStack() as closing:
        yield closing


@pytest.mark.parametrize("address", LOOPBACK)
def test_any_serves_every_family(address: str) -> None:
    """The one IPv6 listener of `::` echoes over IPv6 and over IPv4."""
    with running_loop(host="::") as loop:
        assert loop.listener.family == socket.AF_INET6
        with socket.create_connection((address, loop.address[1]), timeout=DEADLINE_S) as sock:
            assert exchange(sock, [b"Hello"]) == b"Hello"
        assert loop.journal.wait_for("connection_closed")["peer"].rpartition(":")[0].strip("[]") == address


@pytest.mark.parametrize("address", LOOPBACK)
def test_an_address_serves_its_own_family(address: str) -> None:
    """A listener on one address echoes to that address."""
    with running_loop(host=address) as loop:
        assert loop.echoes()


def test_a_listener_never_blocks_and_its_connections_never_wait(stack: ExitStack) -> None:
    """Accepting would block at once, and an accepted socket sends without waiting for acknowledgements."""
    (listener,) = listen("127.0.0.1", 0, 16, None)
    stack.enter_context(listener)
    with pytest.raises(BlockingIOError):
        listener.accept()
    stack.enter_context(socket.create_connection(listener.getsockname(), timeout=DEADLINE_S))
    accepted = stack.enter_context(listener.accept()[0])
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_named() -> None:
    """The error holds host, port and the kernel's reason."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenFailed, match=f"ECHO_HOST='127.0.0.1' ECHO_PORT={port}: Address already in use"):
            listen("127.0.0.1", port, 16, None)


@pytest.mark.parametrize("host", ["no such host", "a..b", "x" * 64])
def test_a_host_that_does_not_resolve_is_named(host: str) -> None:
    """The error says which name it was, and that it does not resolve."""
    with pytest.raises(ListenFailed, match=f"ECHO_HOST='{host}' ECHO_PORT=5000: the name does not resolve"):
        listen(host, 5000, 16, None)


def test_an_address_of_another_machine_is_named() -> None:
    """Nothing is left to listen on, and the kernel says why."""
    with pytest.raises(ListenFailed, match="Cannot assign requested address"):
        listen("192.0.2.1", 0, 16, None)


class Names:
    """A resolver that knows one name, and all of its addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    def __call__(self, _: str, port: int, **__: Any) -> list[Any]:
        """Answer as getaddrinfo does."""
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self._addresses]


def test_all_addresses_of_a_name_share_the_port(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """With port 0 the first listener gets a free port, and the others take the same."""
    monkeypatch.setattr(socket, "getaddrinfo", Names("127.0.0.1", "127.0.0.2", "127.0.0.1"))
    listeners = [stack.enter_context(one) for one in listen("echo.test", 0, 16, None)]
    port = listeners[0].getsockname()[1]
    assert [one.getsockname() for one in listeners] == [("127.0.0.1", port), ("127.0.0.2", port)]


def test_an_address_that_this_machine_lacks_is_passed_over(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a name with several addresses, one that works is enough."""
    monkeypatch.setattr(socket, "getaddrinfo", Names("192.0.2.1", "127.0.0.1"))
    (listener,) = listen("echo.test", 0, 16, None)
    assert stack.enter_context(listener).getsockname()[0] == "127.0.0.1"


def test_one_taken_port_closes_the_listeners_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is all or nothing: after an error the first address can be bound again."""
    with socket.create_server(("127.0.0.2", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(socket, "getaddrinfo", Names("127.0.0.1", "127.0.0.2"))
        with pytest.raises(ListenFailed):
            listen("echo.test", port, 16, None)
        socket.create_server(("127.0.0.1", port)).close()


def test_a_watched_listener_reports_how_it_came_to_be(stack: ExitStack) -> None:
    """Bind and listen are reported, with the address and the state that they led to."""
    calls = list[Call]()
    (listener,) = listen("127.0.0.1", 0, 16, calls.append)
    port = stack.enter_context(listener).getsockname()[1]
    assert [(call.call, call.local, call.tcp_state) for call in calls] == [
        ("bind", f"127.0.0.1:{port}", "CLOSED"),
        ("listen", f"127.0.0.1:{port}", "LISTEN"),
    ]
