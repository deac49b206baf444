"""Packets that taps have lost, and the conversations which may have been theirs."""

from collections import deque

from services.scope.model import Conversation, ServiceNote
from services.scope.notes import NoteKind
from shared.pcap import Lost

# Most losses kept, the latest: each conversation is held against all of them.
_MAX_LOSSES = 64

# A conversation whose first packets were lost begins so much later, at most, for a loss to explain it.
_NEAR_NS = 1_000_000_000


class TapLosses:
    """What taps have told; `packets` counts those that were lost so far."""

    def __init__(self) -> None:
        self.packets = 0
        self._losses: deque[tuple[str, Lost]] = deque(maxlen=_MAX_LOSSES)

    def add(self, tap: str, lost: Lost) -> None:
        """Take what a tap says that it has lost."""
        self.packets += lost.packets
        self._losses.append((tap, lost))

    def mark(self, conversation: Conversation) -> None:
        """Note on a conversation what was lost while it went on: for each tap, how many packets, and since when."""
        begin_ns, end_ns = conversation.segments[0].t_ns, conversation.segments[-1].t_ns
        if NoteKind.NO_HANDSHAKE in conversation.kinds:
            begin_ns -= _NEAR_NS
        missing: dict[str, Lost] = {}
        for tap, lost in self._losses:
            if lost.first_ns <= end_ns and lost.last_ns >= begin_ns:
                missing[tap] = lost.with_(missing.get(tap))
        for tap, lost in missing.items():
            note = ServiceNote(NoteKind.PACKETS_LOST, lost.packets, service="tap", subject=tap, since_ns=lost.first_ns)
            conversation.notes.append(note)
