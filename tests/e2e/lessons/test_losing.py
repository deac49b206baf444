"""What the kernel does in between: it sends again, waits for the receiver, and cuts a stream as it likes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from docker.models.containers import Container

from tests.e2e.harness.containers import execute
from tests.e2e.harness.waiting import NeverHappened, wait_until
from tests.e2e.lessons.stage import Ladder, Stage, call, cue, flags, noted, reached, said, states

# No timer of Linux runs out before 200 ms (TCP_RTO_MIN); less what a packet may be held up on its way to the capture.
_LEAST_TIMEOUT_S = 0.16

_TABLE = "add table inet lesson; add chain inet lesson input { type filter hook input priority 0; }"


@contextmanager
def _dropped(tool: Container, rule: str) -> Iterator[None]:
    """Drop what matches the rule where it has come in: captured, and yet never arrived."""
    for line in (_TABLE, f"add rule inet lesson input tcp dport 5000 {rule} drop"):
        code, output = execute(tool, "nft", line)
        assert code == 0, output
    yield
    execute(tool, "nft", "delete table inet lesson")


def test_a_lost_syn_is_sent_again(stage: Stage) -> None:
    """connect() waits through it: the kernel sends the SYN again a second later, and again."""
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server) as tool, _dropped(tool, "tcp flags & (syn|ack) == syn"):
        # One whose connect() has no deadline: however late the rule goes, it is the same call that comes through.
        client = stage.actor("patient", "server")
        stage.wait_for_segments(3)
        execute(tool, "nft", "flush chain inet lesson input")
        cue(client, "connected")
        cue(client, "echoed")
    ladder = stage.ladder("11-lost-syn")
    assert flags(ladder)[:3] == [("client", "SYN")] * 3
    assert noted(ladder, "retransmission")[:2] == [1, 2]
    assert _gaps_s(ladder, [0, 1])[0] > 0.9
    # Only the first was the call's own.
    assert call(ladder, "client", "connect")["segments"][0] == 0
    assert states(ladder)[2][0] == "SYN-SENT"


def test_a_lost_segment_is_sent_again_with_back_off(stage: Stage) -> None:
    """Each time-out is twice the last; send() has returned long before, and recv() sees nothing of it."""
    server = stage.stack.server
    stage.hear(server)
    with stage.captured(server) as tool:
        client = stage.actor("patient", "server")
        reached(client, "connected")
        with _dropped(tool, "tcp flags & psh == psh"):
            cue(client, "connected")
            stage.wait_for_segments(7)  # the handshake, the segment, and three more attempts
        cue(client, "echoed")
    ladder = stage.ladder("12-lost-segment")
    again = [index for index in noted(ladder, "retransmission") if ladder["segments"][index]["length"]]
    assert len(again) >= 3
    assert {ladder["segments"][index]["from"] for index in again} == {"client"}
    # A timer may run out late, on a busy machine, and never early.
    assert all(gap_s > _LEAST_TIMEOUT_S * 2**times for times, gap_s in enumerate(_gaps_s(ladder, again)))
    send = call(ladder, "client", "send")
    assert send["segments"] == [3]
    # The last one is what was delivered, after three time-outs at least: a program may be held up for a part of that.
    assert send["t1_ns"] < ladder["segments"][again[-1]]["t_ns"]


def test_a_receiver_that_does_not_read_closes_the_window(stage: Stage) -> None:
    """Zero window: send() waits, the kernel probes; when the receiver reads again everything arrives."""
    server = stage.actor("lazy_reader")
    reached(server, "listening")
    with stage.captured(server):
        stage.actor("bulk_sender", str(server.name))
        reached(server, "full")
        wait_until(lambda: "keep_alive" in stage.read_now(), "the kernel has probed")
        cue(server, "full")
    assert said(server, "received") == 2**20
    ladder = stage.ladder("13-zero-window")
    closed = noted(ladder, "zero window")
    probes = noted(ladder, "zero-window probe")
    assert closed
    assert probes
    assert ladder["segments"][closed[0]]["from"] == "server"
    waiting = max(
        (one for one in ladder["calls"] if one["call"] == "send"), key=lambda one: one["t1_ns"] - one["t0_ns"]
    )
    assert waiting["t0_ns"] < ladder["segments"][probes[0]]["t_ns"] < waiting["t1_ns"]


def test_one_send_is_not_one_segment_is_not_one_recv(stage: Stage) -> None:
    """1 MiB through small reads: few send(), more segments, many recv(), and every byte joined by its offset."""
    server = stage.actor("small_reader")
    reached(server, "listening")
    with stage.captured(server):
        stage.actor("bulk_sender", str(server.name))
    assert said(server, "received") == 2**20
    ladder = stage.ladder("14-one-mebibyte")
    sends = [one for one in ladder["calls"] if one["call"] == "send"]
    recvs = [one for one in ladder["calls"] if one["side"] == "server" and one["call"] == "recv" and one["bytes"]]
    data = {index for index, one in enumerate(ladder["segments"]) if one["length"]}
    assert len(sends) < min(len(data), len(recvs))
    # How the kernel cuts it is up to the machine; that recv() takes it in the same pieces is not to be.
    assert {ladder["segments"][index]["seq"] - 1 for index in data} != {one["offset"] for one in recvs}
    assert sum(one["bytes"] for one in sends) == sum(one["bytes"] for one in recvs) == 2**20
    # On a busy machine some may be sent again: by the kernel alone, and no call's.
    again = {index for index in data if any("retransmission" in note for note in ladder["segments"][index]["notes"])}
    assert data - again <= {index for one in sends for index in one["segments"]} <= data


def test_nagle_waits_for_the_ack_and_nodelay_does_not(stage: Stage) -> None:
    """Of two small messages the second waits until the first is acknowledged, unless TCP_NODELAY is set.

    Without Nagle's algorithm retried until it does not wait: a busy machine may hold up the program between the two for
    longer than the kernel delays its ACK, which is 40 ms.
    """
    assert _waits_for_the_ack(stage, "nagle", "15-nagle")
    for _ in range(5):
        if not _waits_for_the_ack(stage, "no_delay", "15-no-delay"):
            break
    else:
        raise NeverHappened("the second is sent before the first is acknowledged", 0)


def _waits_for_the_ack(stage: Stage, role: str, picture: str) -> bool:
    """Tell whether everything before the last message was acknowledged when it was sent (RFC 9293 3.7.4)."""
    # A server that reads, or answers, acknowledges at once: only silence lets the kernel delay its ACK.
    server = stage.actor("lazy_reader")
    reached(server, "listening")
    with stage.captured(server):
        client = stage.actor(role, str(server.name))
        reached(client, "end")
        cue(server, "full")
    ladder = stage.ladder(picture)
    stage.forget()
    sends = [one for one in ladder["calls"] if one["call"] == "send"]
    last = ladder["segments"][sends[-1]["segments"][0]]
    acked = [one for one in ladder["segments"] if one["from"] == "server" and one["t_ns"] < last["t_ns"]]
    return bool(acked[-1]["ack"] == last["seq"])


def _gaps_s(ladder: Ladder, indexes: list[int]) -> list[float]:
    stamps = [ladder["segments"][index]["t_ns"] for index in indexes]
    return [(after - before) / 1e9 for before, after in pairwise(stamps)]
