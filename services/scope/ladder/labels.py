"""What a ladder writes beside an arrow or a bar: short texts that the terminal and the picture share."""

from collections.abc import Iterable

from services.scope.ladder.folding import Fold
from services.scope.model import Conversation, JoinedCall, Segment, Side
from services.scope.notes import NO_HANDSHAKE
from shared.calls import Call

_US_NS, _MS_NS, _S_NS = 1_000, 1_000_000, 1_000_000_000


def time(t_ns: int) -> str:
    """Return a duration with three significant places and more, in us below 10 ms, ms below 10 s, then s."""
    if abs(t_ns) < 10 * _MS_NS:
        return f"{t_ns / _US_NS:.1f} us"
    return f"{t_ns / _MS_NS:.2f} ms" if abs(t_ns) < 10 * _S_NS else f"{t_ns / _S_NS:.2f} s"


def flags(segment: Segment) -> str:
    """Return the control bits; a segment that carries data says so by its length."""
    return ",".join(segment.flags) or "no flags"


def numbers(segment: Segment) -> list[str]:
    """Return the relative numbers, the most important ones first."""
    found = [f"seq={segment.seq}"]
    if segment.ack is not None:
        found.append(f"ack={segment.ack}")
    if segment.length:
        found.append(f"len={segment.length}")
    return found


def details(segment: Segment) -> list[str]:
    """Return what is worth showing where there is room."""
    found = [f"win={segment.window}"]
    if segment.options.mss is not None:
        found.append(f"mss={segment.options.mss}")
    if segment.options.window_scale is not None:
        found.append(f"wscale={segment.options.window_scale}")
    if segment.options.sack_permitted:
        found.append("sack_ok")
    return found


def result(call: Call) -> str:
    """Return what a call returned, as C has it."""
    if call.errno is not None:
        return f"= -1 {call.errno}"
    if call.bytes is not None:
        return f"= {call.bytes}"
    return f"= {call.fd}" if call.call in ("socket", "accept") else "= 0"


def took(call: Call) -> str:
    """Return how long a call took."""
    return time(call.t1_ns - call.t0_ns)


def frames(conversation: Conversation, joined: JoinedCall, indexes: Iterable[int]) -> str:
    """Return segments by their numbers in the capture, each way's with a mark: `▸ #4` caused, `◂ #6 … #9` awaited."""
    ways: dict[bool, list[int]] = {True: [], False: []}
    for index in indexes:
        segment = conversation.segments[index]
        ways[segment.sender == joined.side].append(segment.frame)
    return " ".join(f"{'▸' if is_own else '◂'}{_span(found)}" for is_own, found in ways.items() if found)


def doubt(conversation: Conversation, segment: Segment, side: Side) -> str:
    """Return the mark of a state that is a guess: the sender's own is none, unless the beginning is not known."""
    is_guess = segment.inferred and (side != segment.sender or NO_HANDSHAKE in conversation.notes)
    return "?" if is_guess else ""


def summary(conversation: Conversation) -> str:
    """Return one line on the whole."""
    segments = conversation.segments
    parts = [conversation.outcome, f"{len(segments):,} segments", f"{len(conversation.calls):,} calls"]
    if segments:
        parts.append(time(segments[-1].t_ns - segments[0].t_ns))
    return " · ".join(parts)


def folded(fold: Fold) -> str:
    """Return what a fold leaves out."""
    parts = [f"{len(fold.segments):,} segments"] if fold.segments else []
    for sender, way in (("client", "client → server"), ("server", "server → client")):
        if fold.bytes_from[sender]:
            parts.append(f"{fold.bytes_from[sender]:,} bytes {way}")
    parts += [f"{count:,} {name}()" for name, count in fold.call_names.items()]
    remarks = [f"{count:,} {remark}" for remark, count in fold.remarks.items()]
    marked = f" ({', '.join(remarks)})" if remarks else ""
    return f"… {', '.join(parts)} in {time(fold.took_ns)}{marked} …"


def _span(found: list[int]) -> str:
    return f"#{found[0]}" if len(found) == 1 else f"#{found[0]}…#{found[-1]}"
