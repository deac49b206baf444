"""What the scope did not get, said."""

import math
import socket

from services.scope.calls.records import Notice, NoticeKind
from services.scope.live.incoming.inbox import Inbox
from services.scope.live.ledger import EXPIRE_S, Ledger
from services.scope.live.losses import Losses
from services.scope.live.tap_losses import TapLosses
from services.scope.tcp.given_up import GivenUp
from shared.pcap import Lost
from tests.unit.harness.facts import Journal
from tests.unit.services.scope.harness.calls import CLIENT, SERVER, session_calls


def test_each_loss_is_said_once() -> None:
    """How many since the last time, and why."""
    journal, missed, ledger, given_up = Journal(), TapLosses(), Ledger(), GivenUp()
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        inbox = Inbox(sock)
        losses = Losses([inbox], missed, ledger, lambda: given_up.conversations, None, journal.log)
        losses.say(1)
        assert journal.lines() == []
        missed.add("server", Lost(6, 1, 2))
        inbox.lost, inbox.missing, inbox.refused, inbox.why_refused = 3, 4, 2, "is not a JSON object"
        for call in session_calls():
            ledger.add(call, 0)
        ledger.expire(EXPIRE_S + 1)
        given_up.conversations = 4
        losses.say(1)
        losses.say(1)
    facts = [{key: value for key, value in line.items() if key != "why"} for line in journal.lines()]
    assert facts == [
        {"event": "packets_missed", "count": 6},
        {"event": "records_lost", "count": 3},
        {"event": "records_lost", "count": 4},
        {"event": "datagrams_refused", "count": 2},
        {"event": "calls_without_packets", "calls": len(session_calls()) - 2, "connections": 2},
        {"event": "conversations_given_up", "count": 4},
    ]


def test_calls_without_packets_are_gathered_for_a_minute() -> None:
    """On the server's own node of a Swarm no client's packets are seen, and the log is not to be full of it."""
    journal, ledger = Journal(), Ledger()
    losses = Losses([], TapLosses(), ledger, lambda: 0, None, journal.log)
    for now_s in (1, 2, 60, 61, math.inf):
        ledger.expired_calls += 10
        ledger.expired_sockets += 1
        losses.say(now_s)
    assert [(line["calls"], line["connections"]) for line in journal.lines()] == [(10, 1), (30, 3), (10, 1)]


def test_what_services_did_not_report_is_added_up() -> None:
    """By service and reason; what a ladder says, or another line of the log, is not said again."""
    journal = Journal()
    losses = Losses([], TapLosses(), Ledger(), lambda: 0, None, journal.log)
    for count in (2, 3):
        losses.notice(Notice("unwatched", "server", 0, None, None, "rate", count))
    losses.notice(Notice("records_dropped", "client", 0, None, None, None, 7))
    losses.notice(Notice("unwatched", "server", 0, SERVER, CLIENT, "budget", 64))
    for kind in (NoticeKind.IO_URING, NoticeKind.RECORDS_LOST, NoticeKind.RECORDS_MISSING):
        losses.notice(Notice(kind, "server", 0))
    losses.say(1)
    losses.say(1)
    assert journal.lines() == [
        {"event": "calls_not_reported", "by": "server", "kind": "unwatched", "count": 5},
        {"event": "calls_not_reported", "by": "client", "kind": "records_dropped", "count": 7},
    ]


def test_all_that_was_lost_is_told_by_what_it_is_of() -> None:
    """Since the start, whether it was said already or not."""
    missed = TapLosses()
    missed.add("server", Lost(6, 1, 2))
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        inbox = Inbox(sock)
        inbox.lost, inbox.missing, inbox.refused, inbox.why_refused = 3, 4, 2, "is not a JSON object"
        losses = Losses([inbox], missed, Ledger(), lambda: 4, None, Journal().log)
        losses.notice(Notice("unwatched", "server", 0, None, None, "rate", 7))
        losses.say(1)
        assert losses.totals() == {
            "packets": 6,
            "records": 9,
            "reports": 7,
            "conversations": 4,
            "capture_bytes": 0,
        }
