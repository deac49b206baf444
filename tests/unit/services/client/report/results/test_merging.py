"""Adding up."""

import itertools
from typing import Any

import pytest

from services.client.report.document import document
from services.client.report.results.checking import Unfit
from services.client.report.results.merging import merge, rebin
from services.client.report.results.reading import Input
from services.client.report.results.schema import Broken
from shared.load.histogram import Durations
from tests.unit.services.client.report.harness.merged import inputs, merged
from tests.unit.services.client.report.harness.results import EPOCH_S, at, load, session


def refusal(*documents: dict[str, Any]) -> str:
    """Return why these do not merge."""
    with pytest.raises(Unfit) as caught:
        merge(inputs(*documents))
    return str(caught.value)


def test_percentiles_are_those_of_all_samples() -> None:
    """One slow client of two makes the slow half: an average of their medians would be something nobody saw."""
    both = merged(load(((0, 100),) * 10), load(((0, 9_000),) * 11, host="b"))
    summary = both.durations["latency_us"].summary()
    assert (summary["p50"], summary["p75"], summary["max"]) == (9_000, 9_000, 9_000)


def test_seconds_are_aligned_by_the_wall_clock() -> None:
    """What two replicas did in the same second is one second, and no other."""
    both = merged(load(((0, 100), (1, 200))), load(((1, 400), (3, 800)), host="b"))
    assert [(one.second - EPOCH_S, one.messages, one.latency_us.max) for one in both.timeline] == [
        (0, 1, 100),
        (1, 2, 400),
        (3, 1, 800),
    ]


def test_steps_are_as_exact_as_seconds() -> None:
    """A longer step is the merge of its seconds, and not their average."""
    (first, second) = rebin(merged(load(((0, 100), (1, 300), (4, 500)))).timeline, 4)
    assert (first.second, first.messages, first.latency_us.p50, first.latency_us.max) == (EPOCH_S, 2, 100, 300)
    assert (second.second, second.messages) == (EPOCH_S + 4, 1)


def test_timelines_of_different_widths_are_brought_to_the_widest() -> None:
    """One replica ran for an hour and merged its seconds by fours; the other's are added where they belong."""
    long = load(((0, 100), (4, 200)), host="b")
    for row in long["timeline"]:
        row["width_s"] = 4
    both = merged(load(((0, 100), (3, 300), (5, 500))), long)
    assert [(one.second - EPOCH_S, one.width_s, one.messages, one.latency_us.max) for one in both.timeline] == [
        (0, 4, 3, 300),
        (4, 4, 2, 500),
    ]


def test_the_order_of_the_inputs_does_not_matter() -> None:
    """A shell's wildcard sorts differently from machine to machine."""
    results = [load(((0, 100),)), load(((0, 300),), host="b"), load(((2, 7),), host="c", started_at=at(0.5))]
    first, *others = (document(merged(*order)) for order in itertools.permutations(results))
    assert all(other == first for other in others)


def test_sessions_are_merged_by_their_counts() -> None:
    """They measure no latency, so that there is none in the report."""
    both = merged(session(), session(2))
    assert (len(both.runs), both.durations, both.timeline) == (2, {}, [])


def test_sessions_and_loads_are_not_merged() -> None:
    """The percentiles would be those of some of the messages that are counted beside them."""
    line = "file:2: a session result, where file:1 has a load result; a session measures no latency: report them apart"
    assert refusal(load(), session()) == line
    assert refusal(document(merged(load())), session()) == line


def test_a_result_is_not_counted_twice() -> None:
    """Neither one that is given twice, nor one that is in a report already."""
    assert refusal(load(), load()) == "file:2: is in file:1 already, and would count twice"
    assert refusal(document(merged(load())), load()) == "file:2: is in file:1 already, and would count twice"


@pytest.mark.parametrize("what", ["histograms", "timeline"])
def test_a_histogram_of_another_range_is_refused(what: str) -> None:
    """The line says which one it is."""
    other = type(Durations().histogram)(1, 1000, 2).encode().decode()
    result = load()
    if what == "histograms":
        result["histograms"]["latency_us"] = other
        place = "latency_us"
    else:
        result["timeline"][0]["histogram"] = other
        place = f"timeline, second {EPOCH_S}"
    shapes = "(1, 1000, 2), not (1, 3600000000, 3)"
    assert refusal(result) == f"file:1: {place}: a histogram of another range: {shapes}"


def test_a_histogram_that_contradicts_its_summary_is_refused() -> None:
    """In how many samples there are, and in how far they reach."""
    two, far = load(((0, 100), (0, 100))), load(((0, 5_000),))
    result = load()
    result["histograms"]["latency_us"] = two["histograms"]["latency_us"]
    assert refusal(result) == "file:1: latency_us: the histogram counts 2, its summary 1"
    result["histograms"]["latency_us"] = far["histograms"]["latency_us"]
    assert refusal(result).startswith("file:1: latency_us: from 100 to 100 us, its histogram from 5")


def test_more_than_an_hour_is_an_hour_with_its_own_maximum() -> None:
    """Such a duration is in the last bucket, and merges like any other."""
    two_hours_us = 7_200_000_000
    both = merged(load(((0, two_hours_us),)), load(((0, 1),), host="b"))
    summary = both.durations["latency_us"].summary()
    assert (summary["max"], summary["total"]) == (two_hours_us, two_hours_us + 1)


def test_more_samples_than_a_histogram_holds_are_refused() -> None:
    """Their histogram could be written, but not read."""
    many = Durations()
    many.record({1: 2**61})
    change = {"connect_us": many.summary(), "histograms": load()["histograms"] | {"connect_us": many.encode()}}
    assert refusal(load() | change, load(host="b") | change).startswith("file:2: connect_us: with it there would be")


def test_a_result_that_is_cut_off_makes_the_rest_partial() -> None:
    """Its replica is missing, though nobody told how many to expect; and so it is in a merge of this merge."""
    one = merge([*inputs(load()), Input("stdin:7", Broken())])
    assert (one.broken, one.attendance.expected, one.attendance.is_partial) == (["stdin:7"], 2, True)
    again = merged(document(one))
    assert (again.broken, again.attendance.expected) == (["stdin:7"], 2)


def test_a_result_that_is_cut_off_counts_once() -> None:
    """Where the others tell how many there should be, it is one of these."""
    four = load()
    four["settings"] |= {"expect_clients": 2}
    assert merge([Input("stdin:7", Broken()), *inputs(four)]).attendance.expected == 2
