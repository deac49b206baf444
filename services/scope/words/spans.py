"""Makes text of what is known between two bounds: how long a segment was on its way, how far a clock is ahead."""

from math import ceil, floor, log10

from services.scope.vantages import Offset, VantageClock
from services.scope.words.ways import WayPhrases

# Units from so many ns on, and how many decimals one ns takes.
_UNITS = ((1_000_000_000, 1_000_000_000, "s", 9), (10_000_000, 1_000_000, "ms", 6), (0, 1_000, "us", 3))


def span(ways: WayPhrases, least_ns: int, most_ns: int) -> str:
    """Return the span between two durations: with digits that differ, rounded so that it holds what it held."""
    _, unit_ns, unit, decimals = next(found for found in _UNITS if most_ns >= found[0])
    width = (most_ns - least_ns) / unit_ns
    shown = min(max(round(-log10(width / 10)), 0), decimals) if width else min(decimals, 1)
    step = 10**shown / unit_ns
    least, most = floor(least_ns * step) / 10**shown, ceil(most_ns * step) / 10**shown
    if not width:
        least = most = round(most_ns / unit_ns, shown)
    if least == most:
        return f"{most:.{shown}f} {unit}"
    return ways.span.format(least=f"{least:.{shown}f}", most=f"{most:.{shown}f} {unit}")


def point_clock(ways: WayPhrases, clock: VantageClock, last: str) -> str:
    """Return how far a point's clock was ahead of the last point's, at the conversation's beginning, and its drift."""
    if not clock.is_possible:
        return ways.clock.format(point=clock.vantage, offset=ways.set_meanwhile.format(last=last), drift="")
    drift = f"{clock.drift_ppb / 1000:+.1f}"
    is_known = None not in clock.first[1:] and abs(clock.drift_ppb) >= 50  # noqa: PLR2004 - less is shown as 0.0
    return ways.clock.format(
        point=clock.vantage,
        offset=_offset(ways, clock.first, last),
        drift=ways.drift.format(ppm=drift) if is_known else "",
    )


def _offset(ways: WayPhrases, offset: Offset, last: str) -> str:
    least_ns, most_ns = offset.least_ns, offset.most_ns
    if least_ns is None:
        return (ways.unknown if most_ns is None else ways.at_most_ahead).format(last=last, time=_signed(ways, most_ns))
    if most_ns is None:
        return ways.at_least_ahead.format(last=last, time=_signed(ways, least_ns))
    if least_ns >= 0:
        return ways.ahead.format(span=span(ways, least_ns, most_ns), last=last)
    if most_ns <= 0:
        return ways.behind.format(span=span(ways, -most_ns, -least_ns), last=last)
    behind, ahead = span(ways, -least_ns, -least_ns), span(ways, most_ns, most_ns)
    return ways.about.format(behind=behind, ahead=ahead, last=last)


def _signed(ways: WayPhrases, t_ns: int | None) -> str:
    shown = span(ways, abs(t_ns or 0), abs(t_ns or 0))
    return f"-{shown}" if t_ns is not None and t_ns < 0 else shown
