"""Which sentence explains which call."""

from dataclasses import replace

import pytest

from services.scope.explain.calls import Calls
from services.scope.ladder.rows import rows
from services.scope.model import Conversation
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.talks import talk


def names(conversation: Conversation) -> dict[str, str]:
    """Return each row of a call with the name of its case; of several alike, the last."""
    calls = Calls(conversation)
    return {
        f"{row.kind} {conversation.calls[row.of].side} {conversation.calls[row.of].call.call}": calls.case(row).name
        for row in rows(conversation)
        if row.kind != "segment"
    }


def test_the_calls_of_a_session_are_explained() -> None:
    """At the entry, at the return, or as a whole."""
    found = names(joined(session(), session_calls()))
    assert found["enter client connect"] == "connect_enter"
    assert found["return client connect"] == "connect"
    assert found["enter server accept"] == "accept_enter"
    assert found["return server accept"] == "accept"
    assert found["enter client shutdown"] == "shutdown"
    assert found["return client shutdown"] == "return"
    assert found["enter server close"] == "close_fin"
    assert found["call client close"] == "close_after"
    assert found["return client recv"] == "recv_end"


@pytest.mark.parametrize(("from_ms", "expected"), [(3.5, "recv_enter"), (4.5, "recv_enter_ready")])
def test_recv_waits_only_for_what_is_not_there_yet(from_ms: float, expected: str) -> None:
    """Its bytes come at 4 ms."""
    conversation = joined(session(), [call("server", "recv", from_ms, 5.5, (0, 5))])
    assert names(conversation)["enter server recv"] == expected


def test_a_refused_connect_is_explained() -> None:
    """By the RST, where there is one."""
    refused = joined(talk("nobody_listens"), [call("client", "connect", 0.5, 3, errno="ECONNREFUSED", state="CLOSED")])
    assert names(refused)["return client connect"] == "connect_refused"
    timed_out = joined(talk("a_syn_is_sent_again"), [call("client", "connect", 0.5, 4000, errno="ETIMEDOUT")])
    assert names(timed_out)["return client connect"] == "connect_failed"


def test_a_reset_is_the_peers() -> None:
    """Its RST is in the capture; an error without one is only named."""
    reset = joined(
        talk("a_close_leaves_data_unread"),
        [call("client", "send", 3.9, 4.1, (0, 5)), call("client", "recv", 4.5, 6, errno="ECONNRESET", state="CLOSED")],
    )
    assert names(reset)["return client recv"] == "reset"
    failed = joined(session(), [call("client", "recv", 4.4, 4.5, errno="EINTR")])
    assert names(failed)["call client recv"] == "failed"


def test_close_with_unread_data_is_explained_by_its_rst() -> None:
    """There is no FIN."""
    closed = joined(talk("a_close_leaves_data_unread"), [call("server", "close", 4.5, 5.5, state=None)])
    assert names(closed)["enter server close"] == "close_rst"


@pytest.mark.parametrize(
    ("how", "expected"), [("SHUT_RD", "shutdown_receiving"), ("SHUT_WR", "shutdown"), ("SHUT_RDWR", "shutdown_both")]
)
def test_a_shutdown_is_explained_by_its_direction(how: str, expected: str) -> None:
    """Only one that ends sending sends anything."""
    made = replace(call("client", "shutdown", 7.5, 7.6), syscall=f"shutdown({how})")
    found = names(joined(session(), [call("client", "connect", 0.9, 2.1), made]))
    assert expected in (found.get("call client shutdown"), found.get("enter client shutdown"))


def test_a_shutdown_that_fails_is_explained_by_its_failure() -> None:
    """Its entry may be a row of its own."""
    made = replace(call("client", "shutdown", 7.5, 8.5, errno="ENOTCONN"), syscall="shutdown(SHUT_RD)")
    found = names(joined(session(), [call("client", "connect", 0.9, 2.1), made]))
    assert found["return client shutdown"] == "failed"


@pytest.mark.parametrize(("how", "expected"), [("SHUT_RD", "recv_end_own"), ("SHUT_WR", "recv_end")])
def test_the_end_is_the_peers_unless_this_side_has_made_it(how: str, expected: str) -> None:
    """recv() returns 0 after either."""
    deaf = replace(call("server", "shutdown", 7.1, 7.2), syscall=f"shutdown({how})")
    found = names(joined(session(), [call("server", "accept", 0, 3.1), deaf, call("server", "recv", 7.4, 8.5, (5, 0))]))
    assert expected in (found.get("return server recv"), found.get("call server recv"))


def test_a_close_that_is_not_the_last_is_no_end() -> None:
    """Another descriptor still holds the socket."""
    copied = replace(call("client", "dup", 5.2, 5.3), fd=8)
    first, last = call("client", "close", 6.5, 6.6), replace(call("client", "close", 9.5, 9.6), fd=8)
    calls = joined(session(), [call("client", "connect", 0.9, 2.1), copied, first, last])
    found = {(row.of, Calls(calls).case(row).name) for row in rows(calls) if row.kind == "call"}
    assert {(1, "dup"), (2, "close_shared")} <= found
    assert (3, "close_shared") not in found


@pytest.mark.parametrize(
    ("syscall", "expected"), [("exit", "exit"), ("SIGKILL", "killed"), ("close_range", "close_fin")]
)
def test_the_end_of_a_process_is_no_close(syscall: str, expected: str) -> None:
    """The kernel closes what it left open."""
    end = replace(call("client", "close", 7.9, 8.1, state=None), syscall=syscall, program="curl")
    assert names(joined(session(), [call("client", "connect", 0.9, 2.1), end]))["enter client close"] == expected


def test_an_accept_that_finds_a_connection_does_not_sleep() -> None:
    """The third ACK came at 3 ms, and data while it was under way."""
    found = names(joined(session(), [call("server", "accept", 3.5, 4.5)]))
    assert found["enter server accept"] == "accept_enter_ready"


def test_a_close_that_has_read_all_aborts() -> None:
    """Its RST, as with SO_LINGER 0, does not tell of unread bytes."""
    calls = [call("server", "recv", 4.1, 4.2, (0, 5)), call("server", "close", 5.5, 6.5, state=None)]
    closed = joined(talk("a_close_leaves_data_unread"), calls)
    assert names(closed)["enter server close"] == "close_aborted"


def test_an_end_without_a_fin_is_not_explained_by_one() -> None:
    """It may not be in the capture, or 0 bytes were asked for."""
    spoken = talk("a_segment_is_sent_again_after_a_time_out")
    assert names(joined(spoken, [call("server", "recv", 4.1, 4.2, (0, 0))]))["call server recv"] == "recv_end_unseen"
