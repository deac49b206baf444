"""What several runs come to."""

import pytest

from services.client.report.results.sums import added, errors, in_common, rates, reasons, server_of
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import load


@pytest.mark.parametrize(("requested", "sum_"), [((100.0, 50.0), 150.0), ((100.0, 0.0), 0.0)])
def test_rates_are_summed(requested: tuple[float, float], sum_: float) -> None:
    """Where one had no rate to keep, there is none for all."""
    runs = merged(*(load(host=f"{n}", rate_requested=one) for n, one in enumerate(requested))).load_runs
    assert rates(runs) == (sum_, 200.0)


def test_errors_are_added_by_kind() -> None:
    """Each kind in its place, whoever met it."""
    both = merged(load(errors={"reset": 1, "mismatch": 2}), load(host="b", errors={"reset": 3}))
    assert errors(both.runs) == {"mismatch": 2, "reset": 4}


def test_what_differs_is_not_in_common() -> None:
    """Not even where one of them has no such setting."""
    assert in_common([{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 0}]) == {"a": 1}


def test_reasons_are_added() -> None:
    """By phase, kind and the kernel's name, the most frequent first."""
    one, other = (
        {"phase": "connect", "kind": "refused", "errno": "ECONNREFUSED", "count": 2},
        {"phase": "exchange", "kind": "timed_out", "errno": None, "count": 3},
    )
    both = merged(load(error_reasons=[one, other]), load(host="b", error_reasons=[one]))
    assert [reason.model_dump() for reason in reasons(both.load_runs)] == [one | {"count": 4}, other]


def test_counts_are_added_by_their_names() -> None:
    """In the order of their names, whoever was first."""
    assert list(added([{"b": 1}, {"a": 2, "b": 3}]).items()) == [("a", 2), ("b", 4)]


def test_how_the_server_was_run_is_what_every_run_heard() -> None:
    """One that heard something else, or nothing, leaves it open for all."""
    debug, info = ({"log_level": level, "watched": False} for level in ("debug", "info"))
    heard = merged(load(server=debug), load(host="b", server=info)).load_runs
    assert server_of(heard) == {"watched": False}
    assert server_of(merged(load(server=debug), load(host="b")).load_runs) == {}
