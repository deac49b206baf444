"""Sockets that come to be and move bytes."""

import pytest

from tests.unit.harness.strace import CONNECTION, LOCAL, PEER, lines, records, short

SOCKET = "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 4"
TO = '{sa_family=AF_INET, sin_port=htons(40000), sin_addr=inet_addr("10.0.0.2")}'


def test_a_client_without_names_behind_descriptors() -> None:
    """socket(), connect() and getsockname() tell both addresses."""
    found = records(
        *lines(
            SOCKET,
            f"connect(4, {TO}, 16) = 0",
            'getsockname(4, {sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("10.0.0.1")}, [16]) = 0',
            'sendto(4, "Hello", 5, 0, NULL, 0) = 5',
            "close(4) = 0",
        )
    )
    assert short(found) == [("socket", None, None), ("connect", None, None), ("send", 0, 5), ("close", None, None)]
    assert (found[2].local, found[2].peer) == (LOCAL, PEER)


def test_a_server_without_names_behind_descriptors() -> None:
    """accept() tells the client's address, and bind() the port."""
    found = records(
        *lines(
            SOCKET.replace("= 4", "= 3"),
            'bind(3, {sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("0.0.0.0")}, 16) = 0',
            "listen(3, 128) = 0",
            f"accept4(3, {TO}, [16], SOCK_CLOEXEC) = 4",
            'recvfrom(4, "Hello", 2048, 0, NULL, NULL) = 5',
            'recvfrom(4, "", 2048, 0, NULL, NULL) = 0',
        )
    )
    assert short(found[3:]) == [("accept", None, None), ("recv", 0, 5), ("recv", 5, 0)]
    assert [call.local for call in found[1:]] == ["0.0.0.0:5000"] * 5
    assert {call.peer for call in found[3:]} == {PEER}


@pytest.mark.parametrize(
    "call",
    [
        "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4",
        "socket(AF_UNIX, SOCK_STREAM, 0) = 4",
        "socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) = 4",
        "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 4",
        "accept(3<UNIX-STREAM:[1]>, NULL, NULL) = 4<UNIX-STREAM:[1->2]>",
    ],
)
def test_other_sockets_are_passed_over(call: str) -> None:
    """UDP, UNIX, SCTP, netlink."""
    assert records(*lines(call, 'write(4, "ab", 2) = 2')) == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (f'write(4<{CONNECTION}>, "ab", 2) = 2', ("send", 0, 2)),
        (f'writev(4<{CONNECTION}>, [{{iov_base="ab", iov_len=2}}], 1) = 2', ("send", 0, 2)),
        (f"sendmsg(4<{CONNECTION}>, {{msg_name=NULL, msg_iov=[...]}}, MSG_NOSIGNAL) = 2", ("send", 0, 2)),
        (
            f"sendmmsg(4<{CONNECTION}>, [{{msg_hdr={{}}, msg_len=2}}, {{msg_hdr={{}}, msg_len=1}}], 2, 0) = 2",
            ("send", 0, 3),
        ),
        (f"sendfile(4<{CONNECTION}>, 5</srv/x>, [0] => [9], 9) = 9", ("send", 0, 9)),
        (f"splice(5<pipe:[1]>, NULL, 4<{CONNECTION}>, NULL, 9, 0) = 9", ("send", 0, 9)),
        (f"splice(4<{CONNECTION}>, NULL, 5<pipe:[1]>, NULL, 9, 0) = 9", ("recv", 0, 9)),
        (f'read(4<{CONNECTION}>, "ab", 9) = 2', ("recv", 0, 2)),
        (f'readv(4<{CONNECTION}>, [{{iov_base="ab", iov_len=9}}], 1) = 2', ("recv", 0, 2)),
        (f"recvmsg(4<{CONNECTION}>, {{msg_name=NULL}}, 0) = 2", ("recv", 0, 2)),
        (f"recvmmsg(4<{CONNECTION}>, [{{msg_hdr={{}}, msg_len=2}}], 1, 0, NULL) = 1", ("recv", 0, 2)),
    ],
)
def test_each_way_to_move_bytes(call: str, expected: tuple[str, int, int]) -> None:
    """Whatever a program calls, it is a send or a recv of so many bytes, and keeps its own name."""
    found = records(*lines(f"accept(3, NULL, NULL) = 4<{CONNECTION}>", call))
    assert short(found[1:]) == [expected]
    assert found[1].syscall == call.partition("(")[0]


def test_bytes_are_counted_from_call_to_call() -> None:
    """Each direction has its own offsets; where a count is not told, none is guessed any more."""
    found = records(
        *lines(
            f"accept(3, NULL, NULL) = 4<{CONNECTION}>",
            'write(4, "ab", 2) = 2',
            'read(4, "abc", 9) = 3',
            'write(4, "ab", 2) = 1',
            "sendmmsg(4, [...], 2, 0) = 2",
            'write(4, "ab", 2) = 2',
            'read(4, "abc", 9) = 3',
        )
    )
    assert short(found[1:]) == [
        ("send", 0, 2),
        ("recv", 0, 3),
        ("send", 2, 1),
        ("send", 3, None),
        ("send", None, 2),
        ("recv", 3, 3),
    ]


def test_a_peek_takes_nothing() -> None:
    """MSG_PEEK looks at bytes that the next call takes."""
    found = records(
        *lines(
            f"accept(3, NULL, NULL) = 4<{CONNECTION}>",
            'recvfrom(4, "ab", 2, MSG_PEEK, NULL, NULL) = 2',
            'recvfrom(4, "MSG_PEEK", 9, 0, NULL, NULL) = 9',
        )
    )
    assert short(found[1:]) == [("recv", 0, 2), ("recv", 0, 9)]
    assert [call.syscall for call in found[1:]] == ["recvfrom(MSG_PEEK)", "recvfrom"]


@pytest.mark.parametrize(
    "call",
    [
        "recvfrom(4, 0x55, 9, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
        "recvfrom(4, 0x55, 9, 0, NULL, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
        'read(4, "", 0) = 0',
    ],
)
def test_what_did_nothing_is_no_record(call: str) -> None:
    """Neither a call that would block, nor one that asked for nothing."""
    assert len(records(*lines(f"accept(3, NULL, NULL) = 4<{CONNECTION}>", call))) == 1


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("SHUT_RD", "SHUT_RD"),
        ("0 /* SHUT_RD */", "SHUT_RD"),
        ("0x2 /* SHUT_RDWR */", "SHUT_RDWR"),
        ("1", "SHUT_WR"),
        ("SHUT_RDWR", "SHUT_RDWR"),
    ],
)
def test_a_shutdown_says_of_which_direction(how: str, told: str) -> None:
    """By its name or its number (-X), as one of them sends nothing."""
    found = records(*lines(f"accept(3, NULL, NULL) = 4<{CONNECTION}>", f"shutdown(4<{CONNECTION}>, {how}) = 0"))
    assert [(call.call, call.syscall) for call in found[1:]] == [("shutdown", f"shutdown({told})")]


def test_a_failure_is_a_record() -> None:
    """A connection that was reset, and a pipe that is broken."""
    found = records(
        *lines(
            f"accept(3, NULL, NULL) = 4<{CONNECTION}>",
            "read(4, 0x55, 9) = -1 ECONNRESET (Connection reset by peer)",
            'write(4, "a", 1) = -1 EPIPE (Broken pipe)',
        )
    )
    assert [call.errno for call in found[1:]] == ["ECONNRESET", "EPIPE"]
