"""Which segments each call caused or waited for: by addresses and byte offsets, never by time.

connect: its SYNs, and the SYN,ACK or RST that it waited for. accept: the ACK that completed the handshake. send: the
segments that carried its bytes first. recv: those that delivered its bytes (a retransmission, where the first was
lost); of the end, the peer's FIN. shutdown and close: their own FIN, or RST. A call that ended in ECONNRESET:
the peer's RST. What is left is the kernel's own: SYN,ACKs that nobody waited for, ACKs, retransmissions, probes.
"""

from services.scope.calls.landmarks import Direction, Landmarks
from services.scope.calls.shutdowns import ends_receiving, ends_sending
from services.scope.calls.sockets import Ends, Socket
from services.scope.ladder.naming import is_end
from services.scope.model import Conversation, JoinedCall, Note, Outcome, Side, peer_of
from services.scope.notes import NoteKind
from shared.calls import Call

# The errors an RST gives a call: ECONNREFUSED before the connection was there, EPIPE where the peer had sent its FIN
# (tcp_reset(), net/ipv4/tcp_input.c).
_RESET = ("ECONNREFUSED", "ECONNRESET", "EPIPE")


def join(conversation: Conversation, ends: Ends, landmarks: Landmarks) -> None:
    """Put the calls of both ends into a conversation, in order of time, with their segments."""
    joined: list[JoinedCall] = []
    if ends.client is not None:
        joined += _join_one_end(conversation, "client", ends.client, landmarks)
    if ends.server is not None:
        joined += _join_one_end(conversation, "server", ends.server, landmarks)
    if ends.listener is not None:
        # The listener is shared: its calls after this conversation, above all its close(), are not part of it.
        ended_ns = max([segment.t_ns for segment in conversation.segments[-1:]] + [one.call.t1_ns for one in joined])
        joined += [JoinedCall(call, "server") for call in ends.listener.calls if call.t0_ns <= ended_ns]
    joined.sort(key=lambda one: one.call.t0_ns)
    conversation.calls = joined
    if not landmarks.has_offsets and any(one.call.bytes for one in joined):
        conversation.notes.append(Note(NoteKind.OFFSETS_UNKNOWN))


def _join_one_end(conversation: Conversation, side: Side, socket: Socket, landmarks: Landmarks) -> list[JoinedCall]:
    own, peers = landmarks.of[side], landmarks.of[peer_of(side)]
    finisher, last_close = _find_finishers(socket)
    deaf = next((call for call in socket.calls if ends_receiving(call)), None)
    joined = []
    for call in socket.calls:
        # Records come from outside: a connect() of the server's, or an accept() of the client's, has no segments.
        if call.call == "connect":
            found = _find_for_connect(call, own, peers, landmarks) if side == "client" else []
        elif call.call == "accept":
            found = [landmarks.third_ack] if side == "server" and landmarks.third_ack is not None else []
        elif (
            call.call == "recv"
            and call.bytes == 0
            and deaf is not None
            and _is_own_end(call, deaf, conversation, peers)
        ):
            found = []
        elif call.call in ("send", "recv"):
            found = _find_for_transfer(call, own, peers, has_offsets=landmarks.has_offsets)
        else:
            found = own.sent.owners(own.fin, own.fin + 1) if call is finisher and own.fin is not None else []
            if call is last_close and conversation.outcome != Outcome.REFUSED:
                found += own.aborts[:1]
        one = JoinedCall(call, side, found)
        if is_end(one):
            # What was closed before its process ended was closed by a call that is not in the trace (strace -e).
            one.segments = [index for index in found if conversation.segments[index].seen_ns(side) >= call.t0_ns]
        joined.append(one)
    return joined


def _find_finishers(socket: Socket) -> tuple[Call | None, Call | None]:
    """Return the call that sent the FIN, and the one that gave the last descriptor back.

    Several descriptors may be one socket (dup, fork): until the last is closed, close() tells the peer nothing.
    The FIN is sent by that close() or by shutdown(), whichever comes first.
    """
    last = next((call for call in reversed(socket.calls) if call.call == "close"), None)
    shutdown = next((call for call in socket.calls if ends_sending(call)), None)
    return shutdown or last, last


def _is_own_end(call: Call, deaf: Call, conversation: Conversation, peers: Direction) -> bool:
    """Tell whether recv() returned 0 since its own side had shut down receiving, before the peer's FIN came."""
    fins = () if peers.fin is None else peers.delivered.owners(peers.fin, peers.fin + 1)
    came = any(conversation.segments[index].t_ns <= deaf.t0_ns for index in fins)
    return call.latest_ns >= deaf.t0_ns and not came


def _find_for_connect(call: Call, own: Direction, peers: Direction, landmarks: Landmarks) -> list[int]:
    answer = landmarks.syn_ack if call.errno is None else next(iter(peers.rsts), None)
    if answer is None or call.errno not in (None, *_RESET):
        return own.syns
    return [*(syn for syn in own.syns if syn < answer), answer]


def _find_for_transfer(call: Call, own: Direction, peers: Direction, *, has_offsets: bool) -> list[int]:
    if call.errno in _RESET:
        return peers.rsts[:1]
    if call.call == "recv" and call.bytes == 0:
        return [] if peers.fin is None else peers.delivered.owners(peers.fin, peers.fin + 1)
    if not call.bytes or call.offset is None or not has_offsets:
        return []
    carried = own.sent if call.call == "send" else peers.delivered
    return carried.owners(call.offset, call.offset + call.bytes)
