"""The replicas of a load while it lasts: one panel on a terminal, a line now and then elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.client.report.following import Replicas, Said
from services.client.report.units import count, duration, printable

Told = Callable[[Replicas, str | None], None]

# Each replica reports once a second, at its own moment; redrawn at each report, the panel would flicker.
_REDRAWN_S = 0.25

# Where there is no terminal, a line so often shows that the load goes on.
_LINE_S = 10

# Replicas that fit beside a summary on a terminal of 24 lines.
_MOST_ROWS = 12


_FIGURES = ("msg/s", "in flight", "errors", "p50", "p99", "max")
_FIGURES_OF_FEW_COLUMNS = ("msg/s", "errors", "p50", "p99", "max")

# Where there is room, a column is as wide as its usual figures: else the panel would change its size every second.
_USUAL = len("99.9 ms")

# In fewer columns one figure goes, so that none is cut.
_ROOMY_COLUMNS = 72


@contextmanager
def shown(console: Console) -> Iterator[Told]:
    """Give what shows progress on this console, until the block is left; the panel goes then, the remarks stay."""
    if not console.is_terminal:
        yield _lines(console)
        return
    with Live(
        Text("the replicas start …"), console=console, auto_refresh=False, transient=True, redirect_stdout=False
    ) as live:
        drawn_s = 0.0

        def told(progress: Replicas, remark: str | None) -> None:
            nonlocal drawn_s
            if remark is not None:
                live.console.print(Text(printable(remark)), soft_wrap=True)
            now_s = time.monotonic()
            if progress.replicas and now_s - drawn_s >= _REDRAWN_S:
                drawn_s = now_s
                live.update(panel(progress, console.width), refresh=True)

        yield told


def _lines(console: Console) -> Told:
    said_s, said_phase = 0.0, ""

    def told(progress: Replicas, remark: str | None) -> None:
        nonlocal said_s, said_phase
        if remark is not None:
            console.print(Text(printable(remark)), soft_wrap=True)
        active, now_s = progress.active(), time.monotonic()
        if not active:
            return
        total = _total(active)
        if now_s - said_s >= _LINE_S or total.phase != said_phase:
            said_s, said_phase = now_s, total.phase
            console.print(Text(_sentence(total, len(active))), soft_wrap=True)

    return told


def panel(progress: Replicas, width: int) -> RenderableType:
    """Return a row for each replica, and the sum of all: percentiles are not averaged, the slowest replica's stands."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    figures = _FIGURES if width >= _ROOMY_COLUMNS else _FIGURES_OF_FEW_COLUMNS
    table.add_column(no_wrap=True)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True, min_width=_USUAL if width >= _ROOMY_COLUMNS else None)
    active = progress.active()
    rows = sorted(progress.replicas.items(), key=lambda one: (len(one[0]), one[0]))
    for name, said in rows[:_MOST_ROWS]:
        if name in active:
            table.add_row(printable(name)[:18], *_cells(said, figures))
        else:
            table.add_row(printable(name)[:18], _tell_absence(progress, name))
    if not active:
        return Panel(table, title="the replicas end", expand=False)
    total = _total(active)
    if len(rows) > 1:
        more = f" (and {len(rows) - _MOST_ROWS} more)" if len(rows) > _MOST_ROWS else ""
        table.add_row(f"all{more}", *_cells(total, figures), style="bold")
        table.caption = "p50, p99 and max of all: those of the slowest replica"
    return Panel(table, title=f"{printable(total.phase)}, {total.left_s} s left", expand=False)


def _tell_absence(progress: Replicas, name: str) -> Text:
    """Return why a replica is not counted."""
    if name in progress.ended:
        return Text("done", "dim")
    code = progress.exited.get(name)
    return Text("silent", "yellow") if code is None else Text(f"exit {code}", "bold red")


def _cells(said: Said, figures: Sequence[str]) -> list[Text]:
    durations = {"p50": said.p50_us, "p99": said.p99_us, "max": said.max_us}
    cells = {
        "msg/s": Text(count(said.messages)),
        "in flight": Text(count(said.in_flight)),
        "errors": Text(count(said.errors), "bold red" if said.errors else "green"),
        **{name: Text("-" if us is None else duration(us), "cyan") for name, us in durations.items()},
    }
    return [cells[name] for name in figures]


def _total(active: Mapping[str, Said]) -> Said:
    """Return what the replicas do together; durations are the slowest replica's, as percentiles cannot be added."""
    every = list(active.values())
    sums: dict[str, Any] = {
        name: sum(getattr(one, name) for one in every) for name in ("messages", "in_flight", "errors")
    }
    slowest: dict[str, Any] = {
        name: max((us for one in every if (us := getattr(one, name)) is not None), default=None)
        for name in ("p50_us", "p99_us", "max_us")
    }
    phases = Counter(one.phase for one in every)
    return Said(phase=phases.most_common(1)[0][0], left_s=max(one.left_s for one in every), **sums, **slowest)


def _sentence(total: Said, replicas: int) -> str:
    slowest = "" if total.p99_us is None else f", p50 {duration(total.p50_us or 0)}, p99 {duration(total.p99_us)}"
    who = "1 replica" if replicas == 1 else f"{replicas} replicas"
    figures = f"{count(total.messages)} msg/s, {count(total.errors)} errors{slowest}"
    return f"{printable(total.phase)}, {total.left_s} s left: {who}, {figures}"
