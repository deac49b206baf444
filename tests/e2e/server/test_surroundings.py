"""A container that allows little: few processes, no IPv6."""

import json
from pathlib import Path

import pytest

from tests.e2e.harness.compose import REPOSITORY, ComposeFailed
from tests.e2e.harness.containers import events, exit_code, printed, result, stderr
from tests.e2e.harness.processes import workers
from tests.e2e.harness.stack import StartStack
from tests.e2e.harness.waiting import wait_until

# Two workers, and what services/server/limits.py keeps for everything else.
_PIDS, _MOST_WORKERS = 17, 2

_AF_INET6 = 10  # linux/socket.h
_EAFNOSUPPORT = 97

# As the kernel of a machine that was started with ipv6.disable=1, or a sandbox: socket(AF_INET6) fails.
_WITHOUT_IPV6 = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        {
            "names": ["socket"],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": _EAFNOSUPPORT,
            "args": [{"index": 0, "value": _AF_INET6, "op": "SCMP_CMP_EQ"}],
        }
    ],
}


def _with(tmp_path: Path, **services: object) -> str:
    """Return the compose files that say this of these services, too."""
    override = tmp_path / "override.json"
    override.write_text(json.dumps({"services": services}))
    return f"{REPOSITORY}/docker-compose.yml:{override}"


def test_workers_that_the_container_may_not_have_are_refused_in_one_line(start_stack: StartStack) -> None:
    """Under the compose file's own limit of 64: exit code 2 with the setting, its value, the rule and its reason."""
    stack = start_stack("netns")
    with pytest.raises(ComposeFailed):
        stack.compose("up", "--detach", "--wait", "server", ECHO_SERVER_WORKERS="61")
    assert exit_code(stack.server) == 2
    assert stderr(stack.server) == (
        "server: ECHO_SERVER_WORKERS (--workers) is 61: should be at most 49: "
        "this container may have 64 processes and threads (pids.max)\n"
    )


def test_as_many_workers_as_are_allowed_do_fit(start_stack: StartStack, tmp_path: Path) -> None:
    """At the limit all of them run, and the health check, which is a process as well, finds the server healthy."""
    files = _with(tmp_path, server={"deploy": {"resources": {"limits": {"pids": _PIDS}}}})
    stack = start_stack(COMPOSE_FILE=files, ECHO_SERVER_WORKERS=str(_MOST_WORKERS), ECHO_LOG_LEVEL="info")
    wait_until(lambda: len(workers(stack.server)) == _MOST_WORKERS, "all workers are ready")
    assert exit_code(stack.start_client()) == 0
    assert events(stack.server, "worker_not_started") == []


def test_without_ipv6_all_addresses_are_those_of_ipv4(start_stack: StartStack, tmp_path: Path) -> None:
    """Server and scope start with the compose file's `*`, the health check succeeds, and a client gets its echo."""
    profile = tmp_path / "without_ipv6.json"
    profile.write_text(json.dumps(_WITHOUT_IPV6))
    refusing = {"security_opt": [f"seccomp:{profile}"]}
    files = _with(tmp_path, server=refusing, scope=refusing)
    stack = start_stack("server", "scope", COMPOSE_FILE=files, ECHO_LOG_LEVEL="info")
    probe = "import socket; socket.socket(socket.AF_INET6)"
    assert "Address family not supported" in printed(stack.server, "sh", "-c", f"! python3 -c '{probe}'")
    assert events(stack.server, "server_listening")[0]["addresses"] == ["0.0.0.0:5000"]
    (scope,) = stack.service("scope")
    (listening,) = events(scope, "scope_listening")
    assert (listening["calls"], listening["packets"]) == (["0.0.0.0:5001"], ["0.0.0.0:5002"])
    client = stack.start_client()
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 1
