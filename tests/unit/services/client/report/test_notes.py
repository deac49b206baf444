"""What is said beside the figures."""

from typing import Any

import pytest

from services.client.report.notes import notes
from services.client.report.results.merging import merge
from services.client.report.results.reading import Input
from services.client.report.results.schema import Broken
from tests.unit.services.client.report.harness.merged import HOSTILE, inputs, merged
from tests.unit.services.client.report.harness.results import at, climb, load, session

LATE = "that is in the latency, and not the server's doing."

DEBUG = "it writes a line for each of its socket calls, and answers later for it."

ENOUGH = ((0, 100),) * 100_000


def said(*documents: dict[str, Any]) -> list[str]:
    """Return the notes on these results."""
    return notes(merged(*documents))


def test_there_is_nothing_to_say_about_a_good_run() -> None:
    """A note is worth reading."""
    assert said(load(ENOUGH)) == []
    assert said(load(ENOUGH, server={"log_level": "info", "watched": False})) == []
    assert said(session(), session(60)) == []


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"mismatches": 26_265}, "26,265 bytes came back wrong: something between client and server changes bytes."),
        ({"sessions": 5, "sessions_failed": 2}, "2 of 5 sessions failed."),
        ({"interrupted": "SIGTERM"}, "Interrupted by SIGTERM: the run did not run to the end."),
        (
            {"messages_sent": 100_002},
            "2 messages sent but not verified.",
        ),
        (
            {"rate_requested": 200.0, "rate_achieved": 150.0},
            "The rate was not kept: the run achieved 150 of 200 msg/s (75 %).",
        ),
        (
            {"server": {"log_level": "debug", "watched": False}},
            f"The server was run at log level debug: {DEBUG}",
        ),
        (
            {"server": {"log_level": "info", "watched": True}},
            "The server was watched by a scope, which takes its share of the processor: unwatched it may be faster.",
        ),
        (
            {"client_late": {"count": 4, "max_us": 900, "total_us": 1_600}},
            f"The client itself was late 4 times, by 400 µs on average and 900 µs at most: {LATE}",
        ),
    ],
)
def test_what_weakens_a_run_is_said(change: dict[str, Any], note: str) -> None:
    """In one sentence with its numbers."""
    assert said(load(ENOUGH) | change) == [note]


def test_what_a_mismatch_is_depends_on_what_was_run() -> None:
    """A load counts wrong bytes; a session ends with the first of them, and counts itself."""
    assert said(load(ENOUGH, mismatches=1))[0].startswith("1 byte came back wrong")
    assert said(session(mismatches=2))[0].startswith("2 echoes came back wrong")


def test_a_replica_that_is_missing_is_said_first() -> None:
    """Every total is then that of a part."""
    one = load(ENOUGH, mismatches=1)
    one["settings"] |= {"expect_clients": 2}
    assert said({"replica": "client-2", **one})[0] == (
        "1 of 2 replicas reported: client-1 is missing. All totals are partial."
    )
    one["settings"] |= {"expect_clients": 7}
    assert said({"replica": "client-2", **one})[0] == (
        "1 of 7 replicas reported: client-1, client-3, client-4, client-5, \N{HORIZONTAL ELLIPSIS} are missing."
        " All totals are partial."
    )
    assert said(one)[0] == "1 of 7 replicas reported: 6 are missing. All totals are partial."


def test_what_was_due_and_never_sent_is_said() -> None:
    """It is in no count of what was sent."""
    assert said(load(ENOUGH, messages_due=101_000)) == ["Of 101,000 messages that were due, 1,000 never left."]


def test_what_did_not_come_back_is_in_the_latencies() -> None:
    """With the time that it was waited for, which is a lower bound: that is said."""
    (note,) = said(load(ENOUGH, messages_unanswered=7))
    assert note.startswith("7 messages that were due did not come back: the latencies have the time until the end")


def test_the_client_s_own_stalls_and_clocks_are_said() -> None:
    """Neither is the server's doing."""
    stalls = {"count": 2, "max_us": 6_000_000, "total_us": 6_100_000}
    stalled, moved = said(load(ENOUGH, client_stalls=stalls, clock_moved_s=-3600.0))
    assert stalled.startswith("The client itself stood still 2 times, for 6 s at most (to within 50 ms): up to")
    assert moved == "The wall clock of the run was set meanwhile, by -3600 s: no figure rests on it."


@pytest.mark.parametrize("requested", [0.0, 100.0])
def test_a_stall_says_how_much_of_the_worst_latencies_can_be_its_own(requested: float) -> None:
    """At most the longest stall, and at most the latency itself; in a closed loop as in an open one."""
    stalls = {"count": 1, "max_us": 2_000_000, "total_us": 2_000_000}
    samples = ((0, 100),) * 99_000 + ((0, 1_000_000),) * 999 + ((0, 5_000_000),)
    (note,) = said(load(samples, client_stalls=stalls, rate_requested=requested))
    assert note == (
        "The client itself stood still 1 time, for 2 s at most (to within 50 ms): up to 2 s of the highest latency"
        " (5 s) and 1 s of p99.9 (1 s) can be its own, and not the server's."
    )


def test_a_stall_in_a_run_without_samples_has_no_share_of_any_latency() -> None:
    """There is none, and 0 us would be an invented figure."""
    stalls = {"count": 1, "max_us": 53_000, "total_us": 53_000}
    assert "The client itself stood still 1 time, for 53 ms at most (to within 50 ms)." in said(
        load((), client_stalls=stalls, failure="not one connection could be made")
    )


def test_what_the_client_can_do_here_is_said_where_it_could_not_send_what_was_asked() -> None:
    """The messages a second that it sent while it was late itself, summed over the replicas that it held up."""
    asked = {"rate_requested": 200_000.0, "rate_achieved": 14_000.0}
    held = [
        load(ENOUGH if host == "a" else (), host, client_saturated={"messages": sent, "time_us": 9_000_000}, **asked)
        for host, sent in (("a", 90_000), ("b", 180_000))
    ]
    kept, saturated = said(*held)
    assert kept.startswith("The rate was not kept")
    assert saturated == (
        "The client itself could not send what was asked: 2 of 2 replicas (a, b) could not keep up for 9 s, and sent"
        " 30,000 of 400,000 msg/s in that time. That is what it can do here at such a rate, and not the server's limit:"
        " ask for less, or run more clients."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"rate_requested": 100.0, "rate_achieved": 100.0, "client_saturated": {"messages": 900, "time_us": 9_000_000}},
        {"rate_requested": 200.0, "rate_achieved": 100.0, "client_saturated": {"messages": 40, "time_us": 400_000}},
    ],
)
def test_a_client_that_kept_the_rate_or_was_late_for_a_moment_is_not_its_limit(change: dict[str, Any]) -> None:
    """Then something else kept the rate from being reached, or nothing did."""
    assert not any("could not keep up" in note for note in said(load(ENOUGH, **change)))


def test_a_run_that_measured_nothing_is_said() -> None:
    """Its row would look like a quiet server."""
    empty = load((), host="b", started_at=at(0), ended_at=at(0))
    (note,) = (note for note in said(load(ENOUGH), empty) if "nothing" in note)
    assert note == "1 of 2 replicas (b) measured nothing: what had to come first has failed."
    assert said(empty | {"interrupted": "SIGINT"})[0].startswith("Interrupted by SIGINT")
    assert said(load((), failure="2 of 3 replicas came"))[0] == "The run measured nothing: 2 of 3 replicas came."


def test_a_warm_up_that_failed_is_said() -> None:
    """Its errors are in no total, and the client that ran it exited with 1."""
    one = load(ENOUGH)
    one["warmup"] |= {"errors": {"reset": 2, "timed_out": 1}}
    assert said(one) == ["3 errors in the warm-up of the run: not in the totals, but the run failed."]


def test_a_rate_is_kept_within_a_hundredth() -> None:
    """And a closed loop has none to keep."""
    assert said(load(ENOUGH, rate_requested=100.0, rate_achieved=99.0)) == []
    assert said(load(ENOUGH, rate_requested=0.0, rate_achieved=5.0)) == []


def test_a_run_that_never_came_to_measure_has_kept_no_rate_and_missed_none() -> None:
    """Interrupted in its warm-up, it was not slow."""
    assert said(load((), ended_at=at(0), interrupted="SIGINT", rate_achieved=0.0)) == [
        "Interrupted by SIGINT: the run did not run to the end."
    ]


def test_replicas_that_weaken_a_report_are_named() -> None:
    """The first four of them."""
    slow = [load(ENOUGH if n == 0 else (), host=f"h{n}", rate_achieved=50.0) for n in range(5)]
    good = load((), host="good")
    assert said(*slow, good) == [
        (
            "The rate was not kept: 5 of 6 replicas (h0, h1, h2, h3, \N{HORIZONTAL ELLIPSIS}) achieved 250 of 500 msg/s"
            " (50 %)."
        )
    ]


def test_clocks_that_disagree_are_said() -> None:
    """More than a second apart, replicas did not start together or do not tell the same time."""
    together = load((), host="b", started_at=at(1), ended_at=at(11))
    apart = load((), host="b", started_at=at(3.5), ended_at=at(13.5))
    assert said(load(ENOUGH), together) == []
    (note,) = said(load(ENOUGH), apart)
    assert note.startswith("The first and the last run started 3.5 s apart by their own clocks")


def test_windows_that_do_not_overlap_are_said() -> None:
    """Their rates were never reached at once."""
    first, second = said(load(ENOUGH), load((), host="b", started_at=at(10), ended_at=at(20)))
    assert first.startswith("The measured windows do not all overlap")
    assert second.startswith("The first and the last run started 10.0 s apart")


def test_settings_that_differ_are_said() -> None:
    """With their values; where a result is written to makes no difference to what is measured."""
    other = load((), host="b")
    other["settings"] |= {"connections": 9, "out": "/tmp/b.json", "late": HOSTILE}  # noqa: S108 -- never written
    other["versions"] |= {"python": "3.12.1"}
    settings, versions = said(load(ENOUGH), other)
    assert settings.startswith("Settings differ between the runs: connections (1, 9); late (")
    assert "\x1b" not in settings
    assert versions == "Versions differ between the runs: python (3.11.2, 3.12.1)."


@pytest.mark.parametrize(
    ("samples", "note"),
    [
        (1, "With 1 sample, p90 and beyond rest on fewer than 10 of them."),
        (999, "With 999 samples, p99 and beyond rest on fewer than 10 of them."),
        (99_999, "With 99,999 samples, p99.99 rests on fewer than 10 of them."),
    ],
)
def test_percentiles_that_rest_on_few_samples_are_said(samples: int, note: str) -> None:
    """They would differ from run to run."""
    assert said(load(((0, 100),) * samples)) == [note]


def test_a_result_that_is_cut_off_is_said_with_its_place() -> None:
    """Whoever looks finds the line."""
    one = merge([*inputs(load()), Input("stdin:7", Broken())])
    assert notes(one)[:2] == [
        "1 of 2 replicas reported: 1 is missing. All totals are partial.",
        "1 result cut off (stdin:7): the client ended while it printed.",
    ]


def test_a_load_in_steps_is_not_blamed_for_its_last_ones() -> None:
    """They are there to be too much, and each tells whether it kept its rate."""
    found = notes(merged(climb("a", 10, 20, rate_requested=500.0)))
    assert not any("rate was not kept" in note for note in found)
