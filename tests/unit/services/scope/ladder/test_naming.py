"""The names of calls and of programs."""

from dataclasses import replace

import pytest

from services.scope.ladder.labels import result
from services.scope.ladder.naming import program, shown
from services.scope.model import JoinedCall
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls


@pytest.mark.parametrize(
    ("made", "syscall", "expected"),
    [
        ("send", None, "send() = 5"),
        ("send", "sendmsg", "sendmsg() = 5"),
        ("recv", "recvfrom(MSG_PEEK)", "recvfrom(MSG_PEEK) = 5"),
        ("close", "exit", "exit() "),
        ("close", "SIGKILL", "SIGKILL "),
    ],
)
def test_a_call_has_the_name_that_the_program_called(made: str, syscall: str | None, expected: str) -> None:
    """And the end of a process is not a call that returns."""
    one = JoinedCall(replace(call("client", made, 0, 1, (0, 5)), syscall=syscall), "client")
    assert f"{shown(one)} {result(one)}" == expected


@pytest.mark.parametrize(("pid", "expected"), [(100, "curl[100]"), (0, "curl")])
def test_a_lifeline_is_a_programs(pid: int, expected: str) -> None:
    """Of the process that made its first call; where the trace tells no number, by its name alone."""
    conversation = joined(session(), [replace(made, program="curl", pid=pid) for made in session_calls()])
    assert program(conversation, "client") == expected
    assert program(joined(session(), session_calls()), "client") == ""
