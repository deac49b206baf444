"""What a run shows while it lasts: a line that is drawn anew on a terminal, a log line a second elsewhere."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

from services.client.load.phases import Progress, Show
from shared.console import Fleeting
from shared.log import Log

if TYPE_CHECKING:
    from rich.text import Text

_NS = 10**9

_GAP = 2


def logged(log: Log) -> Show:
    """Return what writes one log line for each second."""

    def show(progress: Progress) -> None:
        glance = progress.glance
        log.info(
            "load_progressed",
            phase=progress.phase,
            left_s=round(progress.left_ns / _NS),
            messages=glance.messages,
            in_flight=progress.in_flight,
            errors=glance.errors,
            p50_us=glance.p50_us,
            p99_us=glance.p99_us,
            max_us=glance.max_us,
        )

    return show


@contextmanager
def drawn() -> Iterator[Show]:
    """Give what draws one line on the terminal on stderr, until the block is left.

    It is drawn once a second by the loop itself: one line of text takes 0.3 ms, and no thread competes with the echoes.
    """
    # 30 ms of imports that only a terminal needs.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    # Beside the result: a terminal that is gone costs the picture alone.
    console = Console(file=cast("TextIO", Fleeting(sys.stderr)))
    with Live(Text("connecting…"), console=console, auto_refresh=False, redirect_stdout=False) as live:

        def show(progress: Progress) -> None:
            glance = progress.glance
            left = f"{round(progress.left_ns / _NS)} s left" if progress.left_ns else ""
            parts = (
                Text(f"{progress.phase:<9} {left:>8}", "bold"),
                Text(f"{glance.messages:,}/s"),
                Text(f"{glance.errors:,} errors", "bold red" if glance.errors else "green"),
                Text(f"p50 {_duration(glance.p50_us)}", "cyan"),
                Text(f"p99 {_duration(glance.p99_us)}", "cyan"),
                Text(f"max {_duration(glance.max_us)}", "cyan"),
                Text(f"{progress.in_flight:,} in flight"),
            )
            live.update(_fitting(parts, live.console.width), refresh=True)

        yield show


def _fitting(parts: "Sequence[Text]", width: int) -> "Text":
    """Return as many of the parts, the first ones, as fit into a line: half a figure would mislead."""
    while len(parts) > 1 and sum(part.cell_len + _GAP for part in parts) - _GAP > width:
        parts = parts[:-1]
    line = parts[0].copy()
    for part in parts[1:]:
        line.append(" " * _GAP).append(part)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _duration(us: int | None) -> str:
    if us is None:
        return "-"
    return f"{us} µs" if us < 10_000 else f"{us / 1000:,.1f} ms"  # noqa: PLR2004 - four digits are read at a glance
