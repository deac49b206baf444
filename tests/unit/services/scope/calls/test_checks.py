"""The causal rules, and what they say of clocks."""

import pytest

from services.scope.calls.checks import Offset
from services.scope.model import Check, Conversation
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, joined, session, session_calls
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, Talk


def by_rule(conversation: Conversation) -> dict[str, Check]:
    """Return the checks by what they are about."""
    return {check.rule: check for check in conversation.checks}


def test_every_rule_holds_in_a_session() -> None:
    """Each with the time that was left."""
    checks = by_rule(joined(session(), session_calls()))
    assert {rule: check.detail for rule, check in checks.items()} == {
        "ACK of the server's SYN <= accept.t1": "by 100.0 us: accept() of the server",
        "connect.t0 <= first SYN": "by 100.0 us: connect() of the client",
        "SYN,ACK or RST <= connect.t1": "by 100.0 us: connect() of the client",
        "last segment with its bytes <= recv.t1": "by 200.0 us: recv() of the server, the closest of 2",
        "send.t0 <= first segment with its bytes": "by 100.0 us: send() of the client, the closest of 2",
        "shutdown.t0, close.t0 <= own FIN or RST": "by 100.0 us: shutdown() of the client, the closest of 2",
        "peer's FIN <= t1 of recv() = 0": "by 200.0 us: recv() of the server, the closest of 2",
        "client's clock can be the capture's": "between -100.0 us and 100.0 us ahead of the capture's",
        "server's clock can be the capture's": "between -100.0 us and 100.0 us ahead of the capture's",
    }
    assert all(check.holds for check in checks.values())


@pytest.mark.parametrize(
    ("spoken", "made", "rule"),
    [
        (session(), call("client", "connect", 1.1, 2.1), "connect.t0 <= first SYN"),
        (session(), call("client", "connect", 0.9, 1.9), "SYN,ACK or RST <= connect.t1"),
        (session(), call("server", "accept", 0, 2.9), "ACK of the server's SYN <= accept.t1"),
        (session(), call("client", "send", 4.1, 4.2, (0, 5)), "send.t0 <= first segment with its bytes"),
        (session(), call("server", "recv", 3, 3.9, (0, 5)), "last segment with its bytes <= recv.t1"),
        (session(), call("client", "close", 8.1, 8.2), "shutdown.t0, close.t0 <= own FIN or RST"),
        (session(), call("server", "recv", 3, 7.9, (5, 0)), "peer's FIN <= t1 of recv() = 0"),
        (
            talk("nobody_listens"),
            call("client", "connect", 0, 1.9, errno="ECONNREFUSED"),
            "SYN,ACK or RST <= connect.t1",
        ),
        (
            talk("a_close_leaves_data_unread"),
            call("client", "recv", 4, 5.9, errno="ECONNRESET"),
            "RST <= t1 of ECONNRESET",
        ),
    ],
)
def test_a_rule_that_is_broken_is_found(spoken: Talk, made: Call, rule: str) -> None:
    """And how much by."""
    checks = by_rule(joined(spoken, [made]))
    assert not checks[rule].holds
    assert checks[rule].detail.startswith("broken by 1 of 1, by 100.0 us")


def test_a_broken_pipe_proves_nothing() -> None:
    """It may be the side's own shutdown(), before any RST."""
    spoken = talk("a_close_leaves_data_unread")
    assert joined(spoken, [call("client", "send", 4, 5, errno="EPIPE")]).checks == []


def test_a_clock_that_is_ahead_is_found_by_what_it_breaks() -> None:
    """The rules bound how far."""
    checks = by_rule(
        joined(session(), [call("client", "connect", 100.9, 102.1), call("client", "send", 103.9, 104.1, (0, 5))])
    )
    assert not checks["connect.t0 <= first SYN"].holds
    clock = checks["client's clock can be the capture's"]
    assert (clock.holds, clock.detail) == (False, "between 99900.0 us and 100100.0 us ahead of the capture's")


@pytest.mark.parametrize(
    ("offset", "text", "likely_ns"),
    [
        (Offset(-5_000, None), "at least -5.0 us ahead of the capture's", 0),
        (Offset(None, -5_000), "at most -5.0 us ahead of the capture's", -5_000),
        (Offset(5_000, 7_000), "between 5.0 us and 7.0 us ahead of the capture's", 6_000),
        (
            Offset(MILLISECOND_NS, 0),
            "between 1000.0 us and 0.0 us ahead of the capture's: impossible for one that runs evenly",
            0,
        ),
        (Offset(None, None), "unknown", 0),
    ],
)
def test_an_offset_says_what_bounds_it(offset: Offset, text: str, likely_ns: int) -> None:
    """From one side, from both, or by what cannot be."""
    assert (str(offset), offset.likely_ns) == (text, likely_ns)
