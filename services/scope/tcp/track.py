"""One conversation under way: each of its packets becomes a segment with relative numbers, notes and states."""

from typing import NamedTuple

from services.scope.model import Conversation, Endpoint, Flags, Note, Outcome, Packet, Segment, Side, State
from services.scope.notes import NoteKind
from services.scope.tcp.copies import find_original
from services.scope.tcp.flow import Flow
from services.scope.tcp.learning import learn, learn_rtt
from services.scope.tcp.marks import TIMESTAMPS_BYTES, mark, mark_copy, mark_size
from services.scope.tcp.outcomes import OVER, tell_outcome, tell_reset
from services.scope.tcp.revisions import revise_reset, revise_simultaneous
from services.scope.tcp.states import End, Step, begin, is_taken, step
from services.scope.tcp.teardown import note_on_fin, note_on_rst
from services.scope.tunnels import Network, Networks
from services.scope.vantages import Numbering

_SYN, _FIN, _RST, _ACK = int(Flags.SYN), int(Flags.FIN), int(Flags.RST), int(Flags.ACK)
_CONTROL = _SYN | _FIN | _RST
_SYN_FIN = _SYN | _FIN

# Looked up once, as in `states`.
_CLOSED, _ESTABLISHED, _LISTEN, _SYN_SENT = State.CLOSED, State.ESTABLISHED, State.LISTEN, State.SYN_SENT


class Pair(NamedTuple):
    """Who is who in a conversation."""

    client: Endpoint
    server: Endpoint


class Track:
    """A conversation, and the state needed to understand its next packet."""

    def __init__(self, ends: Pair, packet: Packet, max_segments: int, *, reused: bool) -> None:
        self.conversation = Conversation(ends.client, ends.server, tunnels=packet.tunnels)
        self.network: Network = ()  # what tells it from another of the same endpoints, where there is another
        self.networks = Networks()  # that its packets came through
        self.first_frame = packet.frame
        self.t_ns = packet.t_ns  # of its last packet
        self.client, self.server = End(Flow()), End(Flow())
        begin(self.client, self.server, packet.flags)
        self._max_segments = max_segments
        self._reused = reused
        self._sent = self._copies = self._left_out = 0  # segments: without copies, copies, and those not kept
        self._reset_at = 0  # the number of the segment that reset it
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
        return self.conversation.outcome in OVER

    def continues(self, packet: Packet, *, from_client: bool) -> bool:
        """Tell whether a packet of the same endpoints belongs to it, or is the SYN of the next conversation."""
        if packet.flags & (_SYN | _ACK) != _SYN:
            return True
        flow = (self.client if from_client else self.server).flow
        if flow.base not in (None, packet.seq) or self.conversation.outcome in (Outcome.CLOSED, Outcome.RESET):
            return False
        # After a refusal the same number is another attempt of the same connect(): some systems make three.
        return self.client.flow.fin is None and self.server.flow.fin is None

    def add(self, packet: Packet, *, from_client: bool) -> None:
        """Take the conversation's next packet."""
        sender, receiver = (self.client, self.server) if from_client else (self.server, self.client)
        flow, other = sender.flow, receiver.flow
        flags, length, is_unknown = packet.flags, packet.length, flow.base is None
        if is_unknown or other.base is None or flags & _SYN:
            self._learn(sender, receiver, packet)
        seq = flow.relative(packet.seq)
        ack = other.relative(packet.ack) if flags & _ACK else flow.ack
        window = packet.window << (flow.scale or 0) if not flags & _SYN else packet.window
        end = seq + length + 1 if flags & _SYN_FIN else seq + length
        has_new_end, has_new_ack = flow.next is None or end > flow.next, ack > flow.ack
        if not (has_new_end or has_new_ack) and self._add_copy(sender, receiver, packet, (seq, ack, window)):
            return
        is_plain = self._settled and not flags & _CONTROL  # of a transfer, which changes no state
        own_ack = ack if flags & _ACK else None
        if is_plain:
            taken = None
        else:
            taken = Step(flags, seq, own_ack, length, end, has_new_end and length > 0, has_new_end or has_new_ack)
        ending = self._note_on_end(sender, receiver, taken) if taken is not None and flags & (_FIN | _RST) else None
        before = flow.next, flow.contiguous
        marks = mark(flow, other, packet, seq, ack)
        flow.window_bytes = window
        if packet.identification != flow.identification:
            flow.numbers_packets = flow.identification is not None
            flow.identification = packet.identification
        if length and (flags & _SYN or length > other.mss - TIMESTAMPS_BYTES):
            mark_size(other.mss, packet, marks)
        if taken is not None:
            self._step(sender, receiver, taken, packet.t_ns)
        if ending is not None:
            marks.append(Note(ending))
            if ending == NoteKind.RST_NOT_TAKEN and is_unknown:
                flow.forget()  # nothing can be learnt from a forged RST
            if flags & _RST and sender.state == _SYN_SENT:
                flow.next, flow.contiguous = before  # its number is that of the ACK it refuses
        self._sent += 1
        self._append(packet, "client" if from_client else "server", (seq, own_ack, window), marks)

    def _add_copy(self, sender: End, receiver: End, packet: Packet, numbers: tuple[int, int, int]) -> bool:
        """Take a packet that was captured once more, and says nothing new; return whether it is one."""
        side: Side = "client" if sender is self.client else "server"
        seq, ack, window = numbers
        found = seq, ack if packet.flags & _ACK else None, window
        original = find_original(self.conversation.segments, sender.flow, packet, side, found)
        if original is None:
            return False
        marks = [Note(NoteKind.COPY, original.frame), *mark_copy(sender.flow, receiver.flow, packet, seq, ack)]
        self._copies += 1
        self._append(packet, side, found, marks)
        self.conversation.segments[-1].is_copy = True
        return True

    def _append(self, packet: Packet, side: Side, numbers: tuple[int, int | None, int], marks: list[Note]) -> None:
        segments = self.conversation.segments
        if not segments and self._reused:
            marks.append(Note(NoteKind.PORT_REUSED))
        seq, ack, window = numbers
        segments.append(
            Segment(
                packet.t_ns,
                side,
                packet.flags,
                seq,
                ack,
                packet.length,
                window,
                packet.options,
                marks,
                self.client.state,
                self.server.state,
                packet.frame,
                self._sent,
                self._guessed if self._settled else self._inferred(),
                packet.identification,
                packet.hops,
            )
        )
        self.t_ns = packet.t_ns
        if len(segments) > self._max_segments:
            self.fold()

    def finish(self) -> Conversation:
        """Return the conversation: no more packets will be added."""
        self.tell_numbers()
        if self._copies:
            self.conversation.notes.append(Note(NoteKind.COPIES, self._copies))
        if self._left_out:
            self.conversation.notes.append(Note(NoteKind.NOT_KEPT, self._left_out))
        return self.conversation

    def tell_numbers(self) -> None:
        """Tell the conversation how its numbers go back to those on the wire."""
        for end in (self.client, self.server):
            if end.flow.base is not None:
                self.conversation.numbering[self._side(end)] = Numbering(end.flow.base, end.flow.scale or 0)

    def _step(self, sender: End, receiver: End, taken: Step, t_ns: int) -> None:
        """Move both ends past the segment, and set the conversation's outcome so far."""
        flow, other = sender.flow, receiver.flow
        before = sender.state, receiver.state
        if taken.flags & _FIN and (flow.fin is None or taken.end > flow.fin):
            flow.fin, flow.fin_ack = taken.end, flow.ack
            flow.fin_acked = flow.fin_acked or other.ack >= taken.end  # its ACK may have been captured first
        if other.fin is not None and flow.ack >= other.fin:
            other.fin_acked = True
        if taken.has_new_data and other.fin is not None:
            flow.late_end = taken.end
        if flow.first_rtt_ns is None and taken.flags & (_SYN | _ACK) == _ACK:
            learn_rtt(flow, other, t_ns)
        is_reset = bool(taken.flags & _RST) and is_taken(receiver, taken)
        step(sender, receiver, taken)
        self._settled = (
            sender.state == receiver.state == _ESTABLISHED
            and not (sender.doubted or receiver.doubted)
            and not (sender.guessed or receiver.guessed)
        )
        if is_reset:
            self._reset_at = self._sent + 1
            tell_reset(self.conversation, sender, self._side(sender), was_refused=before[1] == _SYN_SENT)
        elif before[0] == _CLOSED and not taken.flags & (_SYN | _RST):
            self._revise_reset(sender, receiver)
        tell_outcome(self.conversation, self.client, self.server, sender)

    def _revise_reset(self, sender: End, receiver: End) -> None:
        """Restore the states of ends that go on after an RST."""
        for end in (sender, receiver):
            if end.state != _CLOSED and end.before_reset is not None:
                revise_reset(self.conversation.segments, self._reset_at, self._side(end), end.before_reset)
                end.before_reset = None
                if not receiver.aborted and self.conversation.outcome == Outcome.RESET:
                    self.conversation.outcome = Outcome.OPEN

    def _side(self, end: End) -> Side:
        return "client" if end is self.client else "server"

    def _learn(self, sender: End, receiver: End, packet: Packet) -> None:
        flow, other = sender.flow, receiver.flow
        if packet.flags & _SYN and receiver.state == _SYN_SENT and flow.base not in (None, packet.seq):
            flow.forget()  # what it sent before, the other end's SYN did not accept: it was of an earlier connection
        learn(flow, other, packet)
        if packet.flags & (_SYN | _ACK) == _SYN and flow.scale is not None and other.scale is not None:
            # Where a SYN was captured late.
            notes = self.conversation.notes
            notes[:] = [note for note in notes if self._guessed or note.kind != NoteKind.SCALE_UNKNOWN]

    def _note_on_end(self, sender: End, receiver: End, taken: Step) -> NoteKind | None:
        if taken.flags & _RST:
            return note_on_rst(sender, receiver, taken)
        note = note_on_fin(sender.flow, receiver.flow, taken.ack, taken.end)
        if note == NoteKind.SIMULTANEOUS_CLOSE:
            revise_simultaneous(self.conversation.segments, self._side(sender))
        return note

    def _inferred(self) -> bool:
        client, server = self.client, self.server
        if self._guessed:
            return not client.state == server.state == _CLOSED
        return client.doubted or server.doubted or client.guessed or server.guessed or server.state == _LISTEN

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
