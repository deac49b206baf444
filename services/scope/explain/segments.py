"""Which sentences explain a segment: chosen by its flags and notes, and by the calls there are."""

from services.scope.calls.landmarks import Landmarks
from services.scope.explain.case import Case
from services.scope.explain.repetitions import Repetitions, gap_ns
from services.scope.ladder.naming import is_end
from services.scope.model import Conversation, Flags, Segment, Side, State, StateNote, peer_of
from services.scope.notes import NoteKind
from services.scope.words.words import time

_RESETS = {
    NoteKind.RST_NOBODY_LISTENS: "rst_refused",
    NoteKind.RST_NOT_TAKEN: "rst_not_taken",
    NoteKind.RST_AFTER_CLOSE: "rst_after_close",
    NoteKind.RST_NO_CONNECTION: "rst_no_connection",
    NoteKind.RST_ABORTED: "rst_aborted",
    NoteKind.RST_UNREAD_OR_ABORTED: "rst_unread",
}

# The first of these notes on a segment decides: a retransmission is explained as one, whatever it carries.
_MARKED = (
    (NoteKind.FAST_RETRANSMISSION, "again_fast"),
    (NoteKind.SPURIOUS_RETRANSMISSION, "again_spurious"),
    (NoteKind.RETRANSMISSION, "again"),
    (NoteKind.KEEPALIVE_ACK, "keepalive_ack"),
    (NoteKind.KEEPALIVE, "keepalive"),
    (NoteKind.ZERO_WINDOW_PROBE_ACK, "zero_window_probe_ack"),
    (NoteKind.ZERO_WINDOW_PROBE, "zero_window_probe"),
)
_MARKED_ACKS = (
    (NoteKind.ZERO_WINDOW, "zero_window"),
    (NoteKind.WINDOW_UPDATE, "window_update"),
    (NoteKind.DUPLICATE_ACK, "duplicate_ack"),
)
_PROBES = ("keepalive", "zero_window_probe")
_UNWATCHED = frozenset((NoteKind.UNWATCHED, NoteKind.CONNECTIONS_UNWATCHED))

_BESIDES = (
    (NoteKind.GSO, "gso"),
    (NoteKind.LOST_BEFORE_LEAVING, "lost_before_leaving"),
    (NoteKind.OUT_OF_ORDER, "out_of_order"),
    (NoteKind.PREVIOUS_NOT_CAPTURED, "not_captured"),
    (NoteKind.WINDOW_FULL, "window_full"),
)


class Segments:
    """The segments of a conversation, with what came before each, and the calls that are known."""

    def __init__(self, conversation: Conversation, landmarks: Landmarks) -> None:
        self._conversation = conversation
        self._landmarks = landmarks
        self._repetitions = Repetitions(conversation, landmarks)
        self._owners: dict[int, list[str]] = {}  # the names of its own side's calls
        self._ends: set[int] = set()  # those that were sent because a process ended
        for joined in conversation.calls:
            for index in joined.segments:
                if conversation.segments[index].sender != joined.side:
                    continue
                if is_end(joined):
                    self._ends.add(index)
                else:
                    self._owners.setdefault(index, []).append(joined.call.call)
        with_data = (index for index, segment in enumerate(conversation.segments) if segment.length)
        self._first_data = next(with_data, None)
        accepts = [joined.call.t0_ns for joined in conversation.calls if joined.call.call == "accept"]
        self._accept_entered_ns = accepts[0] - conversation.ahead_ns["server"] if accepts else None
        self._fins: dict[Side, int] = {}  # the first of each side, by its index
        for index, segment in enumerate(conversation.segments):
            if segment.has(Flags.FIN):
                self._fins.setdefault(segment.sender, index)

    def cases(self, index: int) -> list[Case]:
        """Return the cases that explain a segment: what it is, and what is special about it."""
        segment = self._conversation.segments[index]
        said = [self._name(index, segment)]
        if segment.length and not segment.has(Flags.SYN):
            if index == self._first_data and self._landmarks.has_offsets:
                said.append("numbers")
            said += [name for note, name in _BESIDES if note in segment.kinds]
            if self._is_first_ack_of_fin(index, segment):
                said.append("fin_acked")
            if said[0].startswith("data") and NoteKind.ZERO_WINDOW in segment.kinds:
                said.append("zero_window")
        values = self._values(index, segment)
        found = [Case(name, values) for name in said]
        corrected = (note for note in segment.notes if isinstance(note, StateNote))
        return found + [Case("revised", {"side": note.side, "state": note.state}) for note in corrected]

    def _name(self, index: int, segment: Segment) -> str:
        if segment.has(Flags.RST):
            return self._reset(index, segment)
        # To a SYN there is no answer in it: the sender still has the connection before this one.
        if segment.ack is not None and segment.state_of(peer_of(segment.sender)) == State.SYN_SENT:
            return "ack_of_before"
        marked = next((name for note, name in _MARKED if note in segment.kinds), None)
        if segment.has(Flags.SYN):
            return self._syn(index, segment, is_again=marked is not None)
        return self._name_new(index, segment) if marked is None else self._name_marked(index, marked)

    def _name_marked(self, index: int, marked: str) -> str:
        if marked == "again":
            return self._repetitions.name(index)
        if marked == "again_spurious":
            return self._repetitions.name_spurious(index)
        return self._repetitions.name_probe(index, marked) if marked in _PROBES else marked

    def _name_new(self, index: int, segment: Segment) -> str:
        if segment.has(Flags.FIN):
            return self._fin(index, segment)
        if segment.length:
            return self._data(index)
        return self._third_ack(segment) if index == self._landmarks.third_ack else self._ack(segment)

    def _data(self, index: int) -> str:
        if not self._landmarks.has_offsets:
            return "data_unplaced"
        return "data_of_send" if "send" in self._owners.get(index, ()) else "data"

    def _reset(self, index: int, segment: Segment) -> str:
        name = next((name for note, name in _RESETS.items() if note in segment.kinds), "rst_no_connection")
        if index in self._ends and name == "rst_unread":
            return "rst_of_end"
        if segment.state_of(segment.sender) == State.SYN_SENT:
            return "rst_of_syn_sent"
        if name == "rst_refused" and index < self._landmarks.of["client"].syns[-1]:
            return "rst_refused_once"  # the attempt goes on
        return "rst_unread_close" if name == "rst_unread" and "close" in self._owners.get(index, ()) else name

    def _syn(self, index: int, segment: Segment, *, is_again: bool) -> str:
        if segment.ack is not None:
            return self._syn_ack(index, segment, is_again=is_again)
        if is_again:
            return self._repetitions.name_syn(index)
        peers = self._landmarks.of[peer_of(segment.sender)].syns
        if peers and peers[0] < index and self._conversation.segments[peers[0]].ack is None:
            return "syn_crossed"
        if segment.length:
            return "syn_data"
        return "syn_of_connect" if "connect" in self._owners.get(index, ()) else "syn"

    def _syn_ack(self, index: int, segment: Segment, *, is_again: bool) -> str:
        if self._conversation.segments[self._landmarks.of[segment.sender].syns[0]].ack is None:
            return "syn_ack_crossed"
        if is_again:
            return self._repetitions.name_syn_ack(index)
        entered_ns = self._accept_entered_ns
        if entered_ns is None:
            return "syn_ack"
        return "syn_ack_asleep" if entered_ns < segment.t_ns else "syn_ack_early"

    def _third_ack(self, segment: Segment) -> str:
        if segment.server_state == State.SYN_RECEIVED:
            return "third_ack_dropped"
        entered_ns = self._accept_entered_ns
        return "third_ack_wakes" if entered_ns is not None and entered_ns < segment.t_ns else "third_ack"

    def _fin(self, index: int, segment: Segment) -> str:
        if NoteKind.SIMULTANEOUS_CLOSE in segment.kinds:
            return self._repetitions.name_fin(index, "fin_simultaneous")
        if NoteKind.FIN_WITH_ACK in segment.kinds:
            return self._repetitions.name_fin(index, "fin_with_ack")
        if self._has_acked_fin(index, segment):
            return "fin_second"
        if index in self._ends:
            return "fin_of_end"
        if self._owners.get(index):
            return "fin_of_call"
        return "fin_of_kernel" if self._is_unclosed(segment.sender) else "fin"

    def _has_acked_fin(self, index: int, segment: Segment) -> bool:
        """Tell whether its sender has acknowledged the other side's FIN before it."""
        fin = self._landmarks.of[peer_of(segment.sender)].fin
        earlier = (other for other in self._conversation.segments[:index] if other.sender == segment.sender)
        return fin is not None and any(other.ack is not None and other.ack >= fin + 2 for other in earlier)

    def _is_unclosed(self, side: Side) -> bool:
        """Tell whether all calls of a side are known, and none of them closes."""
        calls = [joined.call.call for joined in self._conversation.calls if joined.side == side]
        is_cut = not _UNWATCHED.isdisjoint(self._conversation.kinds)
        return bool({"connect", "accept"} & set(calls)) and not {"close", "shutdown"} & set(calls) and not is_cut

    def _ack(self, segment: Segment) -> str:
        marked = next((name for note, name in _MARKED_ACKS if note in segment.kinds), None)
        if marked is not None:
            return marked
        peer = peer_of(segment.sender)
        fin = self._landmarks.of[peer].fin
        if fin is None or segment.ack is None or segment.ack < fin + 2:
            return "ack"
        state = segment.state_of(segment.sender)
        own = self._fins.get(segment.sender)
        if own is None or self._conversation.segments[own].t_ns > segment.t_ns:
            return "ack_fin"
        is_first = own < self._fins[peer] and state == State.TIME_WAIT
        return "ack_fin_time_wait" if is_first else "ack_fin_last"

    def _is_first_ack_of_fin(self, index: int, segment: Segment) -> bool:
        before, peer = self._conversation.segments[index - 1], peer_of(segment.sender)
        return index > 0 and (before.state_of(peer), segment.state_of(peer)) == (State.FIN_WAIT_1, State.FIN_WAIT_2)

    def _values(self, index: int, segment: Segment) -> dict[str, str | int]:
        before = self._repetitions.before(index) if segment.notes else None
        if before is None and segment.has(Flags.FIN):
            before = self._repetitions.fin_before(index)
        if before is None and NoteKind.ZERO_WINDOW_PROBE in segment.kinds and index:
            before = self._conversation.segments[index - 1]
        return {
            "sender": segment.sender,
            "peer": peer_of(segment.sender),
            "length": segment.length,
            "start": max(segment.seq - 1, 0),
            "end": max(segment.seq - 1, 0) + max(segment.length - 1, 0),
            "ack": segment.ack or 0,
            "window": segment.window,
            "call": next(iter(self._owners.get(index, ())), ""),
            "wait": "" if before is None else time(gap_ns(before, segment)),
        }
