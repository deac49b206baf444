"""What two captures tell, one at each host, and one of them alone cannot: where a segment was lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness.compose import REPOSITORY
from tests.e2e.harness.crossing import play
from tests.e2e.lessons.stage import PICTURES

# No timer of Linux runs out before 200 ms (TCP_RTO_MIN); less a jiffy of 4 ms at each end.
LEAST_TIMEOUT_NS = 192_000_000


@pytest.mark.parametrize(
    ("dropped_at", "picture", "lost"),
    [
        ("egress", "17-lost-on-its-way", "lost between laptop and pod"),
        ("input", "17-dropped-after-its-arrival", "dropped after its arrival at pod"),
    ],
)
def test_both_ends_tell_where_a_segment_was_lost(dropped_at: str, picture: str, lost: str, tmp_path: Path) -> None:
    """On its way, or at the server's own firewall: the client sees the same, its timer runs out."""
    play(dropped_at, tmp_path)
    read = [sys.executable, "-m", "services.scope", "read", *(f"{tmp_path}/{one}.pcap" for one in ("laptop", "pod"))]
    wanted = ["--svg", f"{PICTURES}/{picture}.svg", "--explain"] if PICTURES else []
    done = subprocess.run([*read, "--json", *wanted], cwd=REPOSITORY, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    (ladder,) = json.loads(done.stdout)["conversations"]
    assert ladder["vantages"] == ["laptop", "pod"]
    assert {one["lost"] for one in ladder["segments"]} == {None, lost}
    # The wait for the timer is its own part, and no network's. How long the programs took besides, and so which of the
    # messages was the slowest, is the machine's.
    spent = {(part["on"], part["side"]): part["took_ns"] for part in ladder["spent"]["parts"]}
    assert spent["sending again", "client"] >= LEAST_TIMEOUT_NS
    if PICTURES:
        Path(REPOSITORY, PICTURES, f"{picture}.json").write_bytes(done.stdout)
