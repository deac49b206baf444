"""What the scope of a stack shows of sessions: a ladder of each, as a line of JSON in its log."""

import json
from typing import Any

from docker.models.containers import Container

from tests.e2e.harness.containers import events, exit_code
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import wait_until

Ladder = dict[str, Any]

# Of a client whose calls are shown; those of the server are where its stack has this, too.
WATCHED = {"ECHO_SCOPE": "scope:5001"}

# With these a ladder has both ends' calls from the first to the last.
_OUTERMOST = {("server", "bind"), ("server", "accept"), ("server", "close"), ("client", "connect"), ("client", "close")}


def scope_of(stack: Stack) -> Container:
    """Return the one scope, with its state as of now."""
    (container,) = stack.service("scope")
    return container


def ladders(stack: Stack) -> list[Ladder]:
    """Return what the scope has shown so far; a long line is there in parts before it is there in full."""
    lines = scope_of(stack).logs(stderr=False).splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def run_session(stack: Stack) -> str:
    """Run one session in a container of its own; return the client's end of it."""
    client = stack.start_client("--sessions", "1", **WATCHED)
    assert exit_code(client) == 0
    return str(events(client, "connection_established")[0]["local"])


def wait_for_ladder(stack: Stack, client: str) -> Ladder:
    """Wait until the scope shows the conversation of a client's address; return it."""
    return wait_until(
        lambda: [ladder for ladder in ladders(stack) if ladder["client"] == client],
        f"the scope shows the conversation of {client}",
    )[0]


def wait_for_whole_ladder(stack: Stack) -> Ladder:
    """Run sessions until one is shown with all of both ends' calls; return what the scope shows of it.

    A ladder waits half a second for its last calls: a service that stands still for longer is too late with them.
    """

    def whole() -> Ladder | None:
        ladder = wait_for_ladder(stack, run_session(stack))
        return ladder if {(call["side"], call["call"]) for call in ladder["calls"]} >= _OUTERMOST else None

    found = wait_until(whole, "a session is shown with all of its calls", within_s=60)
    assert found is not None
    return found
