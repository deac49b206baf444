"""Call records and notices until their conversation is over."""

from dataclasses import replace

import pytest

from services.scope.calls.records import Notice, NoticeKind, Record
from services.scope.live.ledger import EXPIRE_S, Ledger
from services.scope.model import Conversation
from tests.unit.services.scope.harness.calls import CLIENT, SERVER, call, joined, listener, session, session_calls
from tests.unit.services.scope.harness.wire import START_NS, followed


def completed(ledger: Ledger) -> Conversation:
    """Return the session as the ledger completes it."""
    (conversation,) = followed(session())
    ledger.complete(conversation)
    return conversation


def holding(*records: Record, at_s: float = 0, max_calls: int = 1000) -> Ledger:
    """Return a ledger with these records."""
    ledger = Ledger(max_calls)
    for record in records:
        ledger.add(record, at_s)
    return ledger


def test_a_conversation_gets_what_reading_would_have_given_it() -> None:
    """All calls of both ends and of the listener, and their checks."""
    assert completed(holding(*session_calls())) == joined(session(), session_calls())


def test_what_was_given_is_kept_no_longer() -> None:
    """But the listener, to whom others come."""
    ledger = holding(*session_calls())
    completed(ledger)
    assert [one.call.call for one in completed(ledger).calls] == ["bind", "listen"]
    ledger.expire(10**6)
    assert ledger.expired_calls == 0


def test_a_listener_that_is_announced_again_is_the_same() -> None:
    """To each scope that turns up, and to one that was away."""
    ledger = holding(*listener(), *listener(), *session_calls())
    assert [one.call.call for one in completed(ledger).calls].count("listen") == 1


def test_the_next_connection_of_the_same_addresses_keeps_its_own() -> None:
    """A port can be taken again at once."""
    later = [
        replace(one, t0_ns=one.t0_ns + 5 * 10**8, t1_ns=one.t1_ns + 5 * 10**8, mono_ns=one.mono_ns + 5 * 10**8)
        for one in session_calls()[2:]
    ]
    ledger = holding(*session_calls(), *later)
    assert [one.call for one in completed(ledger).calls] == [
        one.call for one in joined(session(), session_calls()).calls
    ]
    assert [one.call for one in completed(ledger).calls][2:] == sorted(later, key=lambda one: one.t0_ns)


def test_a_refused_client_is_found_though_it_lost_its_address() -> None:
    """After ECONNREFUSED a socket keeps its port alone."""
    names = ("0.0.0.0:40000", SERVER)
    made = call("client", "connect", 0.9, 2.1, errno="ECONNREFUSED", state="CLOSED", names=names)
    assert [one.call for one in completed(holding(made)).calls] == [made]


@pytest.mark.parametrize(("errno", "later"), [("ECONNREFUSED", None), (None, CLIENT)])
def test_a_traced_client_is_found_before_its_own_address_is_told(errno: str | None, later: str | None) -> None:
    """A trace tells it with the first call on the connection; of a connect() that fails, never."""
    made = call("client", "connect", 0.9, 2.1, errno=errno, state=None, names=(None, SERVER))
    closed = call("client", "close", 9.5, 9.6, state=None, names=(later, SERVER))
    ledger = holding(made, closed)
    assert [one.call for one in completed(ledger).calls] == [made, closed]
    assert completed(ledger).calls == []


def test_two_clients_without_an_address_are_not_mixed_up() -> None:
    """By time alone nobody can tell which of them it was: both are kept."""
    made = call("client", "connect", 0.9, 2.1, state=None, names=(None, SERVER))
    ledger = holding(made, replace(made, fd=8, t0_ns=made.t0_ns + 1))
    assert completed(ledger).calls == []
    closed = call("client", "close", 9.5, 9.6, state=None)
    ledger.add(closed, 0)
    assert [one.call for one in completed(ledger).calls] == [made, closed]


def test_conversations_are_told_what_will_not_be_seen() -> None:
    """A notice that names no connection concerns each of its process's, one after another."""
    notice = Notice(NoticeKind.IO_URING, "server", START_NS, host="here", pid=200)
    ledger = holding(notice, *session_calls())
    assert completed(ledger).notes == completed(ledger).notes == [notice.note()]


def test_a_conversation_is_told_that_it_was_watched_no_more() -> None:
    """By the notice with its names."""
    notice = Notice("unwatched", "server", START_NS, SERVER, CLIENT, "budget", 64)
    assert completed(holding(notice)).notes == [notice.note()]


def test_calls_without_packets_expire() -> None:
    """Long after the socket was closed, and not before."""
    ledger = holding(*session_calls())
    ledger.expire(EXPIRE_S)
    assert ledger.expired_calls == 0
    ledger.expire(EXPIRE_S + 1)
    assert (ledger.expired_calls, ledger.expired_sockets) == (len(session_calls()) - 2, 2)
    assert [one.call.call for one in completed(ledger).calls] == ["bind", "listen"]


def test_an_open_connection_does_not_expire() -> None:
    """However long it is silent: its packets may be all there."""
    ledger = holding(*session_calls()[:-1])
    ledger.expire(10**6)
    assert {one.side for one in completed(ledger).calls if one.call.call != "listen"} >= {"client"}


def test_a_health_check_is_not_missed() -> None:
    """Its packets are on loopback, where no tap is."""
    names = ("127.0.0.1:5000", "127.0.0.1:40000")
    ledger = holding(call("server", "accept", 0, 1, names=names), call("server", "close", 2, 3, names=names))
    ledger.expire(10**6)
    assert ledger.expired_calls == 0


def test_it_is_bounded() -> None:
    """The first to come is the first to go, and is counted."""
    calls = [
        replace(call("client", "connect", 0, 1, names=(f"10.0.0.1:{port}", SERVER)), fd=port)
        for port in range(1000, 1100)
    ]
    ledger = holding(*calls, max_calls=10)
    assert (ledger.expired_calls, ledger.expired_sockets) == (90, 90)
