"""How a ladder's facts are written, in the terminal and in the picture."""

from services.scope.model import JoinedCall, Segment
from services.scope.rows import FoldRow

_US, _MS, _S = 1_000, 1_000_000, 1_000_000_000

# What takes bytes from the stream, or gives it some: its result is how many.
_TRANSFERS = ("send", "recv")

# What makes a socket: its result is the descriptor.
_MAKERS = ("socket", "accept")


def span(duration_ns: int) -> str:
    """Return a duration with two significant digits, or whole: a call's return is not better known."""
    for unit, name in ((_S, "s"), (_MS, "ms")):
        if duration_ns >= unit:
            return f"{_rounded(duration_ns / unit)} {name}"
    return f"{_rounded(duration_ns / _US)} µs"


def clock(t_ns: int) -> str:
    """Return a time relative to the ladder's zero: to the microsecond or better, beyond 100 s to the millisecond."""
    if t_ns < 0:
        return f"-{span(-t_ns)}"
    if t_ns < _MS:
        return f"{t_ns / _US:.1f} µs"
    if t_ns < _S:
        return f"{t_ns / _MS:.3f} ms"
    return f"{t_ns / _S:.6f} s" if t_ns < 100 * _S else f"{t_ns / _S:.3f} s"


def numbers(segment: Segment) -> str:
    """Return a segment's relative numbers and its length, where it has any."""
    ack = "" if segment.ack is None else f" ack {segment.ack}"
    length = f" len {segment.length}" if segment.length else ""
    return f"seq {segment.seq}{ack}{length}"


def flags(segment: Segment) -> str:
    """Return a segment's control bits."""
    return ",".join(segment.flags) or "no flags"


def entry(joined: JoinedCall) -> str:
    """Return what a call is called."""
    return f"{joined.call.call}()"


def result(joined: JoinedCall) -> str:
    """Return how a call returned: its errno, or else its result as in C: a descriptor, a number of bytes, or 0."""
    call = joined.call
    if call.errno is not None:
        return call.errno
    if call.call in _MAKERS:
        return f"= fd {call.fd}"
    return f"= {call.bytes:,}" if call.call in _TRANSFERS and call.bytes is not None else "= 0"


def took(joined: JoinedCall) -> str:
    """Return how long a call lasted, by its own clock."""
    return span(max(joined.call.t1_ns - joined.call.t0_ns, 0))


def fold(row: FoldRow) -> str:
    """Return what a fold stands for."""
    calls = f" and {_count(len(row.calls), 'call')}" if row.calls else ""
    carried = [
        f"{count:,} bytes {arrow}" for count, arrow in ((row.client_bytes, "→"), (row.server_bytes, "←")) if count
    ]
    return f"{', '.join([_count(row.segments, 'segment') + calls, *carried])} in {span(row.duration_ns)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"  # noqa: PLR2004 -- what is printed as 10
