"""Which sentences explain a segment: chosen by its flags and notes, and by the calls there are."""

from services.scope import notes
from services.scope.calls.landmarks import Landmarks
from services.scope.explain.case import Case
from services.scope.ladder import labels
from services.scope.model import Conversation, Segment, Side, peer_of
from services.scope.tcp.states import FIN_WAIT_1, FIN_WAIT_2, SYN_RECEIVED, TIME_WAIT

_RESETS = {
    notes.RST_NOBODY_LISTENS: "rst_refused",
    notes.RST_AFTER_CLOSE: "rst_after_close",
    notes.RST_NO_CONNECTION: "rst_no_connection",
    notes.RST_ABORTED: "rst_aborted",
    notes.RST_UNREAD_OR_ABORTED: "rst_unread",
}

# The first that a segment has decides: a repetition is one whatever it carries.
_MARKED = (
    (notes.FAST_RETRANSMISSION, "again_fast"),
    (notes.SPURIOUS_RETRANSMISSION, "again_spurious"),
    (notes.RETRANSMISSION, "again"),
    (notes.KEEPALIVE_ACK, "keepalive_ack"),
    (notes.KEEPALIVE, "keepalive"),
    (notes.ZERO_WINDOW_PROBE_ACK, "zero_window_probe_ack"),
    (notes.ZERO_WINDOW_PROBE, "zero_window_probe"),
)
_MARKED_ACKS = (
    (notes.ZERO_WINDOW, "zero_window"),
    (notes.WINDOW_UPDATE, "window_update"),
    (notes.DUPLICATE_ACK, "duplicate_ack"),
)
# TCP_RTO_MIN, include/net/tcp.h; a little less, as the time at which a segment is captured is not when it was sent.
_LEAST_TIME_OUT_NS = 195_000_000

_BESIDES = (
    (notes.GSO, "gso"),
    (notes.OUT_OF_ORDER, "out_of_order"),
    (notes.PREVIOUS_NOT_CAPTURED, "not_captured"),
    (notes.WINDOW_FULL, "window_full"),
)


class Segments:
    """The segments of a conversation, with what was before them and which calls there are."""

    def __init__(self, conversation: Conversation, landmarks: Landmarks) -> None:
        self._conversation = conversation
        self._landmarks = landmarks
        self._owners: dict[int, list[str]] = {}  # the names of its own side's calls
        for joined in conversation.calls:
            for index in joined.segments:
                if conversation.segments[index].sender == joined.side:
                    self._owners.setdefault(index, []).append(joined.call.call)
        with_data = (index for index, segment in enumerate(conversation.segments) if segment.length)
        self._first_data = next(with_data, None)
        accepts = [joined.call.t0_ns for joined in conversation.calls if joined.call.call == "accept"]
        self._accept_entered_ns = accepts[0] - conversation.ahead_ns["server"] if accepts else None
        self._fins: dict[Side, int] = {}  # the first of each side, by its index
        for index, segment in enumerate(conversation.segments):
            if "FIN" in segment.flags:
                self._fins.setdefault(segment.sender, index)

    def cases(self, index: int) -> list[Case]:
        """Return what there is to say of a segment: what it is, and what is remarkable of it."""
        segment = self._conversation.segments[index]
        said = [self._name(index, segment)]
        if segment.length and "SYN" not in segment.flags:
            if index == self._first_data:
                said.append("numbers")
            said += [name for note, name in _BESIDES if _has(segment, note)]
            if self._is_first_ack_of_fin(index, segment):
                said.append("fin_acked")
            if said[0].startswith("data") and _has(segment, notes.ZERO_WINDOW):
                said.append("zero_window")
        values = self._values(index, segment)
        found = [Case(name, values) for name in said]
        for note in segment.notes:
            if note.endswith(notes.BY_TCP_INFO):
                side, state, *_ = note.split(" ")
                found.append(Case("revised", {"side": side, "state": state}))
        return found

    def _name(self, index: int, segment: Segment) -> str:
        if "RST" in segment.flags:
            return self._reset(index, segment)
        marked = next((name for note, name in _MARKED if _has(segment, note)), None)
        if "SYN" in segment.flags:
            return self._syn(index, segment, is_again=marked is not None)
        if marked is not None:
            return self._again(index, segment) if marked == "again" else marked
        if "FIN" in segment.flags:
            return self._fin(index, segment)
        if segment.length:
            return "data_of_send" if "send" in self._owners.get(index, ()) else "data"
        return self._third_ack(segment) if index == self._landmarks.third_ack else self._ack(segment)

    def _again(self, index: int, segment: Segment) -> str:
        before = self._before(index)
        if before is None:
            return "again_unknown"
        return "again" if segment.t_ns - before.t_ns >= _LEAST_TIME_OUT_NS else "again_early"

    def _reset(self, index: int, segment: Segment) -> str:
        name = next((name for note, name in _RESETS.items() if note in segment.notes), "rst_no_connection")
        return "rst_unread_close" if name == "rst_unread" and "close" in self._owners.get(index, ()) else name

    def _syn(self, index: int, segment: Segment, *, is_again: bool) -> str:
        if segment.ack is None:
            if is_again:
                return "syn_again"
            if segment.length:
                return "syn_data"
            return "syn_of_connect" if "connect" in self._owners.get(index, ()) else "syn"
        if is_again:
            return "syn_ack_again"
        entered_ns = self._accept_entered_ns
        if entered_ns is None:
            return "syn_ack"
        return "syn_ack_asleep" if entered_ns < segment.t_ns else "syn_ack_early"

    def _third_ack(self, segment: Segment) -> str:
        if segment.server_state == SYN_RECEIVED:
            return "third_ack_dropped"
        entered_ns = self._accept_entered_ns
        return "third_ack_wakes" if entered_ns is not None and entered_ns < segment.t_ns else "third_ack"

    def _fin(self, index: int, segment: Segment) -> str:
        if notes.SIMULTANEOUS_CLOSE in segment.notes:
            return "fin_simultaneous"
        if notes.FIN_WITH_ACK in segment.notes:
            return "fin_with_ack"
        if self._fins.get(peer_of(segment.sender), index) < index:
            return "fin_second"
        if self._owners.get(index):
            return "fin_of_call"
        return "fin_of_kernel" if self._is_unclosed(segment.sender) else "fin"

    def _is_unclosed(self, side: Side) -> bool:
        """Tell whether its calls are known, to their end, and none of them closes."""
        calls = [joined.call.call for joined in self._conversation.calls if joined.side == side]
        is_cut = any("not watched" in note for note in self._conversation.notes)
        return bool({"connect", "accept"} & set(calls)) and not {"close", "shutdown"} & set(calls) and not is_cut

    def _ack(self, segment: Segment) -> str:
        marked = next((name for note, name in _MARKED_ACKS if _has(segment, note)), None)
        if marked is not None:
            return marked
        peer = peer_of(segment.sender)
        fin = self._landmarks.of[peer].fin
        if fin is None or segment.ack is None or segment.ack < fin + 2:
            return "ack"
        state = segment.client_state if segment.sender == "client" else segment.server_state
        own = self._fins.get(segment.sender)
        if own is None or self._conversation.segments[own].t_ns > segment.t_ns:
            return "ack_fin"
        is_first = own < self._fins[peer] and state == TIME_WAIT
        return "ack_fin_time_wait" if is_first else "ack_fin_last"

    def _is_first_ack_of_fin(self, index: int, segment: Segment) -> bool:
        before = self._conversation.segments[index - 1]
        states = (
            (before.client_state, segment.client_state)
            if segment.sender == "server"
            else (before.server_state, segment.server_state)
        )
        return index > 0 and states == (FIN_WAIT_1, FIN_WAIT_2)

    def _before(self, index: int) -> Segment | None:
        """Return the same side's last segment that carried what this one begins with, or asked for the same."""
        segment = self._conversation.segments[index]
        for other in reversed(self._conversation.segments[:index]):
            if other.sender == segment.sender and other.seq <= segment.seq < _end(other):
                return other
        return None

    def _values(self, index: int, segment: Segment) -> dict[str, str | int]:
        before = self._before(index) if segment.notes else None
        if before is None and _has(segment, notes.ZERO_WINDOW_PROBE) and index:
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
            "wait": "" if before is None else labels.time(segment.t_ns - before.t_ns),
        }


def _end(segment: Segment) -> int:
    return segment.seq + segment.length + ("SYN" in segment.flags) + ("FIN" in segment.flags)


def _has(segment: Segment, mark: str) -> bool:
    return any(note.startswith(mark) for note in segment.notes)
