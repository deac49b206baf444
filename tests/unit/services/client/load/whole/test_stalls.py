"""The client's own stalls: it, or the whole machine, stood still for a while."""

import json
import signal
import threading
import time

import pytest

from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loads import Load, Middle, bad_echo
from tests.unit.harness.loops import running_loop
from tests.unit.harness.processes import service


@pytest.mark.parametrize("rate", ["0", "100"])
def test_a_client_that_was_stopped_blames_itself(rate: str) -> None:
    """Stopped for longer than the time-out, it judges nobody for that time, and says how long it stood still."""
    with running_loop() as server:
        where = ("--host", server.address[0], "--port", str(server.address[1]), "--connections", "3", "--rate", rate)
        times = ("--duration-s", "2.2", "--warmup-s", "0", "--timeout-s", "0.4")
        with service("client", "load", *where, *times) as client:
            client.wait_for("load_progressed")
            client.signal(signal.SIGSTOP)
            time.sleep(1)  # the stall itself: nothing is waited for
            client.signal(signal.SIGCONT)
            code, stdout, _ = client.outcome()
    result = json.loads(stdout)
    assert (code, result["errors"]) == (0, {})
    assert result["messages_verified"] == result["messages_due"]
    # It was stopped some time between two ticks, which are 50 ms apart.
    assert 900_000 <= result["client_stalls"]["max_us"] <= result["latency_us"]["max"] + 60_000


def test_a_machine_that_was_suspended_blames_nobody() -> None:
    """Where client and server stood still together, the time-out begins anew for both."""
    runs, was_held = threading.Event(), threading.Event()
    runs.set()

    class Suspended(Load):
        """A load that, once, stands still for twice its time-out, and its server as well."""

        def _show(self, *_: object) -> None:
            if not was_held.is_set():
                was_held.set()
                runs.clear()
                time.sleep(1)  # the stall itself: nothing is waited for
                runs.set()

    def middle() -> Middle:
        def treat(data: bytes, *, ended: bool) -> bytes:
            if not ended:
                time.sleep(0.03)  # so that something is in flight at any time
                if not runs.is_set():
                    runs.wait(DEADLINE_S)
                    time.sleep(0.1)  # the server, too, needs a moment to go on
            return data

        return treat

    with bad_echo(middle) as address:
        load = Suspended(address, connections=2, rate=80, duration_s=1.6, timeout_s=0.5)
    assert was_held.is_set()
    assert load.measured.errors == {}
    assert load.measured.stalls.max_us >= 900_000
