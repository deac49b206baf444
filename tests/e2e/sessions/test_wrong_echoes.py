"""A client is not easily convinced: each way in which an echo can be wrong has its own error."""

import pytest

from tests.e2e.harness.containers import events, exit_code, result
from tests.e2e.harness.stack import Stack

# How the peer breaks the rule, the error's kind, and what its text names: offsets, bytes, counts.
_WRONGS = [
    ("corrupt", "mismatch", "byte 3 came back wrong: sent 6c 6f, received 93 6f"),
    ("surplus", "surplus", "more than the 5 bytes sent came back: 6d 6f 72 65"),
    ("truncate", "closed_early", "the peer finished early (sent 5 of 5 bytes, received 4)"),
    ("reset", "reset", "(sent 5 of 5 bytes, received 0)"),
    ("silence", "timed_out", "no progress for 1 s (sent 5 of 5 bytes, received 0)"),
]


@pytest.mark.parametrize(("rule", "kind", "why"), _WRONGS, ids=[wrong[0] for wrong in _WRONGS])
def test_a_wrong_echo_fails_the_session(stack: Stack, rule: str, kind: str, why: str) -> None:
    """The client exits with 1, counts the error under its kind, and says what exactly was wrong."""
    peer = stack.start_peer("python3", "bad_echo.py", rule)
    # It takes its time to start; and who is not silent may be slow.
    patience = ("--connect-timeout-s", "60", "--timeout-s", "1" if rule == "silence" else "60")
    client = stack.start_client("--message", "Hello", *patience, ECHO_HOST=peer.name or "")
    assert exit_code(client) == 1
    (failed,) = events(client, "session_failed")
    assert failed["kind"] == kind
    assert why in failed["why"]
    document = result(client)
    assert (document["sessions_failed"], document["errors"]) == (1, {kind: 1})
    assert document["mismatches"] == (kind == "mismatch")


def test_a_closed_port_is_refused(stack: Stack) -> None:
    """Where a host answers and nobody listens, the client says `refused` at its connect deadline."""
    peer = stack.start_peer("sleep", "infinity")
    client = stack.start_client("--connect-timeout-s", "3", ECHO_HOST=peer.name or "")
    assert exit_code(client) == 1
    assert result(client)["errors"] == {"refused": 1}
