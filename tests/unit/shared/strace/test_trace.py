"""A trace as call records."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.strace.trace import Gap, Trace, Unseen
from tests.unit.harness.strace import CONNECTION, T0, lines, records, short

RECORDED = Path(__file__).parent / "recorded"
ACCEPTED = f"accept(3, NULL, NULL) = 4<{CONNECTION}> <0.000010>"
SAMPLE = [
    *lines(
        'execve("/usr/bin/nc", ["nc"], 0x1 /* 9 vars */) = 0 <0.000300>',
        "socket(AF_INET6, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3<TCPv6:[77]> <0.000010>",
        "connect(3<TCPv6:[77]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 EINPROGRESS (Operation now in progress)',
        "poll([{fd=3<TCPv6:[[::1]:9->[::1]:80]>, events=POLLOUT}], 1, 9) = 1 ([{fd=3, revents=POLLOUT}]) <0.000020>",
        'sendmmsg(3, [{msg_hdr={msg_iov=[{iov_base="a\\"b", iov_len=3}]}, msg_len=3}], 1, 0) = 1',
        "clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>",
        "<... clone resumed>, child_tidptr=0x7f) = 8",
        "recvfrom(3<TCPv6:[[::1]:9->[::1]:80]>,  <unfinished ...>",
        '<... recvfrom resumed>"ab"..., 9, MSG_PEEK, NULL, NULL) = 2 <0.000001>',
        "close(3) = 0",
        "--- SIGTERM {si_signo=SIGTERM} ---",
        "+++ killed by SIGTERM +++",
    ),
    "[pid   12<x>] 12:00:00.123456 accept4(3<TCP:[0.0.0.0:80]>, NULL, NULL, 0) = 5<TCP:[1.2.3.4:80->1.2.3.5:6]>",
    "12  23:59:59 splice(5, NULL, 6, NULL, 9, 0) = 9",
    "12  00:00:01 close_range(0, ~0U, 0) = 0",
    "12  00:00:01 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, data={u32=9, u64=9}}) = 0",
]


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.trace")), ids=lambda path: path.stem)
def test_every_set_of_flags_tells_the_same_calls(path: Path) -> None:
    """What strace 6.1 wrote of its own test of TCP sockets (net-yy-inet), each time with other flags."""
    found = records(*path.read_text().splitlines())
    assert [(call.call, call.fd, call.bytes) for call in found] == [
        ("socket", 3, None),
        ("bind", 3, None),
        ("listen", 3, None),
        ("socket", 4, None),
        ("connect", 4, None),
        ("accept", 5, None),
        ("send", 4, 4),
        ("close", 4, None),
        ("recv", 5, 4),
        ("close", 5, None),
        ("close", 3, None),
    ]
    connected, accepted = found[4], found[5]
    assert connected.peer == accepted.local is not None
    assert accepted.peer is not None
    assert {call.program for call in found} == {"net-yy-inet"}


def test_a_call_ended_before_its_threads_next_line() -> None:
    """-T is measured from after the line was begun: the slack goes to the next line, and what its digits leave open."""
    accept, close = records(*lines(ACCEPTED, "getpid() = 7", "close(4) = 0"))
    assert (accept.t1_ns - accept.t0_ns, accept.slack_ns) == (10_000, 990_000 + 1_000)
    assert close.slack_ns == 1_000


def test_a_call_that_is_resumed_ended_before_that_line() -> None:
    """Its stamp is that of the return."""
    found = records(
        f"7 {T0}.000000 accept(3,  <unfinished ...>",
        f"8 {T0}.000500 getpid() = 8",
        f"7 {T0}.002000 <... accept resumed>NULL, NULL) = 4<{CONNECTION}>",
        f"7 {T0}.003000 getpid() = 7",
    )
    assert [(call.t0_ns % 10**9, call.t1_ns % 10**9, call.slack_ns) for call in found] == [(0, 2_000_000, 1_001_000)]


@pytest.mark.parametrize("resumed", ['<... recvfrom resumed>"ab"', '<... recvfrom resumed> "ab"'])
def test_a_call_that_is_resumed_is_whole(resumed: str) -> None:
    """Its arguments go on where they were cut, in strace 5 behind another space."""
    begun, ended = lines(f"recvfrom(4<{CONNECTION}>,  <unfinished ...>", f"{resumed}, 9, 0, NULL, NULL) = 2")
    assert short(records(*lines(ACCEPTED), begun, ended)) == [("accept", None, None), ("recv", 0, 2)]


def test_a_line_that_is_read_as_it_is_written_waits_for_no_other() -> None:
    """The record is there when all lines that have come are read: its call ended before that."""
    trace = Trace("here")
    first, second = lines(ACCEPTED, "close(4) = 0 <0.000010>")
    assert trace.feed(first) == []
    (accept,) = trace.feed(second)
    (close,) = trace.flush(T0 * 10**9 + 1_050_000)
    assert (accept.slack_ns, close.slack_ns) == (991_000, 41_000)
    assert trace.flush(T0 * 10**9) == trace.finish() == []


def test_times_in_whole_seconds_leave_a_second_open() -> None:
    """A call may have begun, and ended, a second later."""
    (call,) = records(f"7 {T0} {ACCEPTED}")
    assert call.slack_ns == 10**9


@pytest.mark.parametrize(
    ("texts", "gap"),
    [
        ([f"7 {ACCEPTED}"], Gap.NO_TIMES),
        ([f"  0.000012 {ACCEPTED}"], Gap.NO_TIMES),
        (["Hello"], Gap.UNREAD),
        (lines(f'read(4<{CONNECTION}>, "a", 1) = 1'), Gap.ATTACHED_LATE),
        (lines('execve("/bin/x", [], 0x1) = 0', "socket(AF_INET, SOCK_STREAM, 0) = 4"), Gap.FILTERED),
        (lines("io_uring_enter(3, 1, 0, 0, NULL, 8) = 1"), Gap.IO_URING),
        (lines("socket(AF_INET, SOCK_STREAM, 0) = 4", 'write(4, "a", 1) = 1'), Gap.UNNAMED),
    ],
)
def test_what_a_trace_does_not_tell_is_counted(texts: list[str], gap: Gap) -> None:
    """What is not seen is said, never guessed."""
    trace = Trace("here")
    for text in texts:
        trace.feed(text)
    trace.finish()
    assert {found for found, count in trace.gaps.items() if count} == {gap}


def test_each_process_that_uses_io_uring_is_told_once() -> None:
    """From when on; what it does by that is in no line."""
    trace = Trace("here")
    texts = lines('execve("/usr/bin/nc", ["nc"], 0x1) = 0', "io_uring_setup(8, {}) = 3", "io_uring_enter(3, 1) = 1")
    for text in (*texts, *lines("io_uring_enter(3, 1) = 1", pid=8)):
        trace.feed(text)
    assert trace.unseen() == [
        Unseen("nc", "here", 7, T0 * 10**9 + 10**6),
        Unseen("traced", "here", 8, T0 * 10**9),
    ]
    assert trace.unseen() == []


def test_the_programs_own_output_cuts_a_line() -> None:
    """On a terminal both are mixed: what is left of the line comes after the program's."""
    first, last = lines('write(4, "ab", 2', "close(4) = 0")
    found = records(*lines(ACCEPTED), first, "ab", ") = 2 <0.000010>", last)
    assert short(found) == [("accept", None, None), ("send", 0, 2), ("close", None, None)]


def test_straces_own_messages_are_not_counted() -> None:
    """They stand between the lines where no file was named."""
    trace = Trace("here")
    trace.feed("strace: Process 12 attached")
    assert not trace.gaps[Gap.UNREAD]


def fed(texts: list[str]) -> None:
    """Feed lines in both ways."""
    trace, live = Trace("here"), Trace("here")
    for text in texts:
        trace.feed(text)
        live.feed(text)
        live.flush(T0 * 10**9)
    trace.finish()
    live.finish()


@given(st.lists(st.text(max_size=200), max_size=5))
def test_no_text_is_too_odd(texts: list[str]) -> None:
    """Any lines are read."""
    fed(texts)


@given(st.lists(st.tuples(st.sampled_from(SAMPLE), st.integers(0, 250), st.integers(0, 250)), max_size=12))
def test_lines_may_be_cut_anywhere(pieces: list[tuple[str, int, int]]) -> None:
    """At their beginning, at their end, in any order."""
    fed([text[begin if begin < len(text) else 0 :][:end] for text, begin, end in pieces])


@given(st.lists(st.sampled_from(SAMPLE), max_size=20), st.randoms(use_true_random=False))
def test_lines_may_be_damaged_anywhere(texts: list[str], chance: random.Random) -> None:
    """Characters that are others, too many, or missing."""
    damaged = []
    for text in texts:
        at = chance.randrange(len(text))
        damaged.append(
            text[:at] + chance.choice(["", "9" * 30, '"', "<", ">", "]", ", ", " = ", "\0", "é"]) + text[at + 1 :]
        )
    fed(damaged)
