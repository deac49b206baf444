"""How a connection ends: who sends FIN, who sends RST, and who is left in TIME-WAIT."""

import signal

import pytest
from docker.models.containers import Container

from tests.e2e.harness.containers import exit_code, read, stderr, wait_for_event
from tests.e2e.harness.processes import freeze, send, workers
from tests.e2e.harness.waiting import NeverHappened, wait_until
from tests.e2e.lessons.stage import Stage, call, cue, flags, noted, own_address, reached, said, states

_TIME_WAIT = "06"  # in /proc/net/tcp (include/net/tcp_states.h)
_PORT_5000 = ":1388"

# A segment without data has 66 bytes on Ethernet, and 750 come a second; the size is just enough for one.
_TOKEN_BUCKET = ["tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "6kbit", "burst", "70", "latency", "10s"]


def test_after_half_close_the_echo_still_flows(own_stage: Stage) -> None:
    """shutdown() sends FIN and ends one direction: the frozen server's echo comes after it, all of it."""
    stage = own_stage
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server):
        freeze(server)
        client = stage.actor("half_closer", "server")
        stage.wait_for_segments(6)  # handshake, data and its ACK, FIN
        server.unpause()
    assert said(client, "received") == 5
    ladder = stage.ladder("05-half-close")
    shutdown = call(ladder, "client", "shutdown")["segments"][0]
    echo = call(ladder, "server", "send")["segments"][0]
    assert shutdown < echo
    assert ladder["segments"][echo]["length"] == 5
    assert states(ladder)[echo] == ("FIN-WAIT-2", "CLOSE-WAIT")


def test_a_teardown_has_three_segments_where_the_server_closes_at_once(stage: Stage) -> None:
    """The server's close() comes before its kernel has acknowledged the FIN: its own FIN carries the ACK.

    Retried until it does: the kernel waits 40 ms with its ACK, and a busy machine may let the server wait for longer.
    """
    server = stage.stack.server
    for _ in range(10):
        with stage.captured(server):
            client = stage.stack.start_client()
            assert exit_code(client) == 0
        stage.hear(server, client)
        ladder = stage.ladder()
        if flags(ladder)[-3:] == [("client", "FIN,ACK"), ("server", "FIN,ACK"), ("client", "ACK")]:
            stage.draw([ladder], 0, "06-teardown-in-three")
            break
        stage.forget()
    else:
        raise NeverHappened("a teardown in three segments", 0)
    assert noted(ladder, "FIN carries the ACK") == [len(ladder["segments"]) - 2]
    assert states(ladder)[-3:] == [("FIN-WAIT-1", "CLOSE-WAIT"), ("TIME-WAIT", "LAST-ACK"), ("TIME-WAIT", "CLOSED")]


def test_a_teardown_has_four_segments_where_the_server_waits(stage: Stage) -> None:
    """The ACK, which the kernel may delay, has gone out alone by then."""
    server = stage.actor("late_closer")
    reached(server, "listening")
    with stage.captured(server):
        client = stage.actor("first_closer", str(server.name))
        cue(client, "connected")
        stage.wait_for_segments(5)  # handshake, FIN and its ACK
        cue(server, "finished")
    ladder = stage.ladder("07-teardown-in-four")
    fin = ("client", "FIN,ACK")
    assert flags(ladder)[-4:] == [fin, ("server", "ACK"), ("server", "FIN,ACK"), ("client", "ACK")]
    assert states(ladder)[-3:] == [("FIN-WAIT-2", "CLOSE-WAIT"), ("TIME-WAIT", "LAST-ACK"), ("TIME-WAIT", "CLOSED")]


@pytest.mark.parametrize("first", ["client", "server"])
def test_time_wait_is_at_whoever_closes_first(stage: Stage, first: str) -> None:
    """Its kernel keeps the connection for 60 s; the other's has nothing left. The ladder, and both kernels, say so."""
    server = stage.actor("late_closer" if first == "client" else "closing_server")
    reached(server, "listening")
    with stage.captured(server):
        client = stage.actor("first_closer" if first == "client" else "reader_of_end", str(server.name))
        if first == "client":
            cue(client, "connected")
            cue(server, "finished")
        else:
            cue(server, "accepted")
        reached(server, "end")
        reached(client, "end")
        expected = first == "client", first == "server"
        wait_until(lambda: (_has_time_wait(client), _has_time_wait(server)) == expected, f"TIME-WAIT at the {first}")
    ladder = stage.ladder(f"08-time-wait-at-the-{first}")
    assert states(ladder)[-1] == (("TIME-WAIT", "CLOSED") if first == "client" else ("CLOSED", "TIME-WAIT"))


def test_close_with_unread_data_resets(stage: Stage) -> None:
    """What the peer's kernel has acknowledged and nobody has read is lost: close() says so with RST instead of FIN."""
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server):
        stage.actor("unread_closer", "server")
    ladder = stage.ladder("09-close-with-unread-data")
    assert flags(ladder)[-1] == ("client", "RST,ACK")
    assert not any("FIN" in names for sender, names in flags(ladder) if sender == "client")
    assert call(ladder, "client", "close")["segments"] == [len(ladder["segments"]) - 1]
    assert ladder["outcome"] == "reset"


def test_the_kernel_closes_for_a_process_that_is_killed(stage: Stage) -> None:
    """SIGKILL: no call of the server's, and a FIN all the same."""
    server = stage.stack.server
    stage.hear(server)
    (worker,) = wait_until(lambda: workers(server), "the server has a worker")
    with stage.captured(server):
        client = stage.actor("holder", "server")
        reached(client, "open")
        # One that waits in the accept queue yet would go to the next worker.
        wait_for_event(server, "connection_accepted", peer=own_address(client))
        stage.wait_for_segments(3)
        send(server, signal.SIGKILL, worker.pid)
        cue(client, "open")
    ladder = stage.ladder("10-killed")
    fin = flags(ladder).index(("server", "FIN,ACK"))
    assert [one for one in ladder["calls"] if one["side"] == "server" and one["call"] in ("shutdown", "close")] == []
    assert call(ladder, "client", "recv")["segments"] == [fin]


@pytest.mark.alone
def test_both_close_at_once(stage: Stage) -> None:
    """Two FINs cross: each end goes through CLOSING. Retried until they do; that they can is the promise.

    On one machine a segment is there within microseconds. So the client's waits for some 80 ms in a token bucket of
    just its size, which a datagram before it has emptied: the server has that long to close as well.
    """
    for _ in range(10):
        server = stage.actor("server_at_once")
        reached(server, "listening")
        with stage.captured(server):
            client = stage.actor("closer_at_once", str(server.name))
            reached(client, "together")
            reached(server, "together")
            tool = stage.stack.start_tool_beside(client, *_TOKEN_BUCKET)
            assert exit_code(tool) == 0, stderr(tool)
            cue(client, "together")
            cue(server, "together")
        ladder = stage.ladder()
        stage.forget()
        if noted(ladder, "simultaneous close"):
            stage.draw([ladder], 0, "16-both-close-at-once")
            break
    else:
        raise NeverHappened("two FINs cross", 0)
    assert any("CLOSING" in both for both in states(ladder))
    assert states(ladder)[-1] == ("TIME-WAIT", "TIME-WAIT")


def _has_time_wait(actor: Container) -> bool:
    sockets = read(actor, "/proc/net/tcp")
    rows = [line.split() for line in sockets.splitlines()[1:]]
    return any(row[3] == _TIME_WAIT and _PORT_5000 in row[1] + row[2] for row in rows)
