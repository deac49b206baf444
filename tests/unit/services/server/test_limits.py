"""What this machine or container allows."""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.server.limits import allow_descriptors, available_cpus, processes_for
from services.server.settings import ServerSettings
from services.server.worker import fork
from shared.flags import SettingsInvalid
from tests.unit.harness.processes import exit_code

ALLOWED = len(os.sched_getaffinity(0))


@pytest.fixture
def _one_cpu() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def write(folder: Path, **files: str) -> None:
    """Write what the kernel shows there."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"cpu.{name}").write_text(f"{text}\n")


@pytest.mark.parametrize(
    ("quota_us", "cpus"), [("100000", 1), ("50000", 1), ("1000", 1), ("100001", 2), ("150000", 2), ("6400000", 64)]
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_container_gets_its_limit_rounded_up(tmp_path: Path, version: int, quota_us: str, cpus: int) -> None:
    """Part of a CPU needs a worker too; but there are never more than the affinity mask allows."""
    if version == 1:
        write(tmp_path / "cpu", cfs_quota_us=quota_us, cfs_period_us="100000")
    else:
        write(tmp_path, max=f"{quota_us} 100000")
    assert available_cpus(tmp_path) == min(cpus, ALLOWED)


def test_without_a_limit_all_allowed_cpus_count(tmp_path: Path) -> None:
    """`max` in version 2, -1 in version 1, or no cgroup at all: there is no limit."""
    assert available_cpus(tmp_path / "nowhere") == ALLOWED
    write(tmp_path / "cpu", cfs_quota_us="-1", cfs_period_us="100000")
    assert available_cpus(tmp_path) == ALLOWED
    write(tmp_path, max="max 100000")
    assert available_cpus(tmp_path) == ALLOWED


@pytest.mark.parametrize("text", ["", "one two", "100000", "100000 100000 100000"])
def test_a_file_that_makes_no_sense_is_no_limit(tmp_path: Path, text: str) -> None:
    """A kernel that writes something else must not keep the server from starting."""
    write(tmp_path, max=text)
    assert available_cpus(tmp_path) == ALLOWED


@pytest.mark.usefixtures("_one_cpu")
def test_the_affinity_mask_is_a_limit_too(tmp_path: Path) -> None:
    """Pinned to one CPU, one is all there is, whatever the container may use."""
    write(tmp_path, max="6400000 100000")
    assert available_cpus(tmp_path) == 1


def test_this_machine_has_at_least_one() -> None:
    """Wherever the tests run, the real files give a number that can be worked with."""
    assert 1 <= available_cpus() <= ALLOWED


@pytest.mark.parametrize("file", ["pids.max", "pids/pids.max"])
def test_more_workers_than_processes_are_refused(tmp_path: Path, file: str) -> None:
    """Both versions of cgroups. The line says what the limit is, and how many would fit."""
    (tmp_path / "pids").mkdir()
    (tmp_path / file).write_text("64\n")
    assert processes_for(ServerSettings(workers=49), tmp_path) == 49
    line = (
        r"ECHO_SERVER_WORKERS \(--workers\) is 50: should be at most 49: "
        r"this container may have 64 processes and threads \(pids.max\)"
    )
    with pytest.raises(SettingsInvalid, match=line):
        processes_for(ServerSettings(workers=50), tmp_path)


def test_a_worker_that_feeds_the_scope_needs_a_thread_too(tmp_path: Path) -> None:
    """Half as many fit."""
    (tmp_path / "pids.max").write_text("64\n")
    assert processes_for(ServerSettings(workers=24, scope="scope:5001"), tmp_path) == 24
    with pytest.raises(SettingsInvalid, match="should be at most 24"):
        processes_for(ServerSettings(workers=25, scope="scope:5001"), tmp_path)


@pytest.mark.parametrize("limit", ["max", "", "many"])
def test_without_a_limit_any_number_of_workers_is_taken(tmp_path: Path, limit: str) -> None:
    """`max` is none, and so is what makes no sense."""
    (tmp_path / "pids.max").write_text(limit)
    assert processes_for(ServerSettings(workers=256), tmp_path) == 256


@pytest.mark.parametrize(("limit", "workers"), [(6, 1), (1, 1), (100_000, ALLOWED)])
def test_a_worker_for_each_cpu_means_as_many_as_fit(tmp_path: Path, limit: int, workers: int) -> None:
    """Nobody asked for a number: a machine with many CPUs and a small limit starts, with fewer."""
    (tmp_path / "pids.max").write_text(str(limit))
    assert processes_for(ServerSettings(workers=0), tmp_path) == workers


def with_limits(soft: int, hard: int, work: Callable[[], bool]) -> bool:
    """Tell what `work` returns in a process that may have so many files open."""

    def limited() -> int:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return 0 if work() else 1

    return exit_code(fork(limited)) == 0


def test_the_limit_of_open_files_is_raised_to_what_the_connections_need() -> None:
    """Not further; and enough for all of them and what a worker opens beside them."""

    def work() -> bool:
        found = allow_descriptors(ServerSettings(max_connections=2000), 1)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return found == (soft, 2000, False) and 2050 < soft < 2200

    assert with_limits(256, 5000, work)


def test_a_limit_that_is_too_low_is_reported() -> None:
    """It tells how many connections are possible."""

    def work() -> bool:
        allowed, connections, are_short = allow_descriptors(ServerSettings(max_connections=2000), 1)
        return allowed == 1000 and 900 < connections < 1000 and are_short

    assert with_limits(256, 1000, work)


@pytest.mark.parametrize("limit", [12, 66])
def test_too_few_open_files_for_one_connection_are_refused(limit: int) -> None:
    """One line at the start, instead of workers that fail one after another."""

    def work() -> bool:
        with pytest.raises(SettingsInvalid, match=f"may have {limit} files open .*should be at least 67"):
            allow_descriptors(ServerSettings(), 1)
        return True

    assert with_limits(limit, limit, work)
