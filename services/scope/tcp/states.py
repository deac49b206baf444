"""The states of both ends (RFC 9293 3.3.2) as far as segments tell them.

The convention: the states *after a segment* are those once it was sent by its sender and taken in by its receiver, each
with what it had seen by then, and before either answers it. So a SYN leaves the client in SYN-SENT and the server in
LISTEN, until its SYN,ACK shows it in SYN-RECEIVED; that SYN,ACK makes the client ESTABLISHED, and the client's ACK the
server. A FIN that nobody acknowledged yet leaves its receiver in CLOSE-WAIT.

What may differ from what the kernel (TCP_INFO) says at such a moment: a segment that passed the capture point may
not have been taken in yet, or never is (dropped later, or an accept queue is full); Linux keeps TIME-WAIT outside the
socket, whose own state is then CLOSED; and a server's listening socket stays in LISTEN: the states here are the
connection's. So a guess stands until there is evidence: see `revisions`.
"""

from typing import NamedTuple

from services.scope.model import Flags, State
from services.scope.tcp.flow import Flow

_SYN, _RST, _ACK = int(Flags.SYN), int(Flags.RST), int(Flags.ACK)

# Looked up once: in Python 3.11 reading an enum's member is a function call; these took a fifth of the reading time.
_CLOSED, _CLOSE_WAIT, _CLOSING, _ESTABLISHED, _LISTEN, _SYN_RECEIVED, _SYN_SENT = (
    State.CLOSED,
    State.CLOSE_WAIT,
    State.CLOSING,
    State.ESTABLISHED,
    State.LISTEN,
    State.SYN_RECEIVED,
    State.SYN_SENT,
)

# The next state after sending a FIN, after the ACK of that FIN, and after receiving the other's FIN; others stay.
_FIN_SENT = {
    State.SYN_RECEIVED: State.FIN_WAIT_1,
    State.ESTABLISHED: State.FIN_WAIT_1,
    State.CLOSE_WAIT: State.LAST_ACK,
}
_FIN_ACKED = {State.FIN_WAIT_1: State.FIN_WAIT_2, State.CLOSING: State.TIME_WAIT, State.LAST_ACK: State.CLOSED}
_FIN_TAKEN = {
    State.SYN_RECEIVED: State.CLOSE_WAIT,
    State.ESTABLISHED: State.CLOSE_WAIT,
    State.FIN_WAIT_1: State.CLOSING,
    State.FIN_WAIT_2: State.TIME_WAIT,
}

# In which states a side may send data (RFC 9293 3.10.2; before its FIN, and again after it).
MAY_SEND = frozenset((State.ESTABLISHED, State.FIN_WAIT_1, State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK))
# States in which a delayed copy of earlier data may still arrive.
MAY_HAVE_SENT = MAY_SEND | {State.FIN_WAIT_2, State.TIME_WAIT, State.CLOSED}


class End:
    """One end's state."""

    __slots__ = (
        "aborted",
        "answered",
        "asked_again",
        "asks",
        "before_reset",
        "doubted",
        "flow",
        "guessed",
        "speaks",
        "state",
    )

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.state = _CLOSED
        self.asks = False  # it sent a SYN
        self.answered = False  # it sent a SYN,ACK
        self.asked_again = False  # the other's SYN came again: its next SYN,ACK answers that
        self.speaks = False  # it sent something other than a SYN: it is, or was, established
        self.doubted = False  # it sent its SYN,ACK again: it has not taken the handshake's last ACK
        self.guessed = False  # the other end's segment shows that it has this state; none of its own does yet
        self.aborted = False  # it sent an RST that was accepted
        self.before_reset: State | None = None  # its state when an RST arrived


class Step(NamedTuple):
    """The parts of a segment that matter for the states, with relative numbers; `ack` is None without an ACK."""

    flags: int
    seq: int
    ack: int | None
    length: int
    end: int  # one past its last number; SYN and FIN count as one each
    has_new_data: bool  # which its sender had not sent before
    is_new: bool  # it has new data or a new acknowledgement


def begin(client: End, server: End, flags: int) -> None:
    """Set the states that both ends have before the conversation's first segment."""
    if flags & _RST:
        return
    if flags & _SYN:
        client.state, server.state = (_SYN_SENT if flags & _ACK else _CLOSED), _LISTEN
    else:
        client.state = server.state = _ESTABLISHED
        client.speaks = server.speaks = True


def step(sender: End, receiver: End, taken: Step) -> None:
    """Move both ends past one segment, whose numbers are already in the sender's flow."""
    if taken.flags & _RST:
        _reset(sender, receiver, taken)
        return
    if taken.flags & _SYN:
        _synchronise(sender, receiver, taken)
    else:
        _speak(sender, receiver, taken)
    if taken.ack is not None:
        _acknowledge(sender, receiver)
    if sender.flow.fin is not None:
        _finish(sender, receiver, is_late=sender.flow.fin_acked and not taken.length)


def is_taken(receiver: End, taken: Step) -> bool:
    """Tell whether an RST is acceptable to its receiver (RFC 9293 3.10.7.3, 3.10.7.4).

    In SYN-SENT it has to acknowledge the SYN, and no more; else its number must not be below the next expected.
    """
    if receiver.state == _SYN_SENT:
        return taken.ack is not None and 0 < taken.ack <= (receiver.flow.next or 1)
    return taken.seq >= receiver.flow.ack


def _reset(sender: End, receiver: End, taken: Step) -> None:
    accepted = is_taken(receiver, taken)
    # An RST that is not accepted may be forged.
    if _refuses_an_ack(sender, receiver, taken):
        sender.state, sender.guessed = _SYN_SENT, False
    elif accepted or receiver.state != _SYN_SENT:
        _close(sender)
    if accepted:
        sender.aborted = sender.state == _CLOSED
        _close(receiver)


def _refuses_an_ack(sender: End, receiver: End, taken: Step) -> bool:
    """Tell whether it answers an ACK of an earlier connection: the attempt goes on (RFC 9293 3.5.1, 3.10.7.3)."""
    if sender.state == _SYN_SENT:
        return True
    # By its number, which was near the SYN's, that ACK was first taken for an answer.
    has_only_asked = sender.asks and not sender.speaks
    return has_only_asked and taken.ack is None and taken.is_new and taken.seq == receiver.flow.ack


def _close(end: End) -> None:
    if end.state != _CLOSED:
        # An end that goes on after it must have completed its handshake.
        end.before_reset = end.state if end.state in MAY_HAVE_SENT else _ESTABLISHED
    end.state, end.doubted, end.guessed = _CLOSED, False, False


def _synchronise(sender: End, receiver: End, taken: Step) -> None:
    sender.aborted, sender.before_reset = False, None  # it begins again: no state before this is restored
    if taken.ack is None:
        _ask(sender, receiver)
        return
    if sender.state in (_LISTEN, _CLOSED):
        sender.state = _SYN_RECEIVED
    elif sender.state == _ESTABLISHED and sender.answered and not (sender.speaks or sender.asked_again):
        sender.doubted, sender.state = True, _SYN_RECEIVED
    sender.answered, sender.asked_again = True, False
    if receiver.state == _SYN_SENT and receiver.flow.has_sent(taken.ack):
        receiver.state = _ESTABLISHED


def _ask(sender: End, receiver: End) -> None:
    """Take in a SYN: the first one, one that is sent again, or one that was captured late."""
    is_again, sender.asks = sender.asks, True
    if sender.state == _CLOSED and receiver.state in (_CLOSED, _ESTABLISHED) and is_again:
        # Another attempt after an RST, to the same port with the same number.
        receiver.state, receiver.answered, receiver.speaks, sender.speaks = _LISTEN, False, False, False
    elif sender.state == _LISTEN or (receiver.state == _SYN_SENT and not receiver.answered):
        sender.state = receiver.state = _SYN_RECEIVED  # both began: a simultaneous open
        return
    elif sender.speaks or (receiver.answered and not is_again):
        return  # it is older than what came before it in the capture
    receiver.asked_again = receiver.answered
    sender.state = _SYN_SENT
    if receiver.state == _CLOSED and is_again:
        receiver.state, receiver.speaks = _LISTEN, False


def _speak(sender: End, receiver: End, taken: Step) -> None:
    """Take in a segment without SYN: its sender is, or was, established, even if the handshake was not captured."""
    if sender.doubted:
        sender.doubted, sender.state = False, _ESTABLISHED  # it has received the ACK after all
    if sender.state in (_SYN_SENT, _SYN_RECEIVED, _LISTEN) and taken.ack is not None:
        sender.state = _ESTABLISHED
        # A number that it has not sent is of an earlier connection.
        if receiver.state == _LISTEN or (receiver.state == _SYN_SENT and receiver.flow.has_sent(taken.ack)):
            receiver.state, receiver.guessed = _ESTABLISHED, True
    sender.speaks, sender.guessed = True, False
    if sender.aborted and taken.is_new:
        # An end that had reset the connection would send nothing more on it: somebody else sent that RST.
        sender.aborted = False
        _revive(sender, receiver, taken)
        if receiver.state == _CLOSED and receiver.before_reset is not None:
            receiver.state, receiver.guessed = receiver.before_reset, True
    elif taken.length and not _may_send(sender, taken):
        _revive(sender, receiver, taken)
    elif taken.is_new and sender.state == _CLOSED and sender.before_reset is not None:
        sender.state, sender.guessed = sender.before_reset, True  # an RST in its name was not its own


def _may_send(sender: End, taken: Step) -> bool:
    """Tell whether its sender, in the state it is thought to be in, could send this segment with data."""
    if not taken.has_new_data:
        return sender.state in MAY_HAVE_SENT
    fin = sender.flow.fin
    return sender.state in MAY_SEND and (fin is None or taken.end <= fin)


def _revive(sender: End, receiver: End, taken: Step) -> None:
    """Where a segment contradicts an earlier FIN or RST, trust the segment: those were forged, or not received yet."""
    flow, other = sender.flow, receiver.flow
    if flow.fin is not None and flow.fin < taken.end:
        flow.fin, flow.fin_acked = None, False
    if sender.before_reset in MAY_SEND and sender.state == _CLOSED:
        sender.state = sender.before_reset
    else:
        has_taken_fin = other.fin is not None and flow.ack >= other.fin
        sender.state = _CLOSE_WAIT if has_taken_fin else _ESTABLISHED
    sender.guessed = True


def _acknowledge(sender: End, receiver: End) -> None:
    if receiver.state == _SYN_RECEIVED and sender.flow.ack > 0 and not receiver.doubted:
        receiver.state = _ESTABLISHED
    if receiver.flow.fin_acked:
        receiver.state = _FIN_ACKED.get(receiver.state, receiver.state)
        sender.state = _FIN_TAKEN.get(sender.state, sender.state)  # the capture has a gap before that FIN


def _finish(sender: End, receiver: End, *, is_late: bool) -> None:
    """Take in the sender's FIN: it is in this segment, or waited for it. A repeated FIN changes nothing."""
    other_fin = receiver.flow.fin
    if sender.state == _CLOSE_WAIT and is_late:  # captured after the answer to it
        sender.state, receiver.state = State.TIME_WAIT, State.LAST_ACK
    elif sender.state == _CLOSE_WAIT and other_fin is not None and sender.flow.ack < other_fin:
        sender.state = _CLOSING  # simultaneous close: it had not received the other's FIN when it sent its own
    else:
        sender.state = _FIN_SENT.get(sender.state, sender.state)
    if sender.flow.contiguous == sender.flow.fin:  # beyond a gap the FIN waits in the receiver's queue
        receiver.state = _FIN_TAKEN.get(receiver.state, receiver.state)
