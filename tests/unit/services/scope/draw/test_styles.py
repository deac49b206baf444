"""What a segment is foremost."""

import pytest

from services.scope.draw.styles import OF_KIND, kind, of_call, of_state
from services.scope.model import State
from tests.unit.services.scope.harness.calls import call, session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import segments


def test_a_session_opens_carries_data_and_ends() -> None:
    """Each segment by what it is there for."""
    kinds = [kind(segment) for segment in segments(session())]
    assert kinds == ["open", "open", "ack", "data", "ack", "data", "ack", "end", "end", "ack"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a_syn_is_sent_again", "again"), ("a_fin_is_sent_again", "again"), ("nobody_listens", "reset")],
)
def test_trouble_is_seen_first(name: str, expected: str) -> None:
    """Whatever else the segment carries."""
    assert kind(segments(talk(name))[-1]) == expected


def test_trouble_is_red() -> None:
    """A call that failed as well."""
    assert OF_KIND[kind(segments(talk("nobody_listens"))[-1])] == "red"
    assert of_call(call("client", "connect", 0, 1, errno="ECONNREFUSED")) == "red"


def test_the_states_of_an_ending_look_alike() -> None:
    """And unlike an established one."""
    assert of_state(State.FIN_WAIT_1) == of_state(State.TIME_WAIT) != of_state(State.ESTABLISHED)
