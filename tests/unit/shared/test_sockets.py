"""What two services do with sockets."""

import errno
import socket

import pytest

from shared.sockets import is_overload, reset_on_close
from tests.unit.harness.sockets import tcp_pair


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM], ids=errno.errorcode.get)
def test_what_may_come_back_is_overload(number: int) -> None:
    """Descriptors and memory are free again later, and the connection still waits."""
    assert is_overload(OSError(number, "out of it"))


@pytest.mark.parametrize("number", [errno.ECONNABORTED, errno.EAGAIN, errno.EPERM], ids=errno.errorcode.get)
def test_what_is_about_one_connection_is_not_overload(number: int) -> None:
    """To wait would not help."""
    assert not is_overload(OSError(number, "gone"))


def test_a_reset_on_close_reaches_the_peer_as_one() -> None:
    """Not as an orderly end, although everything was read."""
    with tcp_pair() as (client, server):
        reset_on_close(client)
        client.close()
        with pytest.raises(ConnectionResetError):
            server.recv(1)


def test_without_it_the_peer_sees_an_orderly_end() -> None:
    """So that the other test's reset is its doing."""
    with tcp_pair() as (client, server):
        client.shutdown(socket.SHUT_WR)
        client.close()
        assert server.recv(1) == b""
