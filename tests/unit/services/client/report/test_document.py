"""The merged document."""

import math
from collections import defaultdict
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from services.client.report.document import document
from services.client.report.judging import judge
from services.client.thresholds import Thresholds
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import Samples, at, climb, durations, load, session, timeline

# Microseconds of all magnitudes, zero and more than an hour included; several in few seconds.
SAMPLES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 33).flatmap(lambda n: st.integers(0, 2**n))), max_size=30
)


def result_of(samples: Samples, replica: int) -> dict[str, Any]:
    """Return a replica's result; its counts are odd enough to tell a wrong sum."""
    return load(samples, host=f"replica {replica}", errors={"reset": replica, f"kind {replica % 2}": 1})


@settings(max_examples=15)
@given(samples=st.lists(st.tuples(st.integers(0, 4), SAMPLES.map(tuple)), max_size=6), data=st.data())
def test_any_partition_of_any_samples_is_the_report_of_all(
    samples: list[tuple[int, tuple[tuple[int, int], ...]]], data: st.DataObject
) -> None:
    """Summaries, histograms, timeline and counts are those of one client that had seen everything; some saw nothing."""
    shares: dict[int, list[tuple[int, int]]] = {replica: [] for replica in range(5)}
    for replica, some in samples:
        shares[replica] += some
    everything = [sample for share in shares.values() for sample in share]
    replicas = data.draw(st.permutations([result_of(share, replica) for replica, share in shares.items()]))
    whole, report = load(everything), document(merged(*replicas))
    for name in ("latency_us", "service_time_us", "timeline"):
        assert report[name] == whole[name]
    for name in ("latency_us", "service_time_us"):
        assert report["histograms"][name] == whole["histograms"][name]
    for name in ("messages_due", "messages_sent", "messages_verified", "bytes_sent", "bytes_verified"):
        assert report[name] == whole[name]
    assert report["errors"] == {"kind 0": 3, "kind 1": 2, "reset": 10}


@settings(max_examples=15)
@given(shares=st.lists(SAMPLES, min_size=3, max_size=5), cut=st.integers(1, 2))
def test_a_merge_of_merges_is_the_merge_of_all(shares: list[list[tuple[int, int]]], cut: int) -> None:
    """To the last byte of JSON, however the results were grouped: reports of sites add up to one of all sites."""
    results = [result_of(share, replica) for replica, share in enumerate(shares)]
    grouped = merged(
        orjson.loads(orjson.dumps(document(merged(*results[cut:])))),
        orjson.loads(orjson.dumps(document(merged(*results[:cut])))),
    )
    assert orjson.dumps(document(grouped)) == orjson.dumps(document(merged(*results)))


@given(share=SAMPLES)
def test_no_number_is_nan_and_no_percentile_above_the_maximum(share: list[tuple[int, int]]) -> None:
    """Not for no samples, and not where buckets are wider than what is in them."""
    report = document(merged(load(share), load((), host="b")))
    for name in ("latency_us", "service_time_us", "connect_us"):
        summary = report[name]
        assert all(math.isfinite(value) for value in summary.values())
        ascending = [summary[key] for key in ("min", "p50", "p75", "p90", "p99", "p99.9", "p99.99", "max")]
        assert ascending == sorted(ascending)


def test_the_document_is_the_shape_of_a_result() -> None:
    """Who reads a client's result reads a report; rows, notes and who is missing are what it has more."""
    more = {"notes", "thresholds", "results_broken", "replicas_expected", "partial", "replicas"}
    for one in (load(), session()):
        report = document(merged(one))
        assert [key for key in report if key not in more] == list(one)
        assert (report["kind"], report["replicas"]) == (
            "report",
            [{key: value for key, value in one.items() if key not in {"schema", "timeline", "histograms"}}],
        )


def test_a_report_of_one_result_says_the_same() -> None:
    """Merging adds nothing of its own."""
    one = load(((0, 5), (1, 77)), errors={"reset": 2}, interrupted="SIGINT")
    report = document(merged(one))
    assert {key: report[key] for key in one if key != "kind"} == {key: one[key] for key in one if key != "kind"}


def test_steps_are_those_of_a_client() -> None:
    """Of one client they are its own, with what was judged; of several, they can be merged again."""
    one = climb("a", 10, 20)
    wrong = [{**step, "is_met": False, "missed": ["max_p99_us"]} for step in one["steps"]]
    found = merged(one | {"steps": wrong})
    assert document(found, judge(found, Thresholds()))["steps"] == one["steps"]
    assert document(found, judge(found, Thresholds(max_p99_us=1)))["steps"] == wrong
    again = merged(orjson.loads(orjson.dumps(document(merged(one, climb("b", 10, 20))))))
    assert [step.rate_requested for step in again.steps] == [200, 400]


def test_the_window_reaches_from_the_first_start_to_the_last_end() -> None:
    """Each row has its own beside it."""
    report = document(merged(load(started_at=at(1), ended_at=at(5)), load(host="b", started_at=at(2), ended_at=at(3))))
    assert (report["started_at"], report["ended_at"]) == (at(1), at(5))


def test_what_weakens_several_runs_is_summed() -> None:
    """Messages that were not sent, addresses, stalls; of clocks and failures the worst."""
    ones = [
        load(
            host=f"{n}",
            messages_unsent=n,
            messages_unanswered=2,
            clock_moved_s=-float(n),
            addresses={"a": 1, f"{n}": 2},
        )
        for n in range(2)
    ]
    report = document(merged(*ones))
    assert (report["messages_unsent"], report["messages_unanswered"], report["clock_moved_s"]) == (1, 4, -1.0)
    assert report["addresses"] == {"0": 2, "1": 2, "a": 2}


def test_lateness_is_summed_and_its_maximum_kept() -> None:
    """Two clients are late as often as both, and as much as the later."""
    late = [{"count": 2, "max_us": 50, "total_us": 60}, {"count": 1, "max_us": 90, "total_us": 90}]
    report = document(merged(*(load(host=f"{n}", client_late=one) for n, one in enumerate(late))))
    assert report["client_late"] == {"count": 3, "max_us": 90, "total_us": 150}


def test_the_time_in_which_replicas_could_not_keep_up_is_summed() -> None:
    """And so are the messages that they sent in it."""
    saturated = [{"messages": 5, "time_us": 1000}, {"messages": 7, "time_us": 3000}]
    report = document(merged(*(load(host=f"{n}", client_saturated=one) for n, one in enumerate(saturated))))
    assert report["client_saturated"] == {"messages": 12, "time_us": 4000}


def test_a_part_of_a_load_is_marked_as_such() -> None:
    """Whoever reads the totals by program sees it, and so does a merge of this report."""
    one = load()
    one["settings"] |= {"expect_clients": 3}
    report = document(merged({"replica": "client-2", **one}))
    assert (report["replicas_expected"], report["partial"]) == (3, True)
    again = merged(orjson.loads(orjson.dumps(report)))
    assert again.attendance.missing == ("client-1", "client-3")
    assert document(merged(load()))["partial"] is False


def test_the_helpers_of_these_tests_agree_with_a_histogram() -> None:
    """The seconds of a made-up result are those of its samples."""
    samples = [(0, 5), (2, 7), (0, 9)]
    seconds: defaultdict[int, list[int]] = defaultdict(list)
    for second, value in samples:
        seconds[second].append(value)
    assert [row["latency_us"] for row in timeline(samples)] == [durations(seconds[n]).summary() for n in (0, 2)]
