"""What a reader must know before believing the figures, in sentences."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from services.client.report.labels import runs_of
from services.client.report.results.attendance import Attendance
from services.client.report.results.merging import Merged
from services.client.report.results.schema import LoadRun, Run
from services.client.report.results.sums import OF_THE_RUN
from services.client.report.shortages import shortages
from services.client.report.units import count, duration, number, percent, printable, rate
from services.client.thresholds import KEPT

# Replicas start together: with starts further apart than this, they did not, or their clocks differ.
_TOGETHER = timedelta(seconds=1)

_MICROSECOND = timedelta(microseconds=1)

# A percentile with fewer samples than this beyond it is a matter of chance.
_ENOUGH = 10


def notes(merged: Merged) -> list[str]:
    """Return the notes, the gravest first."""
    runs, load_runs = merged.runs, merged.load_runs
    return [
        *_tell_missing(merged.attendance),
        *_tell_broken(merged),
        *_tell_wrong(merged),
        *_tell_interrupted(load_runs),
        *_tell_warmup(load_runs),
        *_tell_unmeasured(load_runs),
        *_tell_slowed(load_runs),
        *shortages(load_runs),
        *_tell_unsent(load_runs),
        *_tell_unverified(runs),
        *_tell_unanswered(load_runs),
        *_tell_left_out(load_runs),
        *_tell_rate(load_runs),
        *_tell_saturated(load_runs),
        *_tell_late(load_runs),
        *_tell_stalled(merged),
        *_tell_clocks(load_runs),
        *_tell_windows(load_runs),
        *_tell_differences(runs, load_runs),
        *_tell_few(merged),
    ]


def _tell_missing(found: Attendance) -> Iterator[str]:
    if found.is_partial:
        names = ", ".join(map(printable, found.missing[:4])) + (", …" if found.missing[4:] else "")
        left = found.expected - found.reported
        missing = f"{names or count(left)} {'is' if left == 1 else 'are'} missing"
        came = f"{count(found.reported)} of {count(found.expected)} replicas reported"
        yield f"{came}: {missing}. All totals are partial."


def _tell_broken(merged: Merged) -> Iterator[str]:
    if merged.broken:
        places = ", ".join(map(printable, merged.broken[:4])) + (", …" if merged.broken[4:] else "")
        yield f"{number(len(merged.broken), 'result')} cut off ({places}): the client ended while it printed."


def _tell_wrong(merged: Merged) -> Iterator[str]:
    runs = merged.runs
    if mismatches := sum(run.mismatches for run in runs):
        # A load counts the bytes, and goes on; a session ends with the first of them.
        wrong = number(mismatches, "byte") if merged.load_runs else number(mismatches, "echo", "echoes")
        yield f"{wrong} came back wrong: something between client and server changes bytes."
    if failed := sum(run.sessions_failed for run in runs):
        yield f"{count(failed)} of {number(sum(run.sessions for run in runs), 'session')} failed."


def _tell_interrupted(runs: Sequence[LoadRun]) -> Iterator[str]:
    if stopped := [run for run in runs if run.interrupted]:
        signals = " and ".join(sorted({str(run.interrupted) for run in stopped}))
        yield f"Interrupted by {signals}: {runs_of(stopped, runs)} did not run to the end."


def _tell_warmup(runs: Sequence[LoadRun]) -> Iterator[str]:
    if failed := [run for run in runs if sum(run.warmup.errors.values())]:
        found = number(sum(sum(run.warmup.errors.values()) for run in failed), "error")
        yield f"{found} in the warm-up of {runs_of(failed, runs)}: not in the totals, but the run failed."


def _tell_unmeasured(runs: Sequence[LoadRun]) -> Iterator[str]:
    if failed := [run for run in runs if run.measured_nothing]:
        why = "; ".join(sorted({printable(run.failure) for run in failed if run.failure}))
        yield f"{runs_of(failed, runs).capitalize()} measured nothing: {why or 'what had to come first has failed'}."


def _tell_slowed(runs: Sequence[LoadRun]) -> Iterator[str]:
    servers = [run.server for run in runs if run.server is not None]
    if any(server.log_level == "debug" for server in servers):
        yield (
            "The server was run at log level debug: it writes a line for each of its socket calls, and answers"
            " later for it."
        )
    if any(server.watched for server in servers):
        yield "The server was watched by a scope, which takes its share of the processor: unwatched it may be faster."


def _tell_unsent(runs: Sequence[LoadRun]) -> Iterator[str]:
    due = sum(run.messages_due for run in runs)
    unsent = sum(max(run.messages_due - run.messages_sent, run.messages_unsent, 0) for run in runs)
    if unsent:
        yield f"Of {number(due, 'message')} that {'was' if due == 1 else 'were'} due, {count(unsent)} never left."


def _tell_unverified(runs: Sequence[Run]) -> Iterator[str]:
    lost = sum(run.messages_sent - run.messages_verified for run in runs)
    if lost > 0:
        yield f"{number(lost, 'message')} sent but not verified."


def _tell_unanswered(runs: Sequence[LoadRun]) -> Iterator[str]:
    if found := sum(run.messages_unanswered for run in runs):
        yield (
            f"{number(found, 'message')} that {'was' if found == 1 else 'were'} due did not come back: the latencies"
            " have the time until the end for each, which is less than it would have taken."
        )


def _tell_left_out(runs: Sequence[LoadRun]) -> Iterator[str]:
    if found := sum(run.messages_left_out for run in runs):
        yield (
            f"{number(found, 'message')} that {'was' if found == 1 else 'were'} due did not come back, and an older"
            " client has left them out of the latencies, which look better for it."
        )


def _tell_rate(runs: Sequence[LoadRun]) -> Iterator[str]:
    # Not for a load in steps: each step shows it, and the last ones are meant to be too much.
    measured = [run for run in runs if run.has_measured and not run.steps]
    if short := [run for run in measured if run.rate_achieved < run.rate_requested * KEPT]:
        achieved, requested = (sum(getattr(run, f"rate_{name}") for run in short) for name in ("achieved", "requested"))
        yield (
            f"The rate was not kept: {runs_of(short, runs)} achieved {rate(achieved)} of {rate(requested)} msg/s"
            f" ({percent(achieved / requested)})."
        )


def _tell_saturated(runs: Sequence[LoadRun]) -> Iterator[str]:
    # Steps say nothing here either. Less than half of the time is not what kept the rate from being reached.
    found = [
        run
        for run in runs
        if not run.steps
        and run.rate_achieved < run.rate_requested * KEPT
        and run.client_saturated.time_us * 2 >= (run.ended_at - run.started_at) / _MICROSECOND > 0
    ]
    if found:
        sent = sum(run.client_saturated.messages * 1e6 / run.client_saturated.time_us for run in found)
        asked = sum(run.rate_requested for run in found)
        longest_us = max(run.client_saturated.time_us for run in found)
        yield (
            f"The client itself could not send what was asked: {runs_of(found, runs)} could not keep up for"
            f" {duration(longest_us)}, and sent {rate(sent)} of {rate(asked)} msg/s in that time. That is what it"
            " can do here at such a rate, and not the server's limit: ask for less, or run more clients."
        )


def _tell_late(runs: Sequence[LoadRun]) -> Iterator[str]:
    late = [run.client_late for run in runs if run.client_late.count]
    if late:
        times = sum(one.count for one in late)
        mean_us = sum(one.total_us for one in late) / times
        yield (
            f"The client itself was late {number(times, 'time')}, by {duration(mean_us)} on average and"
            f" {duration(max(one.max_us for one in late))} at most: that is in the latency, and not the server's doing."
        )


def _tell_stalled(merged: Merged) -> Iterator[str]:
    if stalls := [run.client_stalls for run in merged.load_runs if run.client_stalls.count]:
        times = number(sum(one.count for one in stalls), "time")
        longest_us = max(one.max_us for one in stalls)
        stood = f"The client itself stood still {times}, for {duration(longest_us)} at most (to within 50 ms)"
        latency = merged.durations["latency_us"].summary()
        own = " and ".join(
            f"{duration(min(latency[key], longest_us))} of {name} ({duration(latency[key])})"
            for key, name in (("max", "the highest latency"), ("p99.9", "p99.9"))
        )
        # Without samples there are no latencies to speak of.
        yield f"{stood}: up to {own} can be its own, and not the server's." if latency["count"] else f"{stood}."


def _tell_clocks(runs: Sequence[LoadRun]) -> Iterator[str]:
    if moved := [run for run in runs if run.clock_moved_s]:
        furthest_s = max((run.clock_moved_s for run in moved), key=abs)
        who = runs_of(moved, runs)
        yield f"The wall clock of {who} was set meanwhile, by {furthest_s:+g} s: no figure rests on it."


def _tell_windows(runs: Sequence[LoadRun]) -> Iterator[str]:
    if not runs:
        return
    starts, ends = sorted(run.started_at for run in runs), sorted(run.ended_at for run in runs)
    apart = starts[-1] - starts[0]
    if starts[-1] >= ends[0] and len(runs) > 1:
        yield ("The measured windows do not all overlap: rates are summed, though the runs were not under way at once.")
    if apart > _TOGETHER:
        yield (
            f"The first and the last run started {apart.total_seconds():.1f} s apart by their own clocks: either they"
            " did not start together or their clocks disagree. Seconds are aligned by these clocks."
        )


def _tell_differences(runs: Sequence[Run], load_runs: Sequence[LoadRun]) -> Iterator[str]:
    for what, facts in (
        ("Settings", [run.settings for run in runs]),
        ("Versions", [run.versions for run in load_runs]),
    ):
        names = sorted({name for one in facts for name in one} - OF_THE_RUN)
        differing = []
        for name in names:
            values = sorted({printable(one.get(name, "none")) for one in facts})
            if len(values) > 1:
                differing.append(f"{printable(name)} ({', '.join(values[:4])}{', …' if len(values) > 4 else ''})")  # noqa: PLR2004 -- a line's worth
        if differing:
            yield f"{what} differ between the runs: {'; '.join(differing)}."


def _tell_few(merged: Merged) -> Iterator[str]:
    samples = merged.durations["latency_us"].count if merged.durations else 0
    beyond = [p for p in (90, 99, 99.9, 99.99) if samples * (100 - p) < _ENOUGH * 100 - 1e-6]
    if samples and beyond:
        yield (
            f"With {number(samples, 'sample')}, p{beyond[0]:g}{' and beyond rest' if beyond[1:] else ' rests'} on"
            f" fewer than {_ENOUGH} of them."
        )
