"""What `read` says of a capture as a whole: what is damaged, what is no TCP, what stands alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.scope.calls.sockets import NEAR_NS
from services.scope.capture.frames import CaptureDamaged, Oddity
from services.scope.capture.layers.layer import Lack, Reason

_LACKS = {
    Lack.OTHER: "{name}",
    Lack.ENCRYPTED: "{name}: encrypted",
    Lack.COMPRESSED: "{name}: compressed",
    Lack.MALFORMED: "malformed {name} header",
    Lack.FRAGMENT: "later fragment of a packet ({name}), without its headers",
    Lack.CUT_OFF: "headers not captured",
    Lack.TOO_DEEP: "more than 32 layers",
}


@dataclass(frozen=True, slots=True)
class Whole:
    """A capture that was read to its end; the counts are of packets, frames, records and conversations."""

    packets: int  # that hold TCP
    skipped: Counter[Reason]  # frames without
    odd: Mapping[Oddity, int]
    damage: CaptureDamaged | None
    call_records: int
    with_calls: int
    of_calls_only: int
    given_up: int = 0  # conversations
    passed_over: int = 0  # packets of them
    calls_ns: tuple[int, int] = (0, 0)  # the times of the first and of the last
    packets_ns: tuple[int, int] = (0, 0)


def remarks(whole: Whole) -> Iterator[str]:
    """Give a line for each thing that there is to say."""
    if whole.damage is not None:
        yield f"the capture is {whole.damage}; what comes before was read"
    if timeless := whole.odd.get(Oddity.IMPOSSIBLE_TIME, 0):
        have = _counted(timeless, "frame has", "frames have")
        yield f"{have} a time that cannot be, beyond the year 2262: shown with the time of the frame before"
    skipped = whole.skipped.total()
    if skipped:
        reasons = ", ".join(f"{_say(reason)} ({count})" for reason, count in whole.skipped.most_common())
        frames = _counted(skipped, "frame", "frames")
        # Whether a frame that is encrypted or cut holds TCP, nobody can tell.
        yield (
            f"{frames} of which no TCP is read: {reasons}"
            if whole.packets
            else f"no TCP is read in {frames}: {reasons}"
        )
    elif not whole.packets:
        yield "there is no frame in it"
    if whole.given_up:
        have = _counted(whole.given_up, "conversation was", "conversations were")
        yield f"{have} given up half-way, for memory: {_counted(whole.passed_over, 'packet', 'packets')} passed over"
    if whole.packets and not whole.with_calls:
        have = f"none of {whole.call_records} call records is" if whole.call_records else "no calls are"
        yield f"{have} of a conversation in it: the packets stand alone"
        if whole.call_records and not _is_of_its_time(whole):
            yield f"the calls are of another time: {_span(whole.calls_ns)}; the capture: {_span(whole.packets_ns)}"
    if whole.of_calls_only:
        connections = _counted(whole.of_calls_only, "connection", "connections")
        yield f"of {connections} there are calls, but no packet was captured"


def _is_of_its_time(whole: Whole) -> bool:
    (first_call_ns, last_call_ns), (first_ns, last_ns) = whole.calls_ns, whole.packets_ns
    return first_call_ns <= last_ns + NEAR_NS and first_ns <= last_call_ns + NEAR_NS


def _span(span_ns: tuple[int, int]) -> str:
    first, last = (f"{datetime.fromtimestamp(t_ns / 1_000_000_000, UTC):%Y-%m-%d %H:%M:%S}" for t_ns in span_ns)
    return f"{first} to {last} UTC"


def _say(reason: Reason) -> str:
    return _LACKS[reason.lack].format(name=reason.name)


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
