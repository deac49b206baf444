"""connect() that does not wait."""

import pytest

from tests.unit.harness.strace import lines, records

SOCKET = "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4"
TO = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16'
CONNECT = f"connect(4, {TO}) = -1 EINPROGRESS (Operation now in progress) <0.000100>"


@pytest.mark.parametrize(
    ("told", "errno"),
    [
        (("poll([{fd=4, events=POLLOUT}], 1, 9) = 1 ([{fd=4, revents=POLLOUT}]) <0.000200>",), None),
        (("ppoll([{fd=4, events=POLLOUT}], 1, NULL, NULL, 8) = 1 ([{fd=4, revents=POLLOUT}]) <0.000200>",), None),
        (("getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0 <0.000200>",), None),
        (("getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0 <0.000200>",), "ECONNREFUSED"),
        ((f"connect(4, {TO}) = 0 <0.000200>",), None),
        ((f"connect(4, {TO}) = -1 EISCONN (Transport endpoint is already connected) <0.000200>",), None),
        ((f"connect(4, {TO}) = -1 ETIMEDOUT (Connection timed out) <0.000200>",), "ETIMEDOUT"),
        (
            (
                "epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, data={u32=9, u64=9}}) = 0",
                "epoll_wait(5, [{events=EPOLLOUT, data={u32=9, u64=9}}], 8, -1) = 1 <0.000200>",
            ),
            None,
        ),
        (
            (
                "epoll_ctl(5, EPOLL_CTL_ADD, 4, {EPOLLOUT, {u32=9, u64=9}}) = 0",
                "epoll_pwait(5, [{EPOLLOUT, {u32=9, u64=9}}], 8, -1, NULL, 8) = 1 <0.000200>",
            ),
            None,
        ),
    ],
)
def test_it_ends_with_the_call_that_told(told: tuple[str, ...], errno: str | None) -> None:
    """The record goes from connect() to the end of what said that the connection is there, or why not."""
    _, found = records(*lines(SOCKET, CONNECT, "close(9) = 0", *told))
    assert (found.call, found.errno, found.peer) == ("connect", errno, "10.0.0.2:80")
    assert (found.t1_ns - found.t0_ns) // 1000 == 1000 * (1 + len(told)) + 200


def test_a_poll_that_says_failed_does_not_say_why() -> None:
    """SO_ERROR does."""
    _, found = records(
        *lines(
            SOCKET,
            CONNECT,
            "poll([{fd=4, events=POLLOUT}], 1, 9) = 1 ([{fd=4, revents=POLLOUT|POLLERR|POLLHUP}])",
            "getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0 <0.000200>",
        )
    )
    assert found.errno == "ECONNREFUSED"


def test_the_first_byte_tells_as_well() -> None:
    """A program may ask nobody, and just write."""
    found = records(*lines(SOCKET, CONNECT, 'write(4, "ab", 2) = 2'))
    assert [(call.call, call.errno) for call in found] == [("socket", None), ("connect", None), ("send", None)]


def test_a_connection_that_is_there_may_be_asked_for_again() -> None:
    """Once, Linux says 0 to it: that is no other connection."""
    polled = "poll([{fd=4, events=POLLOUT}], 1, 9) = 1 ([{fd=4, revents=POLLOUT}])"
    found = records(*lines(SOCKET, CONNECT, polled, f"connect(4, {TO}) = 0", 'write(4, "ab", 2) = 2'))
    assert [call.call for call in found] == ["socket", "connect", "send"]


def test_nobody_asked() -> None:
    """A socket that is closed before is not said to be connected."""
    found = records(*lines(SOCKET, CONNECT, f"connect(4, {TO}) = -1 EALREADY (Already)", "close(4) = 0"))
    assert [(call.call, call.errno) for call in found[1:]] == [("connect", "EINPROGRESS"), ("close", None)]


def test_a_connect_that_waits_is_one_call() -> None:
    """It succeeds, or says why not."""
    found = records(*lines(SOCKET, f"connect(4, {TO}) = -1 ECONNREFUSED (Connection refused)", "close(4) = 0"))
    assert [(call.call, call.errno) for call in found[1:]] == [("connect", "ECONNREFUSED"), ("close", None)]
