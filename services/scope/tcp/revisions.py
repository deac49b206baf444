"""Corrects the states after earlier segments where a later segment, or a kernel, gives evidence instead of a guess."""

from services.scope.model import Flags, Segment, Side, State


def revise(segments: list[Segment], first: int, side: Side, state: State) -> None:
    """Put evidence in the place of a guess: from segment `first` on, for as long as the guess was the same.

    States that later segments gave evidence of are left as they are.
    """
    guess = segments[first].state_of(side)
    for segment in segments[first:]:
        if segment.state_of(side) != guess:
            return
        if side == "client":
            segment.client_state = state
        else:
            segment.server_state = state


def revise_refused(segments: list[Segment]) -> None:
    """Take in an RST that answers a SYN: nobody has listened since that SYN came."""
    for segment in reversed(segments):
        if segment.server_state != State.LISTEN:
            return
        segment.server_state, segment.inferred = State.CLOSED, False


def revise_unaccepted(segments: list[Segment], side: Side) -> None:
    """Take in that a SYN was not answered by what looked like an answer: its sender refuses it with an RST."""
    for first, segment in enumerate(segments):
        if segment.state_of(side) == State.ESTABLISHED:
            revise(segments, first, side, State.SYN_SENT)
            return


def revise_reset(segments: list[Segment], since: int, side: Side, state: State) -> None:
    """Take in that an end goes on after an RST, segment number `since`: it has not accepted that RST."""
    for first, segment in enumerate(segments):
        if segment.number >= since and segment.state_of(side) == State.CLOSED:
            revise(segments, first, side, state)
            segment.inferred = True
            return


def revise_simultaneous(segments: list[Segment], side: Side) -> None:
    """Take in that a side sends its FIN before it has taken the other's, which was counted as if it had been."""
    for first, segment in enumerate(segments):
        if segment.has(Flags.FIN) and segment.state_of(side) == State.CLOSE_WAIT:
            revise(segments, first, side, State.ESTABLISHED)
            return
