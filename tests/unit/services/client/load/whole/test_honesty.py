"""What goes wrong on the client's own side, or before a message is sent, is told as that."""

import io
import json
import signal
import socket
import threading
import time
from typing import Any

import orjson

from services.client.load.results.recording import Reason
from services.client.load.results.result import contradictions, document
from services.client.report.edge import summarise
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loads import Load, Middle, bad_echo
from tests.unit.harness.loops import running_loop
from tests.unit.harness.namespaces import in_a_namespace
from tests.unit.harness.servers import free_port
from tests.unit.harness.sockets import receive, scripted_peer

# A machine that stands still for a moment keeps no rate in that moment: the climb is tried so often.
_TRIES = 5

# A server, and a load of 200 messages on as many connections, where TIME-WAIT leaves 30 ports.
FEW_PORTS = """
import json
open("/proc/sys/net/ipv4/ip_local_port_range", "w").write("40000 40029")
open("/proc/sys/net/ipv4/tcp_tw_reuse", "w").write("0")  # on loopback Linux takes a port again after 1 s
from services.client.load.results.result import document
from tests.unit.harness.loads import Load
from tests.unit.harness.loops import running_loop
with running_loop() as server:
    load = Load(server.address, connections=2, rate=200, duration_s=1, messages_per_connection=1, timeout_s=0.3,
        max_error_rate=0, max_p99_us=20_000)
print(json.dumps(document(load.outcome) | {"missed": [*map(str, load.outcome.misses)]}))
"""


def printed(load: Load) -> dict[str, Any]:
    """Return the document of a load, which has nothing in it that cannot be, and which a report is made of."""
    result: dict[str, Any] = orjson.loads(orjson.dumps(document(load.outcome)))
    assert contradictions(result) == []
    summarise(result, io.StringIO())
    return result


def test_messages_that_found_no_port_are_due_and_unsent() -> None:
    """They are errors, their wait is in the latency, and the reason is the client's, not the server's."""
    result = json.loads(in_a_namespace(FEW_PORTS)[-1])
    assert contradictions(result) == []
    assert result["messages_due"] == result["latency_us"]["count"] == 200
    assert result["messages_sent"] == result["messages_verified"] <= 30
    assert result["messages_unsent"] == result["messages_unanswered"] >= 170
    assert result["latency_us"]["p99"] > 900_000
    assert len(result["missed"]) == 2
    reasons = {(one["phase"], one["kind"], one["errno"]) for one in result["error_reasons"]}
    assert reasons == {("connect", "exhausted", "EADDRNOTAVAIL")}
    assert result["machine"]["local_ports"] == 30


def test_a_server_that_is_gone_leaves_its_messages_unsent() -> None:
    """Whoever reads the percentiles alone sees that most of the run had no answer."""
    answered = 0

    def die(sock: socket.socket) -> None:
        nonlocal answered
        while answered < 10 and (data := receive(sock, 64)):
            answered += 1
            sock.sendall(data)

    with scripted_peer(die) as address:
        load = Load(address, connections=1, rate=100, duration_s=0.5, timeout_s=0.5, connect_timeout_s=60)
    result = printed(load)
    assert (result["messages_due"], result["messages_verified"]) == (50, 10)
    assert result["messages_unanswered"] == 40
    assert result["latency_us"]["p50"] > 200_000


def test_a_message_due_before_a_signal_is_due_and_no_other() -> None:
    """An interrupted run is not said to have missed what was to come."""
    reader, writer = socket.socketpair()
    with reader, writer, running_loop() as server:
        timer = threading.Timer(0.3, lambda: writer.send(bytes([signal.SIGINT])))
        timer.start()
        load = Load(server.address, wakeup=reader, connections=2, rate=100, duration_s=60)
        timer.join()
    result = printed(load)
    assert 0 < result["messages_due"] == result["messages_verified"] < 3000
    assert result["messages_unsent"] == 0
    assert load.outcome.is_good


def test_a_rate_beyond_the_client_is_due_in_full() -> None:
    """What its own loop never got round to is due all the same, and unsent."""
    with running_loop() as server:
        load = Load(server.address, connections=1, rate=1_000_000, duration_s=0.2, timeout_s=0.2)
    result = printed(load)
    assert result["messages_due"] == 200_000
    assert result["messages_unsent"] > 0
    assert result["client_late"]["count"] > 0


def test_an_overload_in_the_warm_up_is_not_measured() -> None:
    """The measured phase begins with nothing in flight: no latency is below its service time."""

    def middle() -> Middle:
        def treat(data: bytes, *, ended: bool) -> bytes:
            if not ended:
                time.sleep(0.01)  # the slowness itself: nothing is waited for
            return data

        return treat

    with bad_echo(middle) as address:
        load = Load(
            address, connections=2, rate=2000, pipeline=16, warmup_s=0.3, duration_s=0.2, timeout_s=0.3, size_bytes=4000
        )
    result = printed(load)
    assert result["warmup"]["messages_verified"] > 0
    assert result["latency_us"]["max"] < 1_000_000 * (0.2 + 2 * 0.3 + 5)


def test_a_trickle_is_progress() -> None:
    """A server that echoes a byte now and then is slow, and not dead, though the kernel wakes us for messages only."""

    def trickle(sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := receive(sock, 16):
            for byte in data:
                sock.sendall(bytes([byte]))
                time.sleep(0.06)  # the slowness itself: nothing is waited for

    with scripted_peer(trickle) as address:
        load = Load(address, connections=1, size_bytes=16, duration_s=0.1, timeout_s=0.9)
    assert load.measured.errors == {}
    assert load.measured.messages_verified == 1


def test_a_server_that_stops_in_mid_message_is_still_found() -> None:
    """Half a message is progress once, and not for ever."""
    over = threading.Event()

    def half(sock: socket.socket) -> None:
        sock.sendall(receive(sock, 16)[:8])
        over.wait(DEADLINE_S)

    with scripted_peer(half) as address:
        load = Load(address, connections=1, size_bytes=16, duration_s=0.1, timeout_s=0.3)
        over.set()
    assert load.measured.errors["timed_out"] == 1


def test_nobody_listening_is_told_with_its_reason() -> None:
    """The errors of attempts have the kernel's name, and the phase."""
    load = Load(("127.0.0.1", free_port()), connections=2, connect_timeout_s=0.5)
    assert set(load.measured.reasons) == {Reason("connect", "refused", "ECONNREFUSED")}
    assert printed(load)["failure"] == "not one connection could be made"


def test_an_interruption_before_the_window_is_a_result_of_nothing() -> None:
    """It can be printed and reported: connections were made, and nothing was measured."""
    reader, writer = socket.socketpair()

    def meet() -> None:
        writer.send(bytes([signal.SIGTERM]))

    with reader, writer, running_loop() as server:
        load = Load(server.address, wakeup=reader, meet=meet, connections=2, rate=100, warmup_s=0.05)
    result = printed(load)
    assert (result["interrupted"], result["messages_due"], result["timeline"]) == ("SIGTERM", 0, [])
    assert result["connect_us"]["count"] == 2


def test_connections_are_counted_by_address() -> None:
    """Each that was made, where it leads."""
    with running_loop() as server:
        load = Load(server.address, connections=3, duration_s=0.05)
    assert printed(load)["addresses"] == {f"127.0.0.1:{server.address[1]}": 3}


def test_a_climb_finds_what_a_server_can_do() -> None:
    """A server that needs 5 ms a message keeps 50 a second, and not 400."""

    def middle() -> Middle:
        def treat(data: bytes, *, ended: bool) -> bytes:
            if not ended:
                time.sleep(0.005)  # the slowness itself: nothing is waited for
            return data

        return treat

    with bad_echo(middle) as address:
        for _ in range(_TRIES):
            load = Load(address, connections=1, rate=20, rate_to=400, steps=2, duration_s=0.5, timeout_s=DEADLINE_S)
            result = printed(load)
            low, high = result["steps"]
            if low["is_met"]:
                break
    assert (low["rate_requested"], high["rate_requested"]) == (20, 400)
    assert (low["messages_due"], high["messages_due"]) == (10, 200)
    assert (low["is_met"], high["is_met"]) == (True, False)
    assert result["messages_due"] == 210
    assert low["latency_us"]["count"] + high["latency_us"]["count"] == result["latency_us"]["count"]
    assert load.outcome.is_good
