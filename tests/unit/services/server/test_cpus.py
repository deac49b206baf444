"""How many CPUs there really are."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.server.cpus import available_cpus

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
