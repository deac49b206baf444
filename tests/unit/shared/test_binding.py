"""The sockets that records and packets arrive at."""

import socket

import pytest

from shared.binding import BindFailed, bound


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_any_address_takes_ipv4_as_well(kind: socket.SocketKind) -> None:
    """One socket is enough for both, in a container as elsewhere."""
    (sock,) = bound("::", 0, kind, "PORT")
    with sock, socket.socket(socket.AF_INET, kind) as client:
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
    with sock, pytest.raises(BindFailed) as failed:
        bound("127.0.0.1", port, kind, "ECHO_SCOPE_CALLS_PORT")
    assert str(failed.value) == (
        f"cannot listen on ECHO_HOST='127.0.0.1' ECHO_SCOPE_CALLS_PORT={port}: Address already in use"
    )


def test_a_name_that_does_not_resolve_is_said() -> None:
    """Before anything is bound."""
    with pytest.raises(BindFailed, match="the name does not resolve"):
        bound("a..b", 0, socket.SOCK_STREAM, "PORT")
