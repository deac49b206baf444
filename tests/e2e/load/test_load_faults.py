"""A load against a proxy that spoils echoes: each fault is found, counted exactly, and told apart; the run goes on."""

import pytest

from tests.e2e.harness.containers import end_report, exit_code, result, stderr, wait_for_line
from tests.e2e.harness.stack import Stack

ENVIRONMENT = {"ECHO_LOG_LEVEL": "warning"}


@pytest.mark.parametrize(
    ("rule", "kind"), [("flip", "mismatch"), ("drop", "closed_early"), ("double", "surplus")], ids=lambda value: value
)
def test_every_spoiled_echo_is_found_and_told_apart(stack: Stack, rule: str, kind: str) -> None:
    """As many errors as the proxy made faults, all of the one kind; the exit code is 1, and the rest is verified."""
    proxy = stack.start_peer("python3", "faulty_proxy.py", rule, "server")
    wait_for_line(proxy, "listening")
    client = stack.start_client(
        *("load", "--connections", "10", "--messages-per-connection", "100", "--duration-s", "4", "--warmup-s", "0"),
        *("--timeout-s", "30"),  # a proxy that stands still for a while is none of its faults
        ECHO_HOST=str(proxy.name),
        ECHO_LOG_LEVEL="warning",
    )
    assert exit_code(client) == 1, stderr(client)
    document = result(client)
    faults = end_report(proxy)["faults"]
    assert faults >= 2
    assert document["errors"] == {kind: faults}
    assert document["sessions_failed"] == faults
    assert document["mismatches"] == (faults if kind == "mismatch" else 0)
    assert document["messages_verified"] > 50 * faults
    assert document["interrupted"] is None
