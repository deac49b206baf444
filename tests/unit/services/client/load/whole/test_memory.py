"""The load in bounded memory: an hour of it fits into the container that Compose gives it, with room."""

import json
import subprocess
import sys

from services.client.load.edge import RESERVED_BYTES
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import ROOT

# An hour, each second of which brings 500 messages with different durations, as fast as they can be counted.
HOUR = """
import gc, json, random, re, time
gc.disable()
import orjson
from services.client.load.results.outcome import Outcome, Step
from services.client.load.results.recording import Recording
from services.client.load.results.result import document
from services.client.load.settings import LoadSettings
def peak_kib():
    # Not ru_maxrss, which a process inherits from the one that it was forked from: getrusage(2).
    return int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
recording, now_ns = Recording(64), time.monotonic_ns()
recording.start(now_ns)
chance = random.Random(1)
# Of these, each second has others.
latencies_ns = [int(chance.lognormvariate(13, 1.5)) for _ in range(20_000)]
services_ns = [latency_ns // 2 for latency_ns in latencies_ns]
for second in range(3600):
    at = second * 509 % (len(latencies_ns) - 500)
    recording.latency_ns += latencies_ns[at : at + 500]
    recording.service_ns += services_ns[at : at + 500]
    now_ns += 10**9
    recording.fold(now_ns)
recording.messages_due = recording.messages_sent = recording.messages_verified
recording.finish()
before_kib = peak_kib()
settings = LoadSettings(rate=500, duration_s=3600)
result = document(Outcome(settings, Recording(64), [Step(settings, 500, recording, 0, 3600 * 10**9)], 0))
printed = orjson.dumps(result)
print(json.dumps([before_kib, peak_kib(), len(printed), len(result["timeline"]), result["latency_us"]["count"]]))
"""


def test_an_hour_fits_into_the_container() -> None:
    """Compose gives a client 256 MiB; half of it is left, and what the result takes at the end was reserved before."""
    done = subprocess.run(
        [sys.executable, "-c", HOUR], cwd=ROOT, capture_output=True, text=True, check=True, timeout=6 * DEADLINE_S
    )
    before_kib, peak_kib, printed_bytes, slices, count = json.loads(done.stdout)
    assert count == 3600 * 500
    assert slices <= 300
    assert peak_kib < 128 * 1024
    assert peak_kib - before_kib < RESERVED_BYTES / 1024
    assert printed_bytes < 4 * 1024 * 1024
