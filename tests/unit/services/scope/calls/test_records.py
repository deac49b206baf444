"""Call records and notices as lines."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.calls.records import NotARecord, Notice, RecordLines, parse
from services.scope.gaps import Fault
from services.scope.words.words import Words
from shared.calls import as_record
from tests.unit.services.scope.harness.calls import call

CALL = call("server", "recv", 1, 2, (0, 5))
UNWATCHED = {"notice": "unwatched", "service": "server", "host": "here", "pid": 1, "local": "10.0.0.2:5000"}
UNWATCHED |= {"peer": "10.0.0.1:40000", "reason": "budget", "calls": 64, "t_ns": 5}
DROPPED = {"notice": "records_dropped", "service": "client", "host": "here", "pid": 1, "count": 3, "t_ns": 5}


def line(**fields: object) -> bytes:
    """Return a record's line, with some fields of its own."""
    return orjson.dumps(as_record(CALL) | fields)


def test_a_record_is_read_back() -> None:
    """As it is fed."""
    assert parse(line()) == CALL


def test_what_only_a_traced_call_has_is_read_too() -> None:
    """How late it may have ended, its program, and what that called."""
    traced = replace(CALL, slack_ns=5, program="curl", syscall="recvfrom")
    assert parse(line(slack_ns=5, program="curl", syscall="recvfrom")) == traced


def test_a_record_is_read_out_of_a_log_line() -> None:
    """With the log's own fields around it, and the name that Compose puts before."""
    assert parse(b"server-1  | " + line(event="bytes_received", level="debug", timestamp="2026")) == CALL


def test_a_log_line_without_a_call_is_passed_over() -> None:
    """It is no mistake."""
    assert parse(b'{"event":"connection_closed","service":"server","echoed_bytes":5}') is None


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (UNWATCHED, "server: not watched after 64 calls: its budget of calls is used up"),
        (
            UNWATCHED | {"reason": "rate", "calls": 0},
            "server: not watched after 0 calls: there were too many in that second",
        ),
        (
            {**UNWATCHED, "local": None, "peer": None, "reason": "rate", "calls": None, "connections": 70},
            "server: 70 connections were not watched: there were too many in that second",
        ),
        (DROPPED, "client: 3 call records were dropped before they reached the scope"),
        (
            DROPPED | {"notice": "records_lost"},
            "not seen: call records that came faster than the scope could take them: 3",
        ),
        (DROPPED | {"notice": "io_uring"}, "not seen: what client does by io_uring"),
        (DROPPED | {"notice": "clock_stepped"}, "client: clock_stepped"),
    ],
)
def test_a_notice_says_what_is_missing(fields: dict[str, object], text: str) -> None:
    """In words, for people."""
    notice = parse(orjson.dumps(fields))
    assert isinstance(notice, Notice)
    assert Words("en").note(notice.note()) == text


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"Hello", "is not a JSON object: 'Hello'"),
        (b"[1]", "is not a JSON object: '[1]'"),
        (b'{"call": "recv"', 'is not a JSON object: \'{"call": "recv"\''),
        (b'{"a":1}', "has neither call, nor notice, nor event: '{\"a\":1}'"),
        (b'{"call":"recv"}', "is no call record: service is missing"),
        (line(t0_ns="now"), "is no call record: t0_ns is 'now'"),
        (line(bytes=True), "is no call record: bytes is True"),
        (line(slack_ns="late"), "is no call record: slack_ns is 'late'"),
        (line(slack_ns=-1), "is no call record: slack_ns is -1"),
        (line(fd=None), "is no call record: fd is None"),
        (line(call="sendto"), "is no call record: call is 'sendto'"),
        (b'{"notice":"unwatched"}', "is no notice: it needs notice and service, which are text, and t_ns, a number"),
    ],
)
def test_what_is_no_record_is_named(wrong: bytes, why: str) -> None:
    """What is wrong, and with what."""
    with pytest.raises(NotARecord) as caught:
        parse(wrong)
    assert str(caught.value) == why


@given(st.binary() | st.recursive(st.none() | st.integers(0, 9) | st.text(), st.lists).map(orjson.dumps))
def test_no_line_is_too_strange(strange: bytes) -> None:
    """It is a record, or not."""
    lines = RecordLines([strange])
    assert len(list(lines)) + lines.wrong <= 1


def test_of_many_wrong_lines_the_first_is_kept() -> None:
    """And the others are counted; empty ones are nothing."""
    lines = RecordLines([b"\n", b"one", line(), b"two"])
    assert list(lines) == [CALL]
    assert (lines.records, lines.wrong) == (1, 2)
    assert lines.first_wrong is not None
    number, why = lines.first_wrong
    assert (number, why.fault, why.shown) == (2, Fault.NO_OBJECT, "'one'")
