"""Descriptors and the sockets that they are."""

from shared.strace import tables
from shared.strace.tables import OpenSocket, Process, Tables


def test_a_socket_is_over_with_its_last_descriptor() -> None:
    """dup() and fork() share it."""
    table, process, child, sock = Tables(), Process(1), Process(2), OpenSocket(is_whole=True)
    for holder, fd in ((process, 3), (process, 4), (child, 3)):
        table.install(holder, fd, sock)
    table.release(process, 3)
    assert list(table.release_all(process)) == []
    assert list(table.release_all(child)) == [(3, sock)]


def test_a_socket_is_found_by_its_addresses_or_its_inode_while_it_is_held() -> None:
    """A descriptor that was passed on by means that were not traced is known again."""
    table, process, sock = Tables(), Process(1), OpenSocket(is_whole=True)
    table.install(process, 3, sock)
    table.name(sock, "a:1", None, 77)
    table.name(sock, None, "b:2")
    assert table.find("a:1", "b:2", None) is table.find(None, None, 77) is sock
    table.release(process, 3)
    assert table.find("a:1", "b:2", None) is table.find(None, None, 77) is None


def test_there_are_never_more_than_is_bounded() -> None:
    """What was there first is given up."""
    table, process = Tables(), Process(1)
    for fd in range(tables.MAX_SOCKETS + 5):
        table.install(process, fd, OpenSocket(is_whole=True))
    assert len(process.fds) == tables.MAX_SOCKETS
    assert 4 not in process.fds
    assert 5 in process.fds
