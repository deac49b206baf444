"""One conversation under way: each of its packets becomes a segment with relative numbers, notes and states."""

from typing import NamedTuple

from services.scope.model import Conversation, Endpoint, Flags, Note, Outcome, Packet, Segment, Side, State
from services.scope.notes import NoteKind
from services.scope.tcp.flow import Flow
from services.scope.tcp.marks import mark
from services.scope.tcp.states import End, begin, revise, step
from services.scope.tcp.teardown import note_on_fin, note_on_rst

_SYN, _FIN, _RST, _ACK = int(Flags.SYN), int(Flags.FIN), int(Flags.RST), int(Flags.ACK)
_CONTROL = _SYN | _FIN | _RST

_OVER = (Outcome.CLOSED, Outcome.RESET, Outcome.REFUSED)

# RFC 7323 3.2: time stamps, padded, in every segment: what the MSS option leaves out of account (RFC 6691).
_TIMESTAMPS_BYTES = 12


class Pair(NamedTuple):
    """Who is who in a conversation."""

    client: Endpoint
    server: Endpoint


class Track:
    """A conversation and what has to be remembered of it to understand its next packet."""

    def __init__(self, ends: Pair, packet: Packet, max_segments: int, *, reused: bool) -> None:
        self.conversation = Conversation(ends.client, ends.server, tunnels=packet.tunnels)
        self.first_frame = packet.frame
        self.t_ns = packet.t_ns  # of its last packet
        self.client, self.server = End(Flow()), End(Flow())
        begin(self.client, self.server, packet.flags)
        self._max_segments = max_segments
        self._reused = reused
        self._left_out = 0
        self._settled = False  # both ends are established: nothing but a control bit changes a state
        self._guessed = not packet.flags & _SYN
        if self._guessed:
            self.conversation.notes += [Note(NoteKind.NO_HANDSHAKE), Note(NoteKind.SCALE_UNKNOWN)]
        elif not packet.flags & _ACK:
            self.conversation.outcome = Outcome.UNANSWERED
        elif packet.options.window_scale is not None:
            self.conversation.notes.append(Note(NoteKind.SCALE_UNKNOWN))  # the client's is in its SYN

    @property
    def over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.conversation.outcome in _OVER

    def continues(self, packet: Packet, *, from_client: bool) -> bool:
        """Tell whether a packet of the same endpoints belongs to it, or is the SYN of the next conversation."""
        if packet.flags & (_SYN | _ACK) != _SYN:
            return True
        flow = (self.client if from_client else self.server).flow
        finished = self.over or self.client.flow.fin is not None or self.server.flow.fin is not None
        return not finished and flow.base in (None, packet.seq)

    def add(self, packet: Packet, *, from_client: bool) -> None:
        """Take the conversation's next packet."""
        sender, receiver = (self.client, self.server) if from_client else (self.server, self.client)
        flow, other = sender.flow, receiver.flow
        flags = packet.flags
        if flow.base is None or other.base is None or flags & _SYN:
            _learn(flow, other, packet)
        seq = flow.relative(packet.seq)
        ack = other.relative(packet.ack) if flags & _ACK else flow.ack
        ending = self._note_on_end(sender, receiver, flags, ack) if flags & (_FIN | _RST) else None
        marks = mark(flow, other, packet, seq, ack)
        window = flow.window_bytes = packet.window << (flow.scale or 0) if not flags & _SYN else packet.window
        if packet.length and (flags & _SYN or packet.length > other.mss - _TIMESTAMPS_BYTES):
            _note_on_size(other.mss, packet, marks)
        if flags & _CONTROL or not self._settled:
            self._step(sender, receiver, packet, seq)
        if ending is not None:
            marks.append(Note(ending))
        self.t_ns = packet.t_ns
        segments = self.conversation.segments
        if not segments and self._reused:
            marks.append(Note(NoteKind.PORT_REUSED))
        segments.append(
            Segment(
                packet.t_ns,
                "client" if from_client else "server",
                flags,
                seq,
                ack if flags & _ACK else None,
                packet.length,
                window,
                packet.options,
                marks,
                self.client.state,
                self.server.state,
                packet.frame,
                len(segments) + self._left_out + 1,
                self._inferred(),
            )
        )
        if len(segments) > self._max_segments:
            self.fold()

    def finish(self) -> Conversation:
        """Return the conversation: no more packets will be added."""
        if self._left_out:
            self.conversation.notes.append(Note(NoteKind.NOT_KEPT, self._left_out))
        return self.conversation

    def _step(self, sender: End, receiver: End, packet: Packet, seq: int) -> None:
        """Take both ends over the segment, and tell the conversation's outcome so far."""
        flags, flow, other = packet.flags, sender.flow, receiver.flow
        was_refused = flags & _RST and receiver.state == State.SYN_SENT
        if flags & _FIN and flow.fin is None:
            flow.fin = seq + packet.length + 1
        if other.fin is not None and flow.ack >= other.fin:
            other.fin_acked = True
        if flow.first_rtt_ns is None and flags & (_SYN | _ACK) == _ACK:
            _time(flow, other, packet.t_ns)
        step(sender, receiver, flags, seq)
        self._settled = (
            sender.state == receiver.state == State.ESTABLISHED and not sender.doubted and not receiver.doubted
        )
        conversation = self.conversation
        if was_refused:
            conversation.outcome = Outcome.REFUSED
            revise(conversation.segments, 0, "server", State.CLOSED)
            for segment in conversation.segments:
                segment.inferred = False
        elif flags & _RST and conversation.outcome != Outcome.CLOSED:
            conversation.outcome = Outcome.RESET
        elif flow.fin_acked and other.fin_acked and not self.over:
            conversation.outcome = Outcome.CLOSED
        elif sender is self.server and conversation.outcome == Outcome.UNANSWERED:
            conversation.outcome = Outcome.OPEN

    def _note_on_end(self, sender: End, receiver: End, flags: int, ack: int) -> NoteKind | None:
        if flags & _RST:
            return note_on_rst(sender, receiver, flags)
        note = note_on_fin(sender.flow, receiver.flow, ack)
        if note == NoteKind.SIMULTANEOUS_CLOSE:
            # The first FIN had been captured, and was not taken in yet: until now it was counted as if it was.
            side: Side = "client" if sender is self.client else "server"
            for index, segment in enumerate(self.conversation.segments):
                if segment.has(Flags.FIN) and segment.state_of(side) == State.CLOSE_WAIT:
                    revise(self.conversation.segments, index, side, State.ESTABLISHED)
                    break
        return note

    def _inferred(self) -> bool:
        client, server = self.client, self.server
        if self._guessed:
            return not client.state == server.state == State.CLOSED
        return client.doubted or server.doubted or server.state == State.LISTEN

    def fold(self) -> int:
        """Leave out a quarter of what is kept, in the middle; return how many segments that is.

        Beginnings and ends are what is looked at.
        """
        segments = self.conversation.segments
        some = max(len(segments) // 4, 1)
        middle = len(segments) // 2
        del segments[middle : middle + some]
        self._left_out += some
        return some


def _learn(flow: Flow, other: Flow, packet: Packet) -> None:
    """Learn where both flows begin, and what a SYN's options say."""
    flags = packet.flags
    if flags & _SYN:
        if flow.base is not None and flow.base != packet.seq:
            flow.rebase(packet.seq)
        flow.base = packet.seq
        flow.mss = packet.options.mss or 0
        flow.scale = packet.options.window_scale
        flow.offers_scale = flow.scale is not None
        if not flags & _ACK:
            flow.syn_t_ns = packet.t_ns
        if not flow.offers_scale or (other.syn_t_ns is not None and not other.offers_scale):
            flow.scale = other.scale = 0  # RFC 7323 2.2: it takes both
    elif flow.base is None:
        flow.base = packet.seq - 1  # its first data is byte 1
    if other.base is None and flags & _ACK:
        other.base = packet.ack - 1


def _time(flow: Flow, other: Flow, t_ns: int) -> None:
    """Learn the round-trip time from the first ACK after the SYN."""
    begun = max(flow.syn_t_ns or 0, other.syn_t_ns or 0)
    if begun:
        flow.first_rtt_ns = other.first_rtt_ns = t_ns - begun


def _note_on_size(mss: int, packet: Packet, marks: list[Note]) -> None:
    """Note data where it is rare, and a packet larger than a segment: captured before it was cut, or after joining."""
    if packet.flags & _SYN:
        marks.append(Note(NoteKind.DATA_ON_SYN))
    size = mss - (_TIMESTAMPS_BYTES if packet.options.timestamps else 0)
    if 0 < size < packet.length:
        marks.append(Note(NoteKind.GSO, -(-packet.length // size)))
