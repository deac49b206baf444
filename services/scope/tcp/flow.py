"""One direction of a connection, as its segments show it: its initial sequence number, and how far it has got.

All numbers are relative to the sender's initial sequence number (a SYN counts as 0), and do not wrap: byte n of the
stream has number n + 1, beyond 4 GiB too.
"""

from enum import Enum

# About a window of segments, to find which one a retransmission repeats. Older ones are not found.
_REMEMBERED_SEGMENTS = 256

# Stands for "no acknowledgement yet": less than any number.
NOTHING = -(1 << 63)

# An ACK may be this far ahead of what was captured, as packets may be missing. One further off belongs to an earlier
# connection, whose numbers can be anywhere in 4 GiB.
_UNSEEN_BYTES = 1 << 20

_WRAP = 1 << 32
_HALF = 1 << 31


class Probe(Enum):
    """What a segment that only asks for an answer looks like."""

    NONE = 0
    ONE_BACK = 1  # a number already acknowledged: a keep-alive, or Linux's probe of a zero window
    ONE_BYTE = 2  # one byte more than the window allows: other systems' probe of a zero window


class Flow:
    """What one side has sent. Names are those of RFC 9293 3.3.1, where it has one."""

    __slots__ = (
        "ack",
        "ack_t_ns",
        "base",
        "contiguous",
        "duplicates",
        "fin",
        "fin_ack",
        "fin_acked",
        "first_rtt_ns",
        "identification",
        "late_end",
        "mss",
        "next",
        "next_t_ns",
        "numbers_packets",
        "offered_scale",
        "probed",
        "scale",
        "sent",
        "syn_t_ns",
        "window",
        "window_bytes",
    )

    def __init__(self) -> None:
        self.base: int | None = None  # the initial sequence number, as on the wire
        self.syn_t_ns: int | None = None  # when it last sent a SYN that acknowledged nothing
        self.first_rtt_ns: int | None = None  # from that SYN to the connection's first ACK; the same in both flows
        self.mss = 0  # the most that it accepts; 0: not known
        self.offered_scale: int | None = None  # the shift that one of its SYNs has offered
        self.scale: int | None = None  # the shift of its windows
        self.next: int | None = None  # SND.NXT, the highest number sent plus one; None before its first segment
        self.next_t_ns = 0
        self.contiguous: int | None = None  # up to here nothing is missing in the capture
        self.ack = NOTHING  # the last acknowledgement it sent, of the other flow's numbers
        self.ack_t_ns = 0
        self.duplicates = 0  # of that acknowledgement; -1: it acknowledges what was not captured
        self.window: int | None = None  # the last one it advertised, as on the wire
        self.window_bytes = 0
        self.probed = Probe.NONE  # whether its last segment was a probe
        self.fin: int | None = None  # the number that acknowledges its FIN
        self.fin_ack = NOTHING  # what that FIN acknowledges itself
        self.fin_acked = False
        self.late_end = NOTHING  # the end of the data it sent after the other's FIN
        self.identification: int | None = None  # of its last packet
        self.numbers_packets = False  # its packets have different identifications
        self.sent: list[tuple[int, int, int]] = []  # from, to, frame; no deque, which takes 600 bytes when empty

    def has_sent(self, number: int) -> bool:
        """Tell whether this number can acknowledge what the flow sent: above its SYN, not far above the rest."""
        return 0 < number <= (self.next or 1) + _UNSEEN_BYTES

    def relative(self, number: int) -> int:
        """Return a number on the wire relative to this flow's first: of those 4 GiB apart, the one near `next`."""
        near = self.next or 0
        return near + (number - (self.base or 0) - near + _HALF) % _WRAP - _HALF

    def rebase(self, number: int) -> None:
        """Move to another initial sequence number; what is known so far keeps the same numbers on the wire."""
        shift = ((self.base or 0) - number + _HALF) % _WRAP - _HALF
        self.base = number
        self.next = self.next + shift if self.next is not None else None
        self.contiguous = self.contiguous + shift if self.contiguous is not None else None
        self.sent.clear()

    def forget(self) -> None:
        """Forget all numbers: they belong to an earlier connection of the same ends, or to nobody."""
        self.base = self.next = self.contiguous = self.window = self.fin = None
        self.ack = self.fin_ack = self.late_end = NOTHING
        self.duplicates, self.probed, self.fin_acked = 0, Probe.NONE, False
        self.sent.clear()

    def remember(self, begin: int, end: int, frame: int) -> None:
        """Remember which frame carried these numbers."""
        self.sent.append((begin, end, frame))
        if len(self.sent) > 2 * _REMEMBERED_SEGMENTS:
            del self.sent[:_REMEMBERED_SEGMENTS]

    def original(self, seq: int) -> int | None:
        """Return the frame that carried this number first."""
        for begin, end, frame in self.sent:
            if begin <= seq < end:
                return frame
        return None
