"""The table, in Markdown: read on a terminal, pasted into the README; ratios are to a workload's first peer."""

import statistics

from tests.bench.peers.peers import PEERS
from tests.bench.report.results import Results
from tests.bench.report.summary import Summary, summarize
from tests.bench.workloads import WORKLOADS, Metric, Workload

_HEAD = ("workload", "peer", "cost: median (min to max)", "ratio", "rate: median (min to max)", "ratio")


def table(results: Results) -> str:
    """Return the whole table."""
    rows = [row for workload in WORKLOADS.values() for row in _rows(results, workload)]
    widths = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(row, widths) for row in (_HEAD, rule, *rows))


def footnote(results: Results) -> str:
    """Return what qualifies the figures: how many rounds, and what else this machine did meanwhile."""
    plan = results.plan
    text = f"{plan.rounds} rounds of {plan.seconds:g} s, {plan.connections} connections; ratios are of medians."
    if others := [one.sample["others_cores"] for one in results.measurements if "others_cores" in one.sample]:
        text += f" Other programs kept {statistics.median(others):.2f} cores busy (median; {max(others):.2f} at most)"
        text += ": CPU times suffer from that a little, rates much."
    return text


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return f"| {' | '.join(cells)} |"


def _rows(results: Results, workload: Workload) -> list[tuple[str, ...]]:
    title = f"{workload.title}: {workload.cost.title}"
    rows: list[tuple[str, ...]] = []
    for peer in results.peers(workload.name):
        cost = _cells(results, workload, workload.cost, peer)
        rate = _cells(results, workload, workload.rate, peer) if workload.rate else ("", "")
        rows.append((title, PEERS[peer].title, *cost, *rate))
        title = ""
    return rows


def _cells(results: Results, workload: Workload, metric: Metric, peer: str) -> tuple[str, str]:
    summary = summarize(results, workload, metric, peer)
    ratio = "" if summary.ratio is None else f"{summary.ratio:.2f}"
    return _spread(summary, metric), ratio


def _spread(summary: Summary, metric: Metric) -> str:
    median, low, high = (f"{value:,.{metric.decimals}f}" for value in (summary.median, summary.low, summary.high))
    unit = metric.unit if metric.unit.startswith("/") else f" {metric.unit}"
    return f"{median}{unit} ({low} to {high})"
