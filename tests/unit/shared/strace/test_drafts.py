"""Records before they are finished."""

from shared.strace.drafts import Draft
from shared.strace.lines import Result
from shared.strace.syscalls import Syscall
from shared.strace.tables import OpenSocket, Process


def draft(name: str, call: str, program: str | None = None) -> Draft:
    """Return a draft of a call."""
    process = Process(7)
    process.program = program
    return Draft(
        Syscall(process, 8, name, Result("3", 0, None, None, "", None), 100, 200), call, 3, OpenSocket(is_whole=True)
    )


def test_a_record_names_the_call_only_where_it_is_another() -> None:
    """close() is close(), and sendmsg() is a send."""
    assert draft("close", "close").finish("here", None, 5).syscall is None
    assert draft("sendmsg", "send").finish("here", None, 5).syscall == "sendmsg"


def test_a_record_is_of_the_process_and_of_its_program() -> None:
    """Threads share their sockets; a service that has a name is called by it."""
    record = draft("close", "close", "curl").finish("here", None, 5)
    assert (record.pid, record.service, record.program) == (7, "curl", "curl")
    assert draft("close", "close", "curl").finish("here", "server", 5).service == "server"


def test_a_record_has_both_ends_of_its_doubt() -> None:
    """It ended at t1 at the earliest, and so much later at the latest."""
    record = draft("close", "close").finish("here", None, 5)
    assert (record.t0_ns, record.t1_ns, record.slack_ns, record.latest_ns) == (100, 200, 5, 205)


def test_what_is_told_later_is_in_the_record() -> None:
    """The addresses of a socket are known only from its next call."""
    late = draft("connect", "connect")
    late.socket.local = "10.0.0.1:4"
    assert late.finish("here", None, 0).local == "10.0.0.1:4"
