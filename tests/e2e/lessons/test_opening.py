"""How a connection begins: what connect(), listen() and accept() have to do with the three-way handshake."""

from itertools import pairwise

from tests.e2e.harness.containers import exit_code, wait_for_event
from tests.e2e.harness.processes import freeze
from tests.e2e.lessons.stage import Stage, call, cue, flags, noted, reached, states

_HANDSHAKE = [("client", "SYN"), ("server", "SYN,ACK"), ("client", "ACK")]


def test_the_three_way_handshake(stage: Stage) -> None:
    """connect() sends the SYN and waits for the SYN,ACK, which no call sends; accept() waits for the ACK."""
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server):
        client = stage.stack.start_client()
        assert exit_code(client) == 0
    stage.hear(client)
    ladder = stage.ladder("01-handshake")
    assert flags(ladder)[:3] == _HANDSHAKE
    assert states(ladder)[:3] == [
        ("SYN-SENT", "LISTEN"),
        ("ESTABLISHED", "SYN-RECEIVED"),
        ("ESTABLISHED", "ESTABLISHED"),
    ]
    assert call(ladder, "client", "connect")["segments"] == [0, 1]
    assert call(ladder, "server", "accept")["segments"] == [2]
    assert call(ladder, "client", "connect")["tcp_state"] == "ESTABLISHED"


def test_accept_sends_nothing(own_stage: Stage) -> None:
    """With the server frozen the handshake completes, connect() and send() return, and the data is acknowledged."""
    stage = own_stage
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server):
        freeze(server)
        client = stage.stack.start_client("--timeout-s", "60")
        wait_for_event(client, "bytes_sent")
        stage.wait_for_segments(5)  # the last is the kernel's ACK of the data, which it may delay
        server.unpause()
        assert exit_code(client) == 0
    stage.hear(client)
    ladder = stage.ladder("02-accept-sends-nothing")
    accept = call(ladder, "server", "accept")
    assert [*_HANDSHAKE, ("client", "ACK"), ("server", "ACK")] == flags(ladder)[:5]
    assert all(segment["t_ns"] < accept["t0_ns"] for segment in ladder["segments"][:5])
    assert call(ladder, "client", "send")["t1_ns"] < accept["t0_ns"]


def test_the_accept_queue_overflows(own_stage: Stage) -> None:
    """listen(1) holds two; the SYN of one more is dropped and sent again, until accept() has made room."""
    stage = own_stage
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server):
        freeze(server)
        waiting = [stage.actor("patient", "server") for _ in range(2)]
        for actor in waiting:
            reached(actor, "connected")
        late = stage.actor("patient", "server")
        stage.wait_for_segments(8)  # two handshakes, and a SYN that was sent again
        server.unpause()
        for actor in (late, *waiting):
            cue(actor, "connected")
            cue(actor, "echoed")
    ladders = stage.ladders()
    (index,) = [n for n, ladder in enumerate(ladders) if flags(ladder)[:2] == [("client", "SYN")] * 2]
    ladder = ladders[index]
    assert noted(ladder, "retransmission")
    syns = [segment for segment in ladder["segments"] if segment["flags"] == ["SYN"]]
    assert all(gap > 0.9 for gap in _gaps_s(syns))
    connect = call(ladder, "client", "connect")
    assert connect["errno"] is None
    assert connect["t1_ns"] - connect["t0_ns"] > 900_000_000
    assert ladder["outcome"] == "closed"
    stage.draw(ladders, index, "03-accept-queue-overflow")


def test_a_connection_is_refused(stage: Stage) -> None:
    """Where nobody listens the kernel answers the SYN with RST,ACK, and connect() fails with ECONNREFUSED."""
    with stage.captured(stage.stack.server):
        # Time enough to look up the name on a busy machine, and so for some attempts more: the first is looked at.
        client = stage.stack.start_client("--connect-timeout-s", "5", ECHO_PORT="5001")
        assert exit_code(client) == 1
    stage.hear(client)
    ladder = stage.ladders("04-refused")[0]
    assert flags(ladder) == [("client", "SYN"), ("server", "RST,ACK")]
    assert ladder["outcome"] == "refused"
    assert noted(ladder, "RST: nobody listens") == [1]
    connect = call(ladder, "client", "connect")
    assert (connect["errno"], connect["segments"]) == ("ECONNREFUSED", [0, 1])
    assert states(ladder)[-1][0] == "CLOSED"


def _gaps_s(segments: list[dict[str, int]]) -> list[float]:
    stamps = [segment["t_ns"] for segment in segments]
    return [(after - before) / 1e9 for before, after in pairwise(stamps)]
