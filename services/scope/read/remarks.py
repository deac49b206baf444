"""Remarks on a capture as a whole: damage, frames without TCP, calls without packets and packets without calls."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.scope.calls.sockets import NEAR_NS
from services.scope.capture.frames import CaptureDamaged, Oddity
from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Remark
from services.scope.words.words import Words


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted in a capture that was read to its end."""

    packets: int  # with TCP in them
    skipped: Counter[Reason]  # frames of which no TCP was read
    odd: Mapping[Oddity, int]
    damage: CaptureDamaged | None
    call_records: int
    with_calls: int
    of_calls_only: int
    given_up: int = 0  # conversations
    passed_over: int = 0  # packets of those conversations
    calls_ns: tuple[int, int] = (0, 0)  # times of the first and the last
    packets_ns: tuple[int, int] = (0, 0)
    seen_once: int = 0  # conversations that only one of several captures has


def on_file(whole: Totals, words: Words) -> Iterator[str]:
    """Give one line for each remark on a file: damage, and what of it was not read."""
    if (damage := whole.damage) is not None:
        why = words.phrases.damages[damage.damage].format(value=damage.value)
        yield words.remark(Remark.DAMAGED, offset=damage.offset, why=why)
    if timeless := whole.odd.get(Oddity.IMPOSSIBLE_TIME, 0):
        yield words.remark(Remark.IMPOSSIBLE_TIMES, timeless)
    if skipped := whole.skipped.total():
        kind = Remark.UNREAD if whole.packets else Remark.NOTHING_READ
        yield words.remark(kind, skipped, reasons=_say(whole.skipped, words))
    elif not whole.packets:
        yield words.remark(Remark.EMPTY)


def on_whole(whole: Totals, words: Words) -> Iterator[str]:
    """Give one line for each remark on all that was read."""
    if whole.seen_once:
        yield words.remark(Remark.SEEN_ONCE, whole.seen_once)
    if whole.given_up:
        packets = words.remark(Remark.PASSED_OVER, whole.passed_over)
        yield words.remark(Remark.GIVEN_UP, whole.given_up, packets=packets)
    if whole.packets and not whole.with_calls:
        yield words.remark(Remark.CALLS_OF_OTHERS if whole.call_records else Remark.NO_CALLS, whole.call_records)
        if whole.call_records and not _is_of_its_time(whole):
            calls, capture = (_span(span_ns, words) for span_ns in (whole.calls_ns, whole.packets_ns))
            yield words.remark(Remark.OTHER_TIME, calls=calls, capture=capture)
    if whole.of_calls_only:
        yield words.remark(Remark.ONLY_CALLS, whole.of_calls_only)


def _is_of_its_time(whole: Totals) -> bool:
    (first_call_ns, last_call_ns), (first_ns, last_ns) = whole.calls_ns, whole.packets_ns
    return first_call_ns <= last_ns + NEAR_NS and first_ns <= last_call_ns + NEAR_NS


def _span(span_ns: tuple[int, int], words: Words) -> str:
    first, last = (f"{datetime.fromtimestamp(t_ns / 1_000_000_000, UTC):%Y-%m-%d %H:%M:%S}" for t_ns in span_ns)
    return words.remark(Remark.SPAN, first=first, last=last)


def _say(skipped: Counter[Reason], words: Words) -> str:
    lacks = words.phrases.lacks
    return words.phrases.parts_between.join(
        words.remark(Remark.REASON, count, lack=lacks[reason.lack].format(name=reason.name))
        for reason, count in skipped.most_common()
    )
