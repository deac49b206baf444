"""The states of both ends (RFC 9293 3.3.2) as far as segments tell them.

The convention: the states *after a segment* are those once it was sent by its sender and taken in by its receiver, each
with what it had seen by then, and before either answers it. So a SYN leaves the client in SYN-SENT and the server in
LISTEN, until its SYN,ACK shows it in SYN-RECEIVED; that SYN,ACK makes the client ESTABLISHED, and the client's ACK the
server. A FIN that nobody acknowledged yet leaves its receiver in CLOSE-WAIT.

What may differ from what the kernel (TCP_INFO) says at such a moment: a segment that passed the capture point may
not have been taken in yet, or never is (dropped later, or an accept queue is full); Linux keeps TIME-WAIT outside the
socket, whose own state is then CLOSED; and a server's listening socket stays in LISTEN: the states here are the
connection's. So a guess stands until there is evidence: see `revise`.
"""

from services.scope.model import Flags, Segment, Side, State
from services.scope.tcp.flow import Flow

_SYN, _RST, _ACK = int(Flags.SYN), int(Flags.RST), int(Flags.ACK)

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


class End:
    """One end's state."""

    __slots__ = ("answered", "doubted", "flow", "state")

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.state = State.CLOSED
        self.answered = False  # it sent a SYN,ACK
        self.doubted = False  # it sent its SYN,ACK again: it has not taken the handshake's last ACK


def begin(client: End, server: End, flags: int) -> None:
    """Set the states that both ends have before the conversation's first segment."""
    if flags & _RST:
        return
    if flags & _SYN:
        client.state, server.state = (State.SYN_SENT if flags & _ACK else State.CLOSED), State.LISTEN
    else:
        client.state = server.state = State.ESTABLISHED


def step(sender: End, receiver: End, flags: int, seq: int) -> None:
    """Take both ends over one segment, whose numbers the sender's flow has taken in already."""
    if flags & _RST:
        _reset(sender, receiver, seq)
        return
    if flags & _SYN:
        _synchronise(sender, receiver, flags)
    elif sender.doubted:
        # Anything but a SYN,ACK: it has taken the ACK after all.
        sender.doubted, sender.state = False, State.ESTABLISHED
    if flags & _ACK:
        _acknowledge(sender, receiver)
    if sender.flow.fin is not None:
        _finish(sender, receiver)


def _reset(sender: End, receiver: End, seq: int) -> None:
    sender.state = State.CLOSED
    # An old duplicate is outside the window, and is not taken (RFC 9293 3.10.7.4).
    if seq >= receiver.flow.ack or receiver.state == State.SYN_SENT:
        receiver.state = State.CLOSED


def _synchronise(sender: End, receiver: End, flags: int) -> None:
    if not flags & _ACK:
        if sender.state == State.LISTEN or receiver.state == State.SYN_SENT:  # both began: a simultaneous open
            sender.state = receiver.state = State.SYN_RECEIVED
        else:
            sender.state = State.SYN_SENT
        return
    if sender.state in (State.LISTEN, State.CLOSED):
        sender.state = State.SYN_RECEIVED
    elif sender.state == State.ESTABLISHED and sender.answered:
        sender.doubted, sender.state = True, State.SYN_RECEIVED
    sender.answered = True
    if receiver.state == State.SYN_SENT:
        receiver.state = State.ESTABLISHED


def _acknowledge(sender: End, receiver: End) -> None:
    if receiver.state == State.SYN_RECEIVED and sender.flow.ack > 0 and not receiver.doubted:
        receiver.state = State.ESTABLISHED
    if receiver.flow.fin_acked:
        receiver.state = _FIN_ACKED.get(receiver.state, receiver.state)
        sender.state = _FIN_TAKEN.get(sender.state, sender.state)  # where the capture has a gap before that FIN


def _finish(sender: End, receiver: End) -> None:
    """Take in the sender's FIN, which this segment carries, or waited for; once more changes nothing."""
    other_fin = receiver.flow.fin
    if sender.state == State.CLOSE_WAIT and other_fin is not None and sender.flow.ack < other_fin:
        sender.state = State.CLOSING  # a simultaneous close: it had not taken the other's FIN when it sent its own
    else:
        sender.state = _FIN_SENT.get(sender.state, sender.state)
    if sender.flow.contiguous == sender.flow.fin:  # beyond a gap the FIN waits in the receiver's queue
        receiver.state = _FIN_TAKEN.get(receiver.state, receiver.state)


def revise(segments: list[Segment], first: int, side: Side, state: State) -> None:
    """Put evidence in the place of a guess: from segment `first` on, for as long as the guess was the same.

    What segments told later stands.
    """
    guess = segments[first].state_of(side)
    for segment in segments[first:]:
        if segment.state_of(side) != guess:
            return
        if side == "client":
            segment.client_state = state
        else:
            segment.server_state = state
