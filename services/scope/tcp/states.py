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

# Looked up once: in Python 3.11 an enum's member is behind a function call, which is a fifth of the time of a capture.
_CLOSED, _CLOSE_WAIT, _CLOSING, _ESTABLISHED, _LISTEN, _SYN_RECEIVED, _SYN_SENT = (
    State.CLOSED,
    State.CLOSE_WAIT,
    State.CLOSING,
    State.ESTABLISHED,
    State.LISTEN,
    State.SYN_RECEIVED,
    State.SYN_SENT,
)

# What sending a FIN, having one's FIN acknowledged, and taking in the other's does to a state; others stay.
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

# In which what was sent before may come once more, having been under way for long.
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
        self.speaks = False  # it sent something else than a SYN: it is, or was, established
        self.doubted = False  # it sent its SYN,ACK again: it has not taken the handshake's last ACK
        self.guessed = False  # it must have come as far, as the other end's segment shows; its own has not yet
        self.aborted = False  # it sent an RST that was taken
        self.before_reset: State | None = None  # the state in which an RST has found it


class Step(NamedTuple):
    """What of a segment matters for the states, all relative; `ack` is None where it acknowledges nothing."""

    flags: int
    seq: int
    ack: int | None
    length: int
    end: int  # the number behind its last, a SYN's and a FIN's included
    has_new_data: bool  # which its sender had not sent before
    is_new: bool  # it has that, or a new acknowledgement


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
    """Take both ends over one segment, whose numbers the sender's flow has taken in already."""
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
        _finish(sender, receiver)


def is_taken(receiver: End, taken: Step) -> bool:
    """Tell whether an RST is acceptable to its receiver (RFC 9293 3.10.7.3, 3.10.7.4).

    In SYN-SENT it has to acknowledge the SYN; in any other state its number must not be one that was taken already.
    """
    if receiver.state == _SYN_SENT:
        return taken.ack is not None and receiver.flow.has_sent(taken.ack)
    return taken.seq >= receiver.flow.ack


def _reset(sender: End, receiver: End, taken: Step) -> None:
    accepted = is_taken(receiver, taken)
    # In SYN-SENT an RST answers an ACK that is not acceptable, and the attempt goes on (RFC 9293 3.10.7.3). One that is
    # not taken may not even be from whom it seems to be.
    if sender.state != _SYN_SENT and (accepted or receiver.state != _SYN_SENT):
        _close(sender)
    if accepted:
        sender.aborted = sender.state == _CLOSED
        _close(receiver)


def _close(end: End) -> None:
    if end.state != _CLOSED:
        # One that goes on nevertheless has had its handshake.
        end.before_reset = end.state if end.state in MAY_HAVE_SENT else _ESTABLISHED
    end.state, end.doubted, end.guessed = _CLOSED, False, False


def _synchronise(sender: End, receiver: End, taken: Step) -> None:
    sender.aborted, sender.before_reset = False, None  # it begins again: nothing of before is taken back
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
    """Take in what is no SYN: whoever sends that is, or was, established, whatever of the handshake was captured."""
    if sender.doubted:
        sender.doubted, sender.state = False, _ESTABLISHED  # it has taken the ACK after all
    if sender.state in (_SYN_SENT, _SYN_RECEIVED, _LISTEN) and taken.ack is not None:
        sender.state = _ESTABLISHED
        if receiver.state == _LISTEN or (receiver.state == _SYN_SENT and _is_of_now(receiver, taken)):
            receiver.state, receiver.guessed = _ESTABLISHED, True
    sender.speaks, sender.guessed = True, False
    if sender.aborted and taken.is_new:
        # Whoever gave up a connection sends nothing more on it: that RST was another's.
        sender.aborted = False
        _revive(sender, receiver, taken)
        if receiver.state == _CLOSED and receiver.before_reset is not None:
            receiver.state, receiver.guessed = receiver.before_reset, True
    elif taken.length and not _may_send(sender, taken):
        _revive(sender, receiver, taken)


def _may_send(sender: End, taken: Step) -> bool:
    """Tell whether a segment with data is of the state that its sender is thought to be in."""
    if not taken.has_new_data:
        return sender.state in MAY_HAVE_SENT
    fin = sender.flow.fin
    return sender.state in MAY_SEND and (fin is None or taken.end <= fin)


def _is_of_now(receiver: End, taken: Step) -> bool:
    """Tell whether a segment acknowledges this very SYN, and not the number of a connection from before."""
    return taken.ack is not None and receiver.flow.has_sent(taken.ack)


def _revive(sender: End, receiver: End, taken: Step) -> None:
    """Believe a segment more than what was before it: a FIN or an RST that was another's, or is yet to be taken."""
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
        sender.state = _FIN_TAKEN.get(sender.state, sender.state)  # where the capture has a gap before that FIN


def _finish(sender: End, receiver: End) -> None:
    """Take in the sender's FIN, which this segment carries, or waited for; once more changes nothing."""
    other_fin = receiver.flow.fin
    if sender.state == _CLOSE_WAIT and other_fin is not None and sender.flow.ack < other_fin:
        sender.state = _CLOSING  # a simultaneous close: it had not taken the other's FIN when it sent its own
    else:
        sender.state = _FIN_SENT.get(sender.state, sender.state)
    if sender.flow.contiguous == sender.flow.fin:  # beyond a gap the FIN waits in the receiver's queue
        receiver.state = _FIN_TAKEN.get(receiver.state, receiver.state)
