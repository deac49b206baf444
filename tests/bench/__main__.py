"""`python -m tests.bench`: measure the server against its peers; a table on stdout, every figure in results.json."""

import argparse
import os
import resource
import signal
import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.measuring import Plan
from tests.bench.namespace import enter
from tests.bench.peers.build import CACHE, HERE, BuildFailed, build_all
from tests.bench.peers.peers import PEERS
from tests.bench.peers.processes import PeerFailed
from tests.bench.report.environment import environment
from tests.bench.report.results import Results
from tests.bench.report.table import footnote, table
from tests.bench.rounds import present, run
from tests.bench.workloads import WORKLOADS

_ROUNDS = 5
_SECONDS = 3.0
_WARMUP_S = 0.5
_CONNECTIONS = 50
_IDLE_CONNECTIONS = 15_000

# What --quiet lets other programs use of this machine during a measurement.
_QUIET_CORES = 0.1

# Descriptors that a process needs besides its connections.
_OWN_DESCRIPTORS = 200


def main(arguments: list[str]) -> int:
    """Measure; return 0, 1 when something could not be measured, 130 when interrupted."""
    # As Ctrl-C: every `finally` runs, and with it the end of every process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    options = _options(arguments)
    results = _results(options)
    code = 1
    try:
        build_all()
        peers = present(options.peers or list(PEERS), results, _note)
        run([WORKLOADS[name] for name in options.only or WORKLOADS], peers, results, _note)
        code = 0
    except (BuildFailed, PeerFailed) as error:
        _note(f"bench: {error}")
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    finally:
        # Whatever ended it: the work of many minutes is not lost.
        if results.measurements:
            _tell(results, CACHE / "results.json" if code else _out(options))
    return code


def _tell(results: Results, out: Path) -> None:
    results.write(out)
    sys.stdout.write(f"{table(results)}\n\n{footnote(results)}\n")
    _note(f"every measurement: {out}")


def _results(options: argparse.Namespace) -> Results:
    own_network = not options.host_network and enter()
    if not own_network:
        _note("the host's own network: its firewall and connection tracking are part of the figures")
    return Results(
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        plan=_plan(options),
        environment=environment(own_network=own_network),
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", type=_names(WORKLOADS), help=f"workloads: {','.join(WORKLOADS)}")
    parser.add_argument("--peers", type=_names(PEERS), help=f"peers: {','.join(PEERS)}")
    parser.add_argument("--rounds", type=int, help=f"turns of each peer in each workload ({_ROUNDS})")
    parser.add_argument("--seconds", type=float, help=f"length of one measurement ({_SECONDS:g})")
    parser.add_argument("--quiet", action="store_true", help="measure again where other programs disturbed")
    parser.add_argument("--host-network", action="store_true", help="stay in the host's network namespace")
    parser.add_argument("--out", type=Path, help="the file of results (results.json; of a quick look in .cache/)")
    return parser.parse_args(arguments)


def _names(known: Collection[str]) -> Callable[[str], list[str]]:
    """Return argparse's reader of a list such as `64B,idle`."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is none of {', '.join(known)}")
        return names

    return read


def _out(options: argparse.Namespace) -> Path:
    """Only a whole run, to its end, replaces the figures that are published."""
    is_quick_look = options.only or options.peers or options.rounds or options.seconds or options.host_network
    return options.out or (CACHE if is_quick_look else HERE) / "results.json"


def _plan(options: argparse.Namespace) -> Plan:
    """Take the first two cores of those that this process may use, and all the descriptors that it may have."""
    cpus = sorted(os.sched_getaffinity(0))
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    return Plan(
        rounds=options.rounds or _ROUNDS,
        server_cpu=cpus[0],
        load_cpu=cpus[1 % len(cpus)],
        warmup_s=_WARMUP_S,
        seconds=options.seconds or _SECONDS,
        connections=_CONNECTIONS,
        idle_connections=min(_IDLE_CONNECTIONS, limit - _OWN_DESCRIPTORS),
        max_others_cores=_QUIET_CORES if options.quiet else None,
    )


def _note(text: str) -> None:
    """Progress goes to stderr: stdout is the table alone."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
