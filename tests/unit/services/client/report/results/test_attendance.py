"""Who should have reported, and who did."""

from typing import Any

import pytest

from services.client.report.results.attendance import Attendance, attendance
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import load, session


def found(expected: object, *names: str | None, sessions: int = 0) -> Attendance:
    """Return who of these replicas reported, each of which expected so many."""
    results: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        one = load(host=f"h{number}")
        one["settings"] |= {"expect_clients": expected}
        results.append(one if name is None else {"replica": name, **one})
    return attendance(merged(*results, *(session(n) for n in range(sessions))).runs)


def test_a_replica_that_did_not_report_is_named() -> None:
    """The log numbers its containers: the number that is not there is the missing one."""
    assert found(4, "client-1", "client-3", "client-4") == Attendance(3, 4, ("client-2",))
    assert found(3, "load_client.2") == Attendance(1, 3, ("load_client.1", "load_client.3"))


@pytest.mark.parametrize(
    "names",
    [
        (None, None),
        ("client-1", None),
        ("client-1", "other-2"),
        ("client-1", "client-1"),
        ("client-7", "client-9"),
        ("one", "two"),
    ],
)
def test_where_names_do_not_tell_nobody_is_named(names: tuple[str | None, ...]) -> None:
    """That one is missing is known all the same."""
    assert found(3, *names) == Attendance(2, 3, ())


def test_all_replicas_of_several_loads_are_all() -> None:
    """Eight of four each are two loads; a seventh alone is one with three missing."""
    assert not found(4, *(f"client-{n}" for n in range(1, 5))).is_partial
    assert found(4, *[None] * 8) == Attendance(8, 8)
    assert found(4, *[None] * 7) == Attendance(7, 8)
    assert found(4, *[None] * 5) == Attendance(5, 8)


@pytest.mark.parametrize("expected", [None, 0, -1, "4", 10**18, 1.5, [4]])
def test_a_number_that_no_load_expects_is_not_looked_at(expected: object) -> None:
    """What is not known is not missing."""
    assert not found(expected, None).is_partial


def test_sessions_expect_nobody_else() -> None:
    """They have no such setting."""
    assert found(1, sessions=3) == Attendance(3, 3)


def test_a_broken_result_is_a_replica_that_is_missing() -> None:
    """Also where nobody told how many to expect."""
    assert attendance(merged(load()).runs, 2) == Attendance(1, 3)
