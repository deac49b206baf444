"""Listening sockets for a host and a port."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from services.server.listeners import accept_queue, listen, listen_for_each, refuse_new_handshakes, stop_listening
from shared.binding import BindFailed, close_all
from shared.calls import Call
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.loops import running_loop
from tests.unit.harness.sockets import exchange, receive


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
    (listener,) = listen("127.0.0.1", 0, 16)
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
        with pytest.raises(BindFailed, match=f"ECHO_HOST='127.0.0.1' ECHO_PORT={port}: Address already in use"):
            listen("127.0.0.1", port, 16)


@pytest.mark.parametrize("host", ["no such host", "a..b", "x" * 64])
def test_a_host_that_does_not_resolve_is_named(host: str) -> None:
    """The error says which name it was, and that it does not resolve."""
    with pytest.raises(BindFailed, match=f"ECHO_HOST='{host}' ECHO_PORT=5000: the name does not resolve"):
        listen(host, 5000, 16)


def test_an_address_of_another_machine_is_named() -> None:
    """Nothing is left to listen on, and the kernel says why."""
    with pytest.raises(BindFailed, match="Cannot assign requested address"):
        listen("192.0.2.1", 0, 16)


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
    listeners = [stack.enter_context(one) for one in listen("echo.test", 0, 16)]
    port = listeners[0].getsockname()[1]
    assert [one.getsockname() for one in listeners] == [("127.0.0.1", port), ("127.0.0.2", port)]


def test_an_address_that_this_machine_lacks_is_passed_over(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a name with several addresses, one that works is enough."""
    monkeypatch.setattr(socket, "getaddrinfo", Names("192.0.2.1", "127.0.0.1"))
    (listener,) = listen("echo.test", 0, 16)
    assert stack.enter_context(listener).getsockname()[0] == "127.0.0.1"


def test_one_taken_port_closes_the_listeners_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is all or nothing: after an error the first address can be bound again."""
    with socket.create_server(("127.0.0.2", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(socket, "getaddrinfo", Names("127.0.0.1", "127.0.0.2"))
        with pytest.raises(BindFailed):
            listen("echo.test", port, 16)
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


def test_refusing_handshakes_keeps_those_that_were_made() -> None:
    """A connection in the accept queue is still accepted, and works."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=DEADLINE_S)
        refuse_new_handshakes(listener)
        server, _ = listener.accept()
        with client, server:
            client.sendall(b"?")
            assert receive(server, 1) == b"?"
            server.sendall(b"!")
            assert receive(client, 1) == b"!"


def test_the_accept_queue_length_counts_who_waits() -> None:
    """It grows with each connection that the kernel has finished, and falls with each accept."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        assert accept_queue(listener).length == 0
        for waiting in (1, 2, 3):
            stack.enter_context(socket.create_connection(listener.getsockname(), timeout=DEADLINE_S))
            assert eventually(lambda: accept_queue(listener).length == waiting)  # noqa: B023 - asked at once
        stack.enter_context(listener.accept()[0])
        assert accept_queue(listener).length == 2


def test_refusing_handshakes_looks_like_a_closed_port() -> None:
    """A new client is told at once that nobody listens, and does not enter the accept queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refuse_new_handshakes(listener)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(listener.getsockname(), timeout=DEADLINE_S)
        assert accept_queue(listener).length == 0


def test_the_workers_of_a_server_share_its_clients(stack: ExitStack) -> None:
    """Also the first, whose listener was there before it let others have its port."""
    own = [one[0] for one in listen_for_each(3, "127.0.0.1", 0, 128)]
    for listener in own:
        stack.enter_context(listener)
    assert len({listener.getsockname() for listener in own}) == 1
    for _ in range(100):
        stack.enter_context(socket.create_connection(own[0].getsockname(), timeout=DEADLINE_S))
    assert eventually(lambda: sum(accept_queue(listener).length for listener in own) == 100)
    assert all(accept_queue(listener).length for listener in own)


def test_a_single_worker_shares_its_port_with_nobody(stack: ExitStack) -> None:
    """Not even with a socket that would share."""
    ((listener,),) = listen_for_each(1, "127.0.0.1", 0, 16)
    stack.enter_context(listener)
    with pytest.raises(OSError, match="Address already in use"):
        socket.create_server(listener.getsockname(), reuse_port=True)


def test_of_two_servers_that_start_together_one_is_refused() -> None:
    """Whatever one has done when the other begins: two servers that share a port would share its clients."""
    for first_call in ("bind", "listen"):
        other = list[list[socket.socket]]()

        def start_another(call: Call) -> None:
            if call.call == first_call and not other:  # noqa: B023 - called before the next turn
                port = int((call.local or "").rpartition(":")[2])
                with suppress(BindFailed):
                    other.extend(listen_for_each(2, "127.0.0.1", port, 16))  # noqa: B023 - as above

        try:
            own = listen_for_each(2, "127.0.0.1", 0, 16, start_another)
        except BindFailed:
            own = []
        assert sorted((len(own), len(other))) == [0, 2], first_call
        close_all(sock for each in own + other for sock in each)


def test_all_workers_listeners_are_closed_when_one_cannot_be_had() -> None:
    """It is all or nothing: nobody is promised a connection that is never served."""
    made = list[Call]()

    def out_of_descriptors(call: Call) -> None:
        made.append(call)
        if len(made) == 3:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with pytest.raises(BindFailed, match="Too many open files"):
        listen_for_each(2, "127.0.0.1", 0, 16, out_of_descriptors)
    port = int((made[0].local or "").rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def test_a_listener_that_stops_is_ended_for_all_who_share_it() -> None:
    """A fork's descriptor of it would keep the port; and who comes second finds it done."""
    (listener,) = listen("127.0.0.1", 0, 16)
    shared = listener.dup()
    stop_listening(listener)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(shared.getsockname(), timeout=DEADLINE_S)
    stop_listening(shared)
