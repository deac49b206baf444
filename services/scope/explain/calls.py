"""Which sentence explains a call at its entry, at its return, or as a whole."""

from services.scope.calls.shutdowns import ends_receiving, ends_sending
from services.scope.explain.case import Case
from services.scope.ladder.naming import called, is_end, is_signal
from services.scope.ladder.rows import Row
from services.scope.model import Conversation, Flags, JoinedCall, Side, peer_of

_RESET = ("ECONNRESET", "EPIPE")
# Whether it says that no more is sent, and that no more is received.
_SHUTDOWNS = {(True, False): "shutdown", (True, True): "shutdown_both", (False, True): "shutdown_receiving"}
_AT_ENTRY = ("connect", "accept", "send")


class Calls:
    """The calls of a conversation."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def case(self, row: Row) -> Case:
        """Return the case that explains a call's row."""
        joined = self._conversation.calls[row.of]
        call = joined.call
        name = (
            self._name_entry(joined) if row.kind == "enter" else self._name_return(joined, is_whole=row.kind == "call")
        )
        values: dict[str, str | int] = {
            "call": called(joined).partition("(")[0],
            "bytes": call.bytes or 0,
            "errno": call.errno or "",
            "side": joined.side,
            "peer": peer_of(joined.side),
        }
        return Case(name, values)

    def _name_entry(self, joined: JoinedCall) -> str:
        name = joined.call.call
        t0_ns = joined.call.t0_ns - self._conversation.ahead_ns[joined.side]
        waits = any(self._conversation.segments[index].seen_ns(joined.side) > t0_ns for index in joined.segments)
        if name == "accept" and joined.segments and not waits:
            return "accept_enter_ready"
        if name in _AT_ENTRY:
            return f"{name}_enter"
        if name == "recv":
            return "recv_enter" if waits else "recv_enter_ready"
        return self._name_call(joined)

    def _name_return(self, joined: JoinedCall, *, is_whole: bool) -> str:
        call = joined.call
        if call.errno is not None:
            return self._name_failure(joined)
        if call.call == "recv":
            return "recv" if call.bytes else self._name_end(joined)
        if call.call in ("connect", "accept", "send") or is_whole:
            return self._name_call(joined)
        return "return"  # what it did was said at its entry

    def _name_end(self, joined: JoinedCall) -> str:
        is_deaf = any(
            one.side == joined.side and ends_receiving(one.call) and one.call.t0_ns <= joined.call.latest_ns
            for one in self._conversation.calls
        )
        if joined.segments:
            return "recv_end"
        if is_deaf:
            return "recv_end_own"
        return "recv_end_unseen" if self._conversation.segments else "recv_end"

    def _name_failure(self, joined: JoinedCall) -> str:
        call = joined.call
        if call.call == "connect":
            return "connect_refused" if call.errno == "ECONNREFUSED" else "connect_failed"
        return "reset" if call.errno in _RESET and joined.segments else "failed"

    def _name_call(self, joined: JoinedCall) -> str:
        if joined.call.call == "shutdown":
            return _SHUTDOWNS.get((ends_sending(joined.call), ends_receiving(joined.call)), "shutdown")
        return self._name_close(joined) if joined.call.call == "close" else joined.call.call

    def _has_read_all(self, side: Side) -> bool:
        """Tell whether a side's calls took all bytes that its peer has sent."""
        segments = self._conversation.segments
        sent = max((one.seq + one.length for one in segments if one.sender != side and one.length), default=1) - 1
        calls = (joined.call for joined in self._conversation.calls if joined.side == side)
        taken = max(((call.offset or 0) + (call.bytes or 0) for call in calls if call.call == "recv"), default=0)
        return taken >= sent

    def _name_close(self, joined: JoinedCall) -> str:
        if joined.call.peer is None and joined.side == "server":
            return "close_listener"
        if is_end(joined):
            return "killed" if is_signal(joined) else "exit"
        caused = [self._conversation.segments[index] for index in joined.segments]
        if any(segment.has(Flags.RST) for segment in caused):
            return "close_aborted" if self._has_read_all(joined.side) else "close_rst"
        if any(segment.has(Flags.FIN) for segment in caused):
            return "close_fin"
        if any(
            later.call.call == "close" and later.side == joined.side and later.call.t0_ns > joined.call.t0_ns
            for later in self._conversation.calls
        ):
            return "close_shared"
        fins = {segment.sender for segment in self._conversation.segments if segment.has(Flags.FIN)}
        return "close_after" if joined.side in fins else "close"
