"""The order of measuring: all peers in turn within a round, so that what disturbs the machine disturbs them alike.

A core whose other half a neighbour uses is a third slower, for parts of a second or for many: a turn is long enough to
see several changes, and every round is begun by another peer, so that a slow spell does not always meet the same.
"""

from collections.abc import Callable

from tests.bench.measuring import Plan, Sample
from tests.bench.peers.check import check
from tests.bench.peers.peers import PEERS, Peer
from tests.bench.peers.processes import running
from tests.bench.report.results import Measurement, Results
from tests.bench.workloads import Workload

Note = Callable[[str], None]

_ATTEMPTS = 10


def present(names: list[str], results: Results, note: Note) -> list[Peer]:
    """Return the peers that can be had and that echo right; say, and record, which are left out."""
    found = []
    for peer in (PEERS[name] for name in names):
        if peer.is_missing:
            results.left_out[peer.name] = f"{peer.needs} is not installed"
            note(f"{peer.name} is left out: {peer.needs} is not installed")
            continue
        if peer.is_echo:
            with running(peer, cpu=None) as server:
                check(server)
        found.append(peer)
    return found


def run(workloads: list[Workload], peers: list[Peer], results: Results, note: Note) -> None:
    """Add every measurement to the results; each is of a fresh process. Raises PeerFailed."""
    for workload in workloads:
        taking_part = [peer for peer in peers if peer.name in workload.peers]
        for number in range(1, results.plan.rounds + 1):
            first = (number - 1) % max(1, len(taking_part))
            for peer in taking_part[first:] + taking_part[:first]:
                sample = _measure(workload, peer, results.plan)
                results.measurements.append(Measurement(workload.name, peer.name, number, sample))
                figure = f"{sample[workload.cost.key]:,.{workload.cost.decimals}f} {workload.cost.unit}"
                note(f"{workload.name} {number}/{results.plan.rounds} {peer.name}: {figure}")


def _measure(workload: Workload, peer: Peer, plan: Plan) -> Sample:
    """Take a measurement; where the plan wants a quiet machine, up to so many times, and the last counts as it is.

    What decides is what others did, never the figure itself: that would be trimming.
    """
    for _ in range(_ATTEMPTS):
        with running(peer, plan.server_cpu if workload.is_pinned else None) as server:
            sample = workload.measure(server, plan)
        if plan.max_others_cores is None or sample.get("others_cores", 0) <= plan.max_others_cores:
            break
    return sample
