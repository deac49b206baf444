"""Conversations with calls, made by hand."""

from collections.abc import Iterable

from services.scope.model import Conversation, JoinedCall, Side
from shared.calls import Call
from tests.unit.services.scope.wire import MILLISECOND_NS, START_NS, Talk, followed


def call(
    side: Side, name: str, t_ms: tuple[float, float], segments: Iterable[int] = (), **fields: object
) -> JoinedCall:
    """Return a call with its times in milliseconds after START_NS."""
    t0_ns, t1_ns = (START_NS + int(t * MILLISECOND_NS) for t in t_ms)
    known = {"bytes": None, "offset": None, "errno": None, "tcp_state": None} | fields
    record = Call(side, "host", 1, 3, name, t0_ns, t1_ns, 0, None, None, **known)  # type: ignore[arg-type]
    return JoinedCall(record, side, list(segments))


def conversation(spoken: Talk, *calls: JoinedCall) -> Conversation:
    """Return a talk as followed, with calls."""
    (found,) = followed(spoken)
    found.calls = list(calls)
    return found


def transfer(segments: int) -> Talk:
    """Return a talk with so many segments of 100 bytes, a millisecond apart, the first 4 ms after START_NS."""
    spoken = Talk()
    spoken.handshake()
    for number in range(segments):
        spoken.client("ACK", 1 + 100 * number, 1, 100)
    return spoken
