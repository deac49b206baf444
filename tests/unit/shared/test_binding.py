"""The sockets that records and packets arrive at."""

import errno
import socket
from typing import Any

import pytest

from shared.binding import ALL_ADDRESSES, BindFailed, bound, close_all, listening
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.seccomp import have_fail, in_a_thread


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_any_address_takes_ipv4_as_well(kind: socket.SocketKind) -> None:
    """One socket is enough for both, in a container as elsewhere."""
    (sock,) = bound("::", 0, kind, "PORT")
    with sock, socket.socket(socket.AF_INET, kind) as client:
        if kind == socket.SOCK_STREAM:
            sock.listen()
        client.connect(("127.0.0.1", sock.getsockname()[1]))


def test_all_addresses_of_a_name_share_the_port_that_the_first_was_given() -> None:
    """With port 0, whoever is told one port finds the scope at each address."""
    sockets = bound("localhost", 0, socket.SOCK_DGRAM, "PORT")
    assert len({sock.getsockname()[1] for sock in sockets}) == 1
    for sock in sockets:
        sock.close()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_is_taken_is_said(kind: socket.SocketKind) -> None:
    """With the variables' names; a second scope does not share what is the first one's."""
    (sock,) = bound("127.0.0.1", 0, kind, "PORT")
    port = sock.getsockname()[1]
    if kind == socket.SOCK_STREAM:
        sock.listen()
    with sock, pytest.raises(BindFailed) as failed:
        bound("127.0.0.1", port, kind, "ECHO_SCOPE_CALLS_PORT")
    assert str(failed.value) == (
        f"cannot listen on ECHO_HOST='127.0.0.1' ECHO_SCOPE_CALLS_PORT={port}: Address already in use"
    )


def test_a_name_that_does_not_resolve_is_said() -> None:
    """Before anything is bound."""
    with pytest.raises(BindFailed, match="the name does not resolve"):
        bound("a..b", 0, socket.SOCK_STREAM, "PORT")


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_all_addresses_are_ipv6_with_ipv4(kind: socket.SocketKind) -> None:
    """Where the kernel has IPv6, one socket takes both."""
    (sock,) = bound(ALL_ADDRESSES, 0, kind, "PORT")
    with sock, socket.socket(socket.AF_INET, kind) as client:
        assert sock.family == (socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET)
        client.settimeout(DEADLINE_S)
        if kind == socket.SOCK_STREAM:
            sock.listen()
        client.connect(("127.0.0.1", sock.getsockname()[1]))


def test_without_ipv6_all_addresses_are_those_of_ipv4() -> None:
    """A kernel that was started without IPv6 refuses its sockets; the service starts all the same."""

    def work() -> list[socket.socket]:
        have_fail("socket", errno.EAFNOSUPPORT, (0, socket.AF_INET6))
        return bound(ALL_ADDRESSES, 0, socket.SOCK_STREAM, "PORT")

    (sock,) = in_a_thread(work)
    with sock:
        assert sock.getsockname()[0] == "0.0.0.0"  # noqa: S104 - what is to be found


def test_a_listener_that_cannot_listen_is_closed_with_the_others() -> None:
    """Another process may have bound the port too, and be the first to listen: the port is said to be taken."""
    made = list[socket.socket]()

    def bind_after_another(sock: socket.socket, sockaddr: Any) -> None:
        sock.bind(sockaddr)
        made.append(sock)

    def listen_after_another(sock: socket.socket, backlog: int) -> None:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(sock.getsockname())
            other.listen()
            sock.listen(backlog)

    with pytest.raises(BindFailed, match="Address already in use"):
        listening("127.0.0.1", 0, 16, "PORT", bind_after_another, listen_after_another)
    assert [sock.fileno() for sock in made] == [-1]


def test_listening_sockets_take_connections() -> None:
    """Nobody has to call listen() any more."""
    sockets = listening("127.0.0.1", 0, 16, "PORT")
    with socket.create_connection(sockets[0].getsockname(), timeout=DEADLINE_S):
        pass
    close_all(sockets)
    assert [sock.fileno() for sock in sockets] == [-1]
