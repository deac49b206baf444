"""The causal rules."""

from services.scope.rules import Rule
from tests.unit.services.scope.calls.test_checks import rules
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.talks import talk


def test_every_rule_is_evaluated_on_some_conversation() -> None:
    """A session has all of them but that of an error, for which a reset is needed."""
    reset = joined(
        talk("a_close_leaves_data_unread"),
        [call("client", "send", 3.9, 4.1, (0, 5)), call("client", "recv", 4.5, 6, errno="ECONNRESET", state="CLOSED")],
    )
    assert rules(joined(session(), session_calls())).keys() | rules(reset).keys() == set(Rule)
