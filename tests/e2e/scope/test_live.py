"""The scope at work: sessions between containers as ladders in its log, and as a capture that others read."""

import json
from typing import Any

import pytest

from tests.e2e.harness.containers import (
    end_report,
    events,
    exit_code,
    printed,
    read,
    result,
    wait_for_event,
    wait_for_line,
    wait_for_load,
)
from tests.e2e.harness.ladders import (
    WATCHED,
    Ladder,
    ladders,
    run_session,
    scope_of,
    wait_for_ladder,
    wait_for_whole_ladder,
)
from tests.e2e.harness.observing import is_out_of_memory, memory_bytes, memory_limit_bytes
from tests.e2e.harness.processes import resident_kib
from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.harness.tools import TOOLS_IMAGE
from tests.e2e.harness.waiting import wait_until

STARTED = ("server", "tap", "scope")
ENVIRONMENT = WATCHED


def segments_by_tshark(stack: Stack, *options: str, name: str = "echo.pcap") -> list[list[str]]:
    """Return the numbers that tshark finds in the capture on the volume; raise where it does not like the file."""
    columns = ("-e", "tcp.seq", "-e", "tcp.ack", "-e", "tcp.len")
    command = ["tshark", "-r", f"/captures/{name}", "-T", "fields", *options, *columns]
    volumes = {f"{stack.project}_captures": {"bind": "/captures", "mode": "ro"}}
    where: dict[str, Any] = {"volumes": volumes, "network_mode": "none", "environment": {"HOME": "/nonexistent"}}

    def found() -> str:
        output: bytes = stack.engine.containers.run(TOOLS_IMAGE, command, remove=True, **where)
        return output.decode()

    # The engine of a busy machine now and then loses what a container has printed.
    return [line.split("\t") for line in wait_until(found, "tshark finds something").splitlines()]


@pytest.fixture(scope="module")
def ladder(stack: Stack) -> Ladder:
    """Return what the scope shows of one session."""
    return wait_for_whole_ladder(stack)


def test_a_session_is_one_conversation(stack: Stack, ladder: Ladder) -> None:
    """From its SYN to the last ACK, with both ends' states."""
    assert [shown["client"] for shown in ladders(stack)].count(ladder["client"]) == 1
    assert ladder["outcome"] == "closed"
    assert [segment["flags"] for segment in ladder["segments"][:3]] == [["SYN"], ["SYN", "ACK"], ["ACK"]]
    last = ladder["segments"][-1]
    assert (last["client_state"], last["server_state"]) == ("TIME-WAIT", "CLOSED")


@pytest.mark.parametrize(
    ("side", "call", "flags"),
    [
        ("client", "connect", [["SYN"], ["SYN", "ACK"]]),
        ("server", "accept", [["ACK"]]),
        ("client", "send", [["PSH", "ACK"]]),
        ("server", "recv", [["PSH", "ACK"]]),
        ("client", "shutdown", [["FIN", "ACK"]]),
        ("server", "close", [["FIN", "ACK"]]),
    ],
)
def test_each_call_has_the_segments_that_it_caused_or_waited_for(
    ladder: Ladder, side: str, call: str, flags: list[list[str]]
) -> None:
    """Both ends' calls are there, joined with the segments of the wire between them."""
    joined = next(one for one in ladder["calls"] if (one["side"], one["call"]) == (side, call))
    assert [ladder["segments"][index]["flags"] for index in joined["segments"]] == flags


def test_how_the_server_came_to_listen_is_part_of_it(ladder: Ladder) -> None:
    """Its bind() and listen() were made before there was a scope."""
    assert [call["call"] for call in ladder["calls"] if call["side"] == "server"][:3] == ["bind", "listen", "accept"]


def test_every_causal_check_holds(ladder: Ladder) -> None:
    """On real packets and calls, of containers that share one clock."""
    assert ladder["checks"]
    assert [check for check in ladder["checks"] if not check["holds"]] == []


def test_tshark_finds_the_same_segments_in_the_volume(stack: Stack, ladder: Ladder) -> None:
    """What Wireshark opens is what the ladder was made of."""
    port = ladder["client"].rpartition(":")[2]
    found = segments_by_tshark(stack, "-Y", f"tcp.port == {port}")
    numbers = [(segment["seq"], segment["ack"] or 0, segment["length"]) for segment in ladder["segments"]]
    assert [tuple(map(int, values)) for values in found] == numbers


def test_the_scope_reads_its_own_capture(stack: Stack, ladder: Ladder) -> None:
    """`docker compose exec scope python3 -m services.scope read /captures/echo.pcap --json` has it, without calls."""
    command = ("python3", "-m", "services.scope", "read", "/captures/echo.pcap", "--json")
    found = json.loads(printed(scope_of(stack), *command, stderr=False))["conversations"]
    again = next(one for one in found if one["client"] == ladder["client"])
    assert [one["t_ns"] for one in again["segments"]] == [one["t_ns"] for one in ladder["segments"]]


def test_the_latest_conversations_can_be_had_as_a_document(stack: Stack, ladder: Ladder) -> None:
    """`docker compose kill -s USR1 scope` has them written beside the capture."""
    scope_of(stack).kill("SIGUSR1")
    wait_for_event(scope_of(stack), "latest_written")
    assert ladder in json.loads(read(scope_of(stack), "/captures/latest.json"))["conversations"]


def test_a_scope_that_was_restarted_goes_on(start_stack: StartStack) -> None:
    """In the middle of a client's sessions: none of them fails, and those that follow are shown whole."""
    stack = start_stack(*STARTED, **ENVIRONMENT)
    client = stack.start_client("--sessions", "0", "--interval-s", "0.5", **ENVIRONMENT)
    wait_until(lambda: len(ladders(stack)) >= 2, "the scope shows sessions")
    stack.compose("restart", "scope")
    assert wait_for_event(scope_of(stack), "scope_stopped")["conversations"] >= 2
    before = len(ladders(stack))

    def is_whole(ladder: Ladder) -> bool:
        sides = {call["side"] for call in ladder["calls"]}
        return ladder["outcome"] == "closed" and sides == {"client", "server"} and len(ladder["segments"]) >= 9

    wait_until(lambda: any(map(is_whole, ladders(stack)[before:])), "a whole session")
    client.kill("SIGTERM")
    exit_code(client)
    assert result(client)["sessions_failed"] == 0


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        (("restart", "server"), {}),
        (("up", "--detach", "--force-recreate", "server"), {}),
        (("up", "--detach", "server"), {"ECHO_SERVER_WORKERS": "2"}),
    ],
    ids=["restarted", "made anew", "changed"],
)
def test_the_tap_outlives_its_server(
    start_stack: StartStack, command: tuple[str, ...], changed: dict[str, str]
) -> None:
    """It stays in the network that both share; the next session is seen from its first SYN."""
    stack = start_stack(*STARTED, **ENVIRONMENT)
    wait_for_ladder(stack, run_session(stack))
    (tap,) = stack.service("tap")
    stack.compose(*command, **changed)
    stack.compose("up", "--detach", "--wait", "server", **changed)
    (still,) = stack.service("tap")
    assert (still.id, still.status, still.attrs["RestartCount"]) == (tap.id, "running", 0)
    ladder = wait_for_ladder(stack, run_session(stack))
    assert ladder["segments"][0]["flags"] == ["SYN"]
    assert wait_for_whole_ladder(stack)["segments"][0]["flags"] == ["SYN"]


def test_it_ends_when_told_to(start_stack: StartStack) -> None:
    """Exit code 0, well within the grace period."""
    stack = start_stack(*STARTED, **ENVIRONMENT)
    scope = scope_of(stack)
    scope.kill("SIGTERM")
    assert exit_code(scope) == 0
    assert events(scope, "scope_stopped")


@pytest.mark.alone
def test_ten_thousand_messages_a_second_keep_their_rate_and_the_scope_its_size(start_stack: StartStack) -> None:
    """Of some seconds' 24,000 packets a second nothing may stay; what comes after them is shown."""
    stack = start_stack(*STARTED, **ENVIRONMENT, ECHO_LOG_LEVEL="info")
    scope = scope_of(stack)
    shape = ("--connections", "50", "--rate", "10000", "--duration-s", "15")
    load = stack.start_client("load", *shape, **ENVIRONMENT, ECHO_LOG_LEVEL="info")
    wait_for_load(load, left_s=9)
    early_kib = resident_kib(scope)
    wait_for_load(load, left_s=2)
    assert resident_kib(scope) - early_kib < 4096  # what comes and goes, where 7 s of packets are 170,000
    assert exit_code(load) == 0
    assert result(load)["messages_verified"] == 150_000
    # Where the processor is short the scope comes second: it is behind, and the tap drops ends of connections.
    ours: set[str] = set()

    def is_one_shown() -> bool:
        ours.add(run_session(stack))  # another each time: of what ends within a second one is shown
        return any(ladder["client"] in ours for ladder in ladders(stack))

    wait_until(is_one_shown, "the scope shows a session", within_s=80)


def test_a_long_conversation_is_cut_short_and_this_is_said(start_stack: StartStack) -> None:
    """Its middle is not kept, and its calls are watched for a while only."""
    stack = start_stack(*STARTED, **ENVIRONMENT, ECHO_LOG_LEVEL="info")
    shape = ("--connections", "1", "--rate", "1000", "--duration-s", "2")
    assert exit_code(stack.start_client("load", *shape, **ENVIRONMENT)) == 0
    shown = wait_until(lambda: ladders(stack), "the scope shows the connection")[0]
    assert any("segments in the middle not kept" in note for note in shown["notes"])
    assert any("server: not watched after" in note for note in shown["notes"])


@pytest.mark.alone
def test_a_load_is_not_shown_in_full_and_this_is_said(start_stack: StartStack) -> None:
    """Its memory stays below its limit, the echo is right, and a kill in the middle leaves a capture that is read."""
    stack = start_stack(*STARTED, **ENVIRONMENT, ECHO_LOG_LEVEL="info", ECHO_SCOPE_CAPTURE_MIB="1")
    load = stack.start_peer("python3", "load.py", "server", "8")  # sessions at a time, which take all of a processor
    wait_for_line(load, "running")
    scope = scope_of(stack)
    usage = []
    for _ in range(10):
        shown = len(ladders(stack))
        wait_until(lambda shown=shown: len(ladders(stack)) > shown, "the scope shows one more")  # type: ignore[misc]
        usage.append(memory_bytes(scope))
    # It levels off at 145 MB, with as many conversations as it keeps.
    assert max(usage) < memory_limit_bytes(scope) * 0.75
    assert not is_out_of_memory(scope)
    assert sum(event["count"] for event in events(scope, "conversations_not_shown")) > 0
    assert events(scope, "calls_not_reported", kind="unwatched")
    scope.kill("SIGKILL")
    scope.start()
    wait_for_event(scope, "tap_connected")
    assert segments_by_tshark(stack, name="echo.1.pcap")
    report = end_report(load)
    assert report["verified"] > 0
    assert report["failures"] == []
