"""Processes and threads: what they share, and who ends a connection."""

import pytest

from tests.unit.harness.strace import CONNECTION, T0, lines, records

ACCEPTED = f"accept(3, NULL, NULL) = 4<{CONNECTION}> <0.000010>"
FORK = "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD"
THREAD = "clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, exit_signal=0}, 88"


def at(number: int, pid: int, text: str) -> str:
    """Return a line at a millisecond."""
    return f"{pid} {T0}.{number:03}000 {text}"


def test_a_child_has_its_parents_sockets() -> None:
    """The stream goes on in it; the records are each process's own."""
    found = records(
        at(0, 7, ACCEPTED),
        at(1, 7, 'write(4, "ab", 2) = 2'),
        at(2, 7, f"{FORK}, child_tidptr=0x1) = 8"),
        at(3, 7, "close(4) = 0"),
        at(4, 8, 'write(4, "cd", 2) = 2'),
        at(5, 8, "close(4) = 0"),
    )
    assert sorted((call.t0_ns, call.pid, call.call, call.offset) for call in found)[1:] == [
        (found[0].t0_ns + 1_000_000, 7, "send", 0),
        (found[0].t0_ns + 3_000_000, 7, "close", None),
        (found[0].t0_ns + 4_000_000, 8, "send", 2),
        (found[0].t0_ns + 5_000_000, 8, "close", None),
    ]


def test_a_child_may_be_heard_of_before_its_parent_returns() -> None:
    """Its first lines come while clone() is unfinished."""
    found = records(
        at(0, 7, ACCEPTED),
        at(1, 7, f"{FORK} <unfinished ...>"),
        at(2, 8, 'write(4, "ab", 2) = 2'),
        at(3, 7, "<... clone resumed>, child_tidptr=0x1) = 8"),
        at(4, 7, 'write(4, "cd", 2) = 2'),
    )
    assert sorted((call.offset, call.pid) for call in found if call.call == "send") == [(0, 8), (2, 7)]


def test_threads_are_one_process() -> None:
    """They share descriptors, and the records are of their process."""
    found = records(
        at(0, 7, f"{THREAD}) = 9"),
        at(1, 9, ACCEPTED),
        at(2, 7, 'read(4, "ab", 2) = 2'),
        at(3, 9, "+++ exited with 0 +++"),
        at(4, 7, 'read(4, "ab", 2) = 2'),
    )
    assert [(call.pid, call.fd, call.offset) for call in found] == [(7, 4, None), (7, 4, 0), (7, 4, 2)]


@pytest.mark.parametrize(
    ("ending", "syscall"),
    [
        (("exit_group(0) = ?", "+++ exited with 0 +++"), "exit"),
        (("--- SIGTERM {si_signo=SIGTERM} ---", "+++ killed by SIGTERM +++"), "SIGTERM"),
        (("read(9,  <unfinished ...>", "+++ killed by SIGKILL +++"), "SIGKILL"),
    ],
)
def test_with_a_process_the_kernel_closes(ending: tuple[str, str], syscall: str) -> None:
    """From exit(), or from when it was last heard of, to its end."""
    closed = records(*lines(ACCEPTED, *ending))[-1]
    assert (closed.call, closed.syscall, closed.fd) == ("close", syscall, 4)
    assert (closed.t0_ns % 1_000_000_000, closed.t1_ns % 1_000_000_000) == (1_000_000, 2_000_000)


def test_the_last_of_several_processes_ends_it() -> None:
    """A child that has the socket keeps the connection, whoever else exits."""
    found = records(
        at(0, 7, ACCEPTED),
        at(1, 7, f"{FORK}, child_tidptr=0x1) = 8"),
        at(2, 8, "getpid() = 8"),
        at(3, 7, "exit_group(0) = ?"),
        at(4, 7, "+++ exited with 0 +++"),
        at(5, 8, "exit_group(0) = ?"),
        at(6, 8, "+++ exited with 0 +++"),
    )
    assert [(call.call, call.pid) for call in found] == [("accept", 7), ("close", 8)]


def test_another_program_has_what_is_not_close_on_exec() -> None:
    """execve() closes the rest; and names the program."""
    found = records(
        *lines(
            "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 5",
            "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 6",
            'execve("/usr/bin/curl", ["curl"], 0x1 /* 9 vars */) = 0',
            "close(5) = 0",
        )
    )
    assert [(call.fd, call.call, call.syscall, call.program) for call in found] == [
        (5, "socket", None, None),
        (6, "socket", None, None),
        (6, "close", "execve", "curl"),
        (5, "close", None, "curl"),
    ]


def test_a_program_in_hexadecimal_has_a_name() -> None:
    """-xx writes every text so."""
    found = records(*lines(r'execve("\x2f\x62\x69\x6e\x2f\x6e\x63", [], 0x1) = 0', ACCEPTED))
    assert found[0].program == "nc"


def test_a_programs_name_in_each_line() -> None:
    """-Y writes it behind the process id."""
    assert records(f"7<curl> {T0}.000000 {ACCEPTED}")[0].program == "curl"
