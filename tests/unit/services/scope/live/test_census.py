"""What is counted of conversations that are over."""

import selectors
from dataclasses import replace

from services.scope.live.census import MAX_CLIENTS, Census
from services.scope.live.incoming.taps import Taps
from services.scope.live.ledger import Ledger
from services.scope.live.losses import Losses
from services.scope.live.tap_losses import TapLosses
from services.scope.model import Conversation, Endpoint
from services.scope.page.system import System
from services.scope.rules import RuleCheck
from tests.unit.harness.facts import Journal
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import followed


def told(census: Census) -> System:
    """Return what the page is told."""
    log, missed = Journal().log, TapLosses()
    taps = Taps([], selectors.DefaultSelector(), lambda *_: None, missed.add, log)
    return census.system(3, 40, taps, Losses([], missed, Ledger(), lambda: 0, None, log), 2)


def test_conversations_are_counted_with_what_is_odd_about_them() -> None:
    """Segments that were sent again, rules that are broken; and what others have counted stands beside."""
    census = Census()
    broken = joined(session(), session_calls())
    rules = [check for check in broken.checks if isinstance(check, RuleCheck)]
    broken.checks = [replace(rules[0], broken=1), *rules[1:]]
    for conversation in (broken, *followed(talk("a_segment_is_sent_again_after_a_time_out"))):
        census.add(conversation)
    found = told(census)
    assert (found.conversations, found.retransmissions, found.rules_broken) == (2, 1, 1)
    assert (found.open, found.packets, found.taps, found.taps_were_there, found.passed_over) == (3, 40, (), False, 2)
    assert found.clients == {"10.0.0.1": 2}
    assert set(found.lost.values()) == {0}


def test_the_latest_clients_are_named() -> None:
    """In bounded memory; one that comes again is among the latest."""
    census = Census()
    for number in (*range(MAX_CLIENTS), 0, MAX_CLIENTS):
        census.add(Conversation(Endpoint(f"10.0.0.{number}", 1), Endpoint("10.0.1.1", 2)))
    clients = told(census).clients
    assert len(clients) == MAX_CLIENTS
    assert list(clients)[-2:] == ["10.0.0.0", f"10.0.0.{MAX_CLIENTS}"]
    assert (clients["10.0.0.0"], "10.0.0.1" in clients) == (2, False)
