"""Descriptors that are copied, closed, and used again."""

import pytest

from tests.unit.harness.strace import CONNECTION, LOCAL, PEER, T0, lines, records, short

ACCEPTED = f"accept(3<TCP:[0.0.0.0:5000]>, NULL, NULL) = 4<{CONNECTION}> <0.000010>"


def test_a_copy_is_the_same_socket() -> None:
    """dup(), dup2(), dup3() and fcntl(F_DUPFD) share the stream, and its offsets; each is a record of its copy."""
    found = records(
        *lines(
            "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4",
            "dup(4) = 5",
            "dup2(5, 6) = 6",
            "dup3(6, 7, O_CLOEXEC) = 7",
            "fcntl(7, F_DUPFD, 0) = 8",
            *(f'write({fd}, "ab", 2) = 2' for fd in (4, 5, 6, 7, 8)),
        )
    )
    copied, written = found[1:5], found[5:]
    assert [(call.call, call.syscall, call.fd) for call in copied] == [
        ("dup", None, 5),
        ("dup", "dup2", 6),
        ("dup", "dup3", 7),
        ("dup", "fcntl(F_DUPFD)", 8),
    ]
    assert [(call.fd, call.offset) for call in written] == [(4, 0), (5, 2), (6, 4), (7, 6), (8, 8)]


def test_a_copy_of_another_socket_closes_what_had_the_number() -> None:
    """The close comes first, as the kernel has it: then the number is the other socket's."""
    found = records(*lines(ACCEPTED, "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 5", "dup2(5, 4) = 4"))
    assert [(call.call, call.fd, call.peer) for call in found[2:]] == [("close", 4, PEER), ("dup", 4, None)]


def test_dup2_closes_what_had_the_number() -> None:
    """The kernel closes it: its FIN is dup2()'s."""
    found = records(*lines(ACCEPTED, "dup2(1</dev/null>, 4) = 4</dev/null>"))
    assert [(call.call, call.syscall, call.peer) for call in found] == [("accept", None, PEER), ("close", "dup2", PEER)]


def test_a_number_that_is_used_again_is_another_socket() -> None:
    """Where close() was not traced, the names tell."""
    other = "TCP:[10.0.0.1:5000->10.0.0.3:1]"
    found = records(*lines(ACCEPTED, f'read(4<{CONNECTION}>, "ab", 2) = 2', f'read(4<{other}>, "ab", 2) = 2'))
    assert [(call.peer, call.offset) for call in found] == [(PEER, None), (PEER, 0), ("10.0.0.3:1", None)]


@pytest.mark.parametrize(
    ("closing", "is_socket"),
    [("close(4</etc/hosts>", False), (f"close(4<{CONNECTION}>", True), ("close_range(4, 9, 0", True)],
)
def test_a_number_is_free_as_soon_as_its_close_begins(closing: str, is_socket: bool) -> None:  # noqa: FBT001 - a parameter
    """Another thread is given it before strace has written that close() is over."""
    before = [ACCEPTED] if is_socket else []
    new, there = (
        "TCP:[10.0.0.1:6000->10.0.0.3:1]",
        '{sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("10.0.0.3")}',
    )
    found = records(
        f"7  {T0}.000000 clone(child_stack=0x1, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 9",
        *(f"7  {T0}.000001 {one}" for one in before),
        f"7  {T0}.000002 {closing} <unfinished ...>",
        f"9  {T0}.000003 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4<TCP:[9]>",
        f"7  {T0}.000004 <... {closing.partition('(')[0]} resumed>) = 0",
        f"9  {T0}.000005 connect(4<TCP:[9]>, {there}, 16) = 0",
        f'9  {T0}.000006 write(4<{new}>, "ab", 2) = 2',
    )
    opened = [(call.call, call.offset) for call in found if call.call in ("socket", "connect", "send")]
    assert opened == [("socket", None), ("connect", None), ("send", 0)]
    assert [call.peer for call in found if call.call == "close"] == ([PEER] if before else [])


def test_with_a_process_that_ends_inside_close_the_socket_is_closed() -> None:
    """SIGKILL came before close() was over."""
    found = records(*lines(ACCEPTED, f"close(4<{CONNECTION}> <unfinished ...>", "+++ killed by SIGKILL +++"))
    closed = [(call.syscall, call.peer) for call in found if call.call == "close" and call.fd == 4]
    assert closed == [("SIGKILL", PEER)]


def test_a_file_with_a_sockets_number_is_no_socket() -> None:
    """Files, pipes, UDP, UNIX and netlink sockets are passed over."""
    others = ("/srv/x", "pipe:[1]", "UDP:[1.2.3.4:5->1.2.3.4:6]", "UNIX-STREAM:[1->2]", "NETLINK:[ROUTE:1]")
    found = records(*lines(ACCEPTED, *(f'write(4<{name}>, "ab", 2) = 2' for name in others)))
    assert short(found) == [("accept", None, None)]


def test_a_socket_that_was_there_before_has_no_offsets() -> None:
    """Nobody knows how many bytes it had moved when strace came."""
    found = records(*lines(f'read(4<{CONNECTION}>, "ab", 2) = 2'))
    assert [(call.local, call.peer, call.bytes, call.offset) for call in found] == [(LOCAL, PEER, 2, None)]


def test_a_range_is_closed_as_one() -> None:
    """close_range() closes each; with CLOSE_RANGE_CLOEXEC it closes none."""
    assert [call.syscall for call in records(*lines(ACCEPTED, "close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) = 0"))] == [
        None
    ]
    assert [call.syscall for call in records(*lines(ACCEPTED, "close_range(4, 4294967295, 0) = 0"))] == [
        None,
        "close_range",
    ]


def test_a_connection_that_was_passed_on_is_known_by_its_names() -> None:
    """Another process that has it, by means that were not traced, goes on in the same stream."""
    found = records(
        *lines(ACCEPTED, f'write(4<{CONNECTION}>, "ab", 2) = 2'), *lines(f'write(9<{CONNECTION}>, "cd", 2) = 2', pid=8)
    )
    assert {(call.pid, call.offset) for call in found if call.call == "send"} == {(7, 0), (8, 2)}
