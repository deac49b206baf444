"""How a conversation ends, as its segments tell it."""

from services.scope.model import Conversation, Endpoint, Outcome, State
from services.scope.tcp.flow import Flow
from services.scope.tcp.outcomes import tell_outcome, tell_reset
from services.scope.tcp.states import End


def _conversation(outcome: Outcome) -> Conversation:
    return Conversation(Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 5000), outcome)


def _end(state: State) -> End:
    end = End(Flow())
    end.state = state
    return end


def test_an_answer_that_the_client_cannot_use_is_none() -> None:
    """The attempt goes on."""
    server = _end(State.ESTABLISHED)
    for client, outcome in ((State.SYN_SENT, Outcome.UNANSWERED), (State.ESTABLISHED, Outcome.OPEN)):
        conversation = _conversation(Outcome.UNANSWERED)
        tell_outcome(conversation, _end(client), server, server)
        assert conversation.outcome == outcome


def test_an_rst_of_a_client_that_goes_on_asking_is_no_end() -> None:
    """What it refuses was no answer."""
    conversation = _conversation(Outcome.OPEN)
    tell_reset(conversation, _end(State.SYN_SENT), "client", was_refused=False)
    assert conversation.outcome == Outcome.UNANSWERED


def test_an_rst_of_a_closed_end_is_an_end() -> None:
    """Unless both had finished before."""
    for before, after in ((Outcome.OPEN, Outcome.RESET), (Outcome.CLOSED, Outcome.CLOSED)):
        conversation = _conversation(before)
        tell_reset(conversation, _end(State.CLOSED), "server", was_refused=False)
        assert conversation.outcome == after
