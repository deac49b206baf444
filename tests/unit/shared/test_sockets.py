"""What two services do with sockets."""

import errno
import os
import resource
import socket

import pytest

from services.server.worker import fork
from shared.sockets import allow_descriptors, concerns_one_connection, reset_on_close
from tests.unit.harness.processes import exit_code
from tests.unit.harness.sockets import tcp_pair


@pytest.mark.parametrize("number", [errno.ECONNABORTED, errno.EPROTO, errno.ENETUNREACH, errno.EPERM])
def test_some_errors_of_accept_are_one_connections(number: int) -> None:
    """It is gone, and the next can be accepted at once."""
    assert concerns_one_connection(OSError(number, os.strerror(number)))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOSPC, errno.EINVAL])
def test_all_others_are_everybodys(number: int) -> None:
    """To try again at once would fail again at once."""
    assert not concerns_one_connection(OSError(number, os.strerror(number)))


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


@pytest.mark.parametrize(
    ("soft", "hard", "needed", "allowed"),
    [
        pytest.param(100, 500, 300, 300, id="raised to what is needed"),
        pytest.param(100, 500, 900, 500, id="raised as far as it can be"),
        pytest.param(100, 500, 50, 100, id="never lowered"),
        pytest.param(500, 500, 900, 500, id="cannot be raised"),
    ],
)
def test_the_limit_follows_the_need(soft: int, hard: int, needed: int, allowed: int) -> None:
    """What is returned is what holds from now on, and the hard limit stays; in a process whose limit it is."""

    def work() -> int:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        returned = allow_descriptors(needed)
        return (returned, resource.getrlimit(resource.RLIMIT_NOFILE)) != (allowed, (allowed, hard))

    assert exit_code(fork(work)) == 0
