"""The lanes of a ladder's bars, and its zero."""

from services.scope.bars import Bars, zero_ns
from services.scope.model import JoinedCall
from services.scope.rows import rows
from tests.unit.services.scope.joined import call, conversation, transfer
from tests.unit.services.scope.wire import MILLISECOND_NS, START_NS


def bars(*calls: JoinedCall) -> Bars:
    """Return the bars of calls beside a handshake at 1, 2 and 3 ms."""
    found = conversation(transfer(0), *calls)
    return Bars(found, rows(found))


def test_calls_one_after_another_share_a_lane() -> None:
    """As those of one thread do."""
    found = bars(call("client", "connect", (0, 2.5)), call("client", "send", (2.6, 3.5)))
    assert found.lane == {0: 0, 1: 0}
    assert found.lanes == {"client": 1, "server": 1}


def test_calls_that_last_at_once_are_beside_each_other() -> None:
    """As those of two threads are; each side has lanes of its own."""
    found = bars(call("client", "send", (0, 3.5)), call("client", "recv", (1.5, 4)), call("server", "recv", (0, 4)))
    assert [found.lane[index] for index in range(3)] == [0, 1, 0]
    assert found.lanes == {"client": 2, "server": 1}


def test_lanes_are_bounded() -> None:
    """However many calls last at once."""
    assert bars(*(call("client", "recv", (n / 100, 4)) for n in range(20))).lanes["client"] == 4


def test_a_call_during_which_nothing_passed_is_brief() -> None:
    """It is a point, not a bar."""
    found = bars(call("client", "send", (1.2, 1.3)), call("client", "recv", (1.4, 2.5)))
    assert found.brief == {0}


def test_time_begins_with_the_connection() -> None:
    """Not with listen(), which may be hours before; with the first segment where there are no calls."""
    found = conversation(transfer(0), call("server", "listen", (-9, -8)), call("client", "connect", (0.5, 2.5)))
    assert zero_ns(found, rows(found)) == START_NS + MILLISECOND_NS // 2
    found.calls = []
    assert zero_ns(found, rows(found)) == START_NS + MILLISECOND_NS
