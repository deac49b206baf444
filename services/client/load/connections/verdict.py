"""How a session ended: good, or with which kind of failure, judged by all that came until the peer finished."""

import errno
from collections import Counter
from dataclasses import dataclass, field

from services.client.errors import EchoMismatch, Reset, SurplusBytes, TimedOut
from services.client.load.connections.connection import Connection
from services.client.load.messages import CHUNK_BYTES, Messages

LOST, REORDERED = "lost", "reordered"

# After a wrong byte so many bytes are kept for examination; what comes beyond them is only counted.
_WINDOW_BYTES = 1_048_576


@dataclass(frozen=True)
class Verdict:
    """Why a session failed: `facts` are for the log line, `wrong_bytes` is how many came back with another value.

    `errno` is the kernel's name for it, where the kernel said so.
    """

    kind: str
    why: str
    wrong_bytes: int = 0
    facts: dict[str, object] = field(default_factory=dict)
    errno: str | None = None


class Remainder:
    """The part of a half-closed connection's stream that was sent and is not verified yet.

    When a stream differs somewhere, only its whole rest tells how: as many bytes as were sent, but in another order or
    with other values; fewer; or more. So we half-close, which makes an echo server finish, and judge when it has.
    `suspicion` is a kind of failure that stands even if the bytes are right after all.
    """

    def __init__(self, messages: Messages, connection: Connection, suspicion: str | None) -> None:
        self._messages = messages
        self._connection = connection.number
        self._offset = connection.verified_bytes
        self._end = connection.sent_bytes
        self._suspicion = suspicion
        self._kept = bytearray()
        self._count = 0

    def take(self, data: bytes) -> None:
        """Add what has come."""
        self._count += len(data)
        self._kept += data[: _WINDOW_BYTES - len(self._kept)]

    @property
    def verified_bytes(self) -> int:
        """How many bytes came back right, up to the first that did not."""
        at, _ = self._first_difference()
        return min(at, self._end - self._offset)

    def verdict(self, *, ended: bool) -> Verdict | None:
        """Return what is wrong, or None; `ended` tells whether the peer has finished, or is no longer waited for."""
        at, expected = self._first_difference()
        missing = self._end - self._offset - self._count
        facts = self._facts(at)
        if missing < 0:
            return Verdict(SurplusBytes.kind, f"{-missing} bytes more than were sent came back", 0, facts)
        if missing and (ended or at < len(self._kept)):
            return Verdict(LOST, f"{missing} bytes of those sent did not come back", 0, facts)
        if missing:
            return Verdict(TimedOut.kind, f"no progress, and {missing} bytes are not back", 0, facts)
        if at < len(self._kept):
            return self._judge_difference(expected, facts)
        if self._suspicion is not None:
            return Verdict(self._suspicion, "no progress, and the rest came back only when we had finished")
        return None if ended else Verdict(TimedOut.kind, "the peer did not finish after we did")

    def verdict_on_loss(self, error: OSError) -> Verdict:
        """Return the verdict on a connection that the kernel reports as lost: a mismatch, if any, else the loss."""
        at, _ = self._first_difference()
        found = self.verdict(ended=True) if at < len(self._kept) else None
        return found or reset_verdict(error)

    def _judge_difference(self, expected: bytes, facts: dict[str, object]) -> Verdict:
        kept = bytes(self._kept)
        if Counter(kept) == Counter(expected):
            return Verdict(REORDERED, "every byte came back, in another order", 0, facts)
        wrong = sum(1 for got, sent in zip(kept, expected, strict=True) if got != sent)
        return Verdict(EchoMismatch.kind, f"{wrong} bytes came back wrong", wrong, facts)

    def _first_difference(self) -> tuple[int, bytes]:
        """Return where what was kept differs from what was sent (its length if nowhere), and what was sent there."""
        expected = bytearray()
        count = min(len(self._kept), self._end - self._offset)
        while len(expected) < count:
            at = self._offset + len(expected)
            expected += self._messages.read(self._connection, at, min(count - len(expected), CHUNK_BYTES))
        pairs = enumerate(zip(self._kept, expected, strict=False))
        if self._kept.startswith(expected):
            return count, bytes(expected)
        return next(i for i, (got, sent) in pairs if got != sent), bytes(expected)

    def _facts(self, at: int) -> dict[str, object]:
        """Say which message, which of its bytes, and both bytes: as sent and as received (null where there is none)."""
        number, offset = divmod(self._offset + at, self._messages.size)
        position = self._offset + at
        sent = self._messages.read(self._connection, position, 1)[0] if position < self._end else None
        received = self._kept[at] if at < len(self._kept) else None
        return {"message": number, "offset": offset, "sent": sent, "received": received}


def reset_verdict(error: OSError) -> Verdict:
    """Return the verdict on a connection that the kernel reports as lost."""
    kind = TimedOut.kind if isinstance(error, TimeoutError) else Reset.kind
    name = errno.errorcode.get(error.errno or 0)
    return Verdict(kind, f"the connection was lost ({error.strerror or error})", errno=name)
