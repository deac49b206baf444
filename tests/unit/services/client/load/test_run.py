"""Whole runs against real servers: every byte is counted, every message has its time, every end is orderly."""

import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.client.load.loop import LoadLoop
from services.client.load.phases import Plan
from services.client.load.rendezvous import RendezvousFailed
from services.client.load.results.outcome import HowRun
from services.client.load.results.recording import Recording
from services.server.echo.counters import Column
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.loads import Load, Middle, bad_echo, slow
from tests.unit.harness.loops import RunningLoop, running_loop
from tests.unit.harness.servers import free_port
from tests.unit.harness.sockets import receive, reset, scripted_peer

Serve = Callable[..., RunningLoop]


def test_a_peer_that_closes_early_a_reset_and_silence_have_their_kinds() -> None:
    """Each is told from bytes that are wrong."""
    silence = threading.Event()

    def close(sock: socket.socket) -> None:
        receive(sock, 64)

    def abort(sock: socket.socket) -> None:
        receive(sock, 64)
        reset(sock)

    def wait(_: socket.socket) -> None:
        silence.wait(DEADLINE_S)

    for script, kind in ((close, "closed_early"), (abort, "reset"), (wait, "timed_out")):
        with scripted_peer(script) as address:
            # Whoever comes after the first is left in the accept queue, and times out as well.
            load = Load(address, connections=1, size_bytes=64, timeout_s=0.1, duration_s=0.15)
            if kind == "timed_out":
                silence.set()
        assert set(load.measured.errors) <= {kind, "timed_out"}
        assert load.measured.errors[kind] >= 1


def test_the_server_is_asked_how_it_is_run(serve: Serve) -> None:
    """At the address that was connected to, before anything is measured."""

    def say(sock: socket.socket) -> None:
        receive(sock, len(b"GET /metrics HTTP/1.0\r\n\r\n"))
        sock.sendall(b'HTTP/1.1 200 OK\r\n\r\necho_server_info{log_level="debug",watched="true"} 1.0\n')

    with scripted_peer(say) as (_, http_port):
        load = Load(serve(log_level="warning").address, connections=2, http_port=http_port, duration_s=0.05)
    assert load.outcome.how_run == HowRun("debug", watched=True)
    assert load.outcome.is_good


def test_nobody_there_is_refused_and_one_reason() -> None:
    """Every slot counts, and the run ends with the connect deadline and not with its duration."""
    started_s = time.monotonic()
    load = Load(("127.0.0.1", free_port()), connections=3, connect_timeout_s=0.5, duration_s=60)
    assert time.monotonic() - started_s < DEADLINE_S
    assert dict(load.measured.errors) == {"refused": 3}
    assert load.outcome.failure == "not one connection could be made"


def test_a_name_without_an_address_is_unreachable() -> None:
    """It is asked for until the connect deadline, and then every slot has failed."""
    load = Load(("a..b", 5000), connections=2, connect_timeout_s=0.1)
    assert dict(load.measured.errors) == {"unreachable": 2}
    assert "a..b:5000" in str(load.outcome.failure)


SIZES = [1, 15, 16, 17, 64, 32_767, 32_768, 65_536, 65_537, 2_000_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pipeline", [1, 64])
def test_sizes_and_pipelines_are_echoed_to_the_byte(serve: Serve, size: int, pipeline: int) -> None:
    """Whatever path a message takes, what was sent is what the server counted, and all of it came back right."""
    server = serve(log_level="warning")
    load = Load(server.address, connections=3, size_bytes=size, pipeline=pipeline, duration_s=0.1)
    measured = load.measured
    assert load.outcome.is_good, load.failures()
    assert measured.messages_sent == measured.messages_verified == sum(s.messages for s in measured.timeline.slices) > 0
    assert measured.bytes_sent == measured.bytes_verified == measured.messages_sent * size
    assert eventually(lambda: server.count(Column.RECEIVED_BYTES) == measured.bytes_sent)
    assert measured.sessions == 3


def test_an_open_loop_skips_nothing(serve: Serve) -> None:
    """What is due is the rate times the duration, to the message, and all of it is sent and verified."""
    load = Load(serve(log_level="warning").address, connections=7, rate=1000, duration_s=0.5)
    assert load.measured.messages_due == load.measured.messages_sent == load.measured.messages_verified == 500
    whole = load.outcome.whole
    elapsed_s = (whole.ended_ns - whole.started_ns) / 1e9
    assert whole.rate_achieved == pytest.approx(500 / elapsed_s)


def test_a_stall_counts_from_when_messages_were_due() -> None:
    """A pause of the server is in the latency of all that were due in it, and in one message's service time."""
    pause_s = 0.3
    paused = threading.Event()

    def middle() -> Middle:
        def treat(data: bytes, *, ended: bool) -> bytes:
            if not ended and not paused.is_set():
                paused.set()
                time.sleep(pause_s)  # the stall itself: nothing is waited for
            return data

        return treat

    with bad_echo(middle) as address:
        load = Load(address, connections=1, rate=100, duration_s=0.6)
    latencies = sorted(load_us(load, "latency"))
    services = sorted(load_us(load, "service"))
    assert load.measured.messages_verified == 60
    # Messages were due every 10 ms of the stall: the k-th from its end waited k x 10 ms.
    assert sum(us > 100_000 for us in latencies) >= 20
    assert sum(us > 100_000 for us in services) == 1


def load_us(load: Load, name: str) -> list[int]:
    """Return every duration of a kind."""
    found: list[int] = []
    for second in load.measured.timeline.slices:
        tally = getattr(second, name)
        for value, count in tally.counts().items():
            found += [value] * count
    return found


def test_connections_are_used_up_and_replaced(serve: Serve) -> None:
    """With K messages each, sessions are messages / K, each ended by both sides, and connecting is timed."""
    server = serve(log_level="warning")
    load = Load(server.address, connections=2, rate=500, messages_per_connection=5, duration_s=0.4)
    measured = load.measured
    assert measured.messages_verified == 200
    assert load.outcome.is_good
    # The last two may have had fewer, or none.
    assert 40 <= measured.sessions <= 42
    assert measured.connect_us.total() == measured.sessions
    # A handshake under way when the run ends is no session of ours, but may have become one of the server's.
    assert eventually(lambda: server.count(Column.CLOSED_PEER_FINISHED) >= measured.sessions)
    assert server.count(Column.ACCEPTED) <= measured.sessions + 2


def test_a_message_on_a_new_connection_keeps_its_own_time(serve: Serve) -> None:
    """Its latency counts from when it was due itself, and not from the beginning of the run."""
    load = Load(serve(log_level="warning").address, connections=1, rate=10, messages_per_connection=1, duration_s=1)
    assert load.measured.messages_verified == 10
    # From the beginning it would be 0 + 0.1 + ... + 0.9 s, and more; while the client stands still, all ten may wait.
    assert sum(load_us(load, "latency")) < 4_500_000 + 10 * load.measured.stalls.total_us


def test_who_watches_a_climb_is_told_how_much_is_left_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the step alone, after which the time would begin anew."""
    left_s = []
    whole = LoadLoop.run_phase

    def run_phase(loop: LoadLoop, recording: Recording, start_ns: int, plan: Plan) -> None:
        left_s.append(plan.duration_s + plan.after_s)
        whole(loop, recording, start_ns, plan)

    monkeypatch.setattr(LoadLoop, "run_phase", run_phase)
    with running_loop() as server:
        Load(server.address, connections=1, rate=20, rate_to=40, steps=3, duration_s=0.05)
    assert left_s == pytest.approx([0.15, 0.1, 0.05])


def test_the_warm_up_is_counted_apart(serve: Serve) -> None:
    """Its messages are in no figure of the measured part."""
    load = Load(serve(log_level="warning").address, connections=2, rate=200, warmup_s=0.2, duration_s=0.1)
    # What a busy machine could not send in the warm-up is dropped.
    assert (load.outcome.warmup.messages_due, load.measured.messages_verified) == (40, 20)
    assert load.outcome.warmup.messages_verified > 0
    assert sum(second.messages for second in load.measured.timeline.slices) == 20


def test_what_the_warm_up_could_not_send_is_dropped() -> None:
    """A server that is too slow for the rate would be sent it all before the measurement could begin."""
    with bad_echo(lambda: slow(0.01)) as address:
        load = Load(address, connections=1, rate=1000, warmup_s=0.05, duration_s=0.01, timeout_s=DEADLINE_S)
    warmup = load.outcome.warmup
    assert warmup.messages_due == 50
    assert 0 < warmup.messages_sent < warmup.messages_due
    assert warmup.messages_verified == warmup.messages_sent
    assert load.measured.messages_verified == load.measured.messages_due == 10


@pytest.mark.parametrize("shape", [{"rate": 100}, {"rate": 0}, {"rate": 0, "pipeline": 4}], ids=str)
def test_a_signal_ends_the_run_with_what_was_done(serve: Serve, shape: dict[str, Any]) -> None:
    """What is in flight is still awaited, sessions end well, and the outcome says which signal."""
    server = serve(log_level="warning")
    reader, writer = socket.socketpair()
    with reader, writer:
        timer = threading.Timer(0.15, lambda: writer.send(bytes([signal.SIGTERM])))
        timer.start()
        load = Load(server.address, wakeup=reader, connections=2, duration_s=60, **shape)
        timer.join()
    assert load.outcome.interrupted == "SIGTERM"
    assert load.outcome.is_good
    assert load.measured.messages_sent == load.measured.messages_verified > 0
    assert load.outcome.whole.ended_ns - load.outcome.whole.started_ns < 10 * 10**9


def test_a_rendezvous_that_fails_is_the_runs_failure(serve: Serve) -> None:
    """Nothing is measured, and the reason is the outcome's."""

    def meet() -> int | None:
        raise RendezvousFailed("1 of 2 replicas came within 1 s", 1, 2)

    load = Load(serve(log_level="warning").address, meet=meet, connections=1)
    assert load.outcome.failure == "1 of 2 replicas came within 1 s"
    assert load.measured.messages_sent == 0
    assert not load.outcome.is_good


def test_measuring_starts_when_the_replicas_agreed(serve: Serve) -> None:
    """The start is the rendezvous', to within what a busy machine adds."""
    start_ns = 0

    def meet() -> int | None:
        nonlocal start_ns
        start_ns = time.monotonic_ns() + 100_000_000
        return start_ns

    before_ns = time.time_ns()
    load = Load(serve(log_level="warning").address, meet=meet, connections=1, duration_s=0.05)
    assert load.outcome.whole.started_ns + load.outcome.offset_ns >= before_ns + 100_000_000
    assert load.measured.messages_verified > 0
