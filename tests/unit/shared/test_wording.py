"""How events become sentences."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from shared.calls import Call, log_calls
from shared.wording import SENTENCES, WIDTH, duration, lines, sentence
from tests.unit.harness.facts import Journal
from tests.unit.harness.processes import ROOT

CALL = Call("server", "box", 7, 5, "recv", 1_000, 97_000, 3, "1.1.1.1:5", "2.2.2.2:6", 4, 0, None, "ESTABLISHED")

PRODUCT = [*ROOT.glob("shared/**/*.py"), *ROOT.glob("services/**/*.py")]

# `level` stands where one of the others was chosen at run time.
LEVELS = {"debug", "info", "warning", "error", "exception", "level"}

CALLS: list[tuple[dict[str, Any], str]] = [
    ({"call": "socket", "bytes": None, "tcp_state": "CLOSED"}, "made a socket in 96 us"),
    ({"call": "bind", "bytes": None}, "bound to 1.1.1.1:5 in 96 us"),
    ({"call": "listen", "bytes": None}, "began to listen on 1.1.1.1:5 in 96 us"),
    ({"call": "connect", "bytes": None}, "connected to 2.2.2.2:6 from 1.1.1.1:5 in 96 us, now ESTABLISHED"),
    ({"call": "accept", "bytes": None}, "accepted 2.2.2.2:6 in 96 us, now ESTABLISHED"),
    ({"call": "send"}, "sent 4 B to 2.2.2.2:6 in 96 us"),
    ({}, "received 4 B from 2.2.2.2:6 in 96 us"),
    ({"bytes": 0, "tcp_state": "CLOSE-WAIT"}, "2.2.2.2:6 sends no more, now CLOSE-WAIT"),
    ({"bytes": 0, "tcp_state": "CLOSED"}, "2.2.2.2:6 sends no more"),
    (
        {"call": "shutdown", "tcp_state": "FIN-WAIT-1"},
        "told 2.2.2.2:6 that no more will be sent, in 96 us, now FIN-WAIT-1",
    ),
    ({"call": "close", "tcp_state": None}, "closed the socket of 2.2.2.2:6 in 96 us"),
    ({"call": "close", "peer": None, "tcp_state": None}, "closed the socket in 96 us"),
    ({"call": "connect", "errno": "ECONNREFUSED"}, "connect() with 2.2.2.2:6 failed with ECONNREFUSED after 96 us"),
]


@pytest.mark.parametrize(("fields", "words"), CALLS)
def test_a_call_is_told_as_what_it_did(fields: dict[str, Any], words: str) -> None:
    """Every kind of call has its sentence; descriptors, clocks and offsets are left to JSON."""
    journal = Journal()
    call = {name: getattr(CALL, name) for name in Call.__slots__} | fields
    log_calls(journal.log)(Call(**call))
    (line,) = journal.lines()
    assert sentence(line) == words


def test_facts_that_a_sentence_does_not_name_stand_at_its_end() -> None:
    """A fact added to an event is not lost before the sentence knows it."""
    assert sentence({"event": "capture_not_written", "bytes": 5, "took_ms": 3}) == (
        "5 B of packets not written to the capture, took 3.0 ms"
    )


def test_what_a_fact_does_not_say_is_left_out() -> None:
    """A server without HTTP names no port of it."""
    facts = {"event": "server_listening", "addresses": ["[::]:5000", "1.1.1.1:5"], "backlog": 5, "workers": 2}
    assert sentence({**facts, "http_port": 8000}) == (
        "listening on [::]:5000, 1.1.1.1:5, backlog 5, 2 workers, HTTP on port 8000"
    )
    assert sentence({**facts, "http_port": 0}) == "listening on [::]:5000, 1.1.1.1:5, backlog 5, 2 workers"


def test_an_event_without_a_sentence_is_words_all_the_same() -> None:
    """Noun and verb, then the facts with their units."""
    facts = {"event": "pipe_mended", "pid": 7, "sent_bytes": 70_000, "took_us": 12_000, "ok": True, "nothing": None}
    assert sentence(facts) == "pipe mended: sent 70,000 B, took 12.0 ms, ok yes"
    assert sentence({"event": "pipe_mended", "pid": 7}) == "pipe mended"


@pytest.mark.parametrize(("count", "words"), [(1, "1 line of"), (2, "2 lines of"), (4_000, "4,000 lines of")])
def test_a_number_has_its_plural(count: int, words: str) -> None:
    """One is not several."""
    assert sentence({"event": "log_lines_dropped", "count": count, "why": "full"}).startswith(words)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("peer_finished", "1.1.1.1:5 closed after"),
        ("ECONNRESET", "1.1.1.1:5 reset after"),
        ("E2BIG", "1.1.1.1:5 E2BIG"),
    ],
)
def test_a_known_value_is_said_in_words(ended: str, words: str) -> None:
    """And an unknown one as it is."""
    facts = {"peer": "1.1.1.1:5", "duration_ms": 1.25, "received_bytes": 5, "sent_bytes": 5}
    assert sentence({"event": "connection_closed", "ended": ended, **facts}).startswith(words)


def test_a_value_cannot_steer_the_terminal() -> None:
    """Control characters are shown, not sent; other languages are left alone."""
    assert sentence({"event": "load_failed", "why": "a\x1b[2J\nb 你好"}) == "the load failed: a\\x1b[2J\\nb 你好"


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0 us"), (96_400, "96 us"), (1_250_000, "1.2 ms"), (9_999_000_000, "9,999.0 ms"), (11e9, "11.0 s")],
)
def test_a_duration_has_the_unit_that_fits(ns: int, text: str) -> None:
    """Two or more significant places."""
    assert duration(ns) == text


def test_a_long_sentence_goes_on_under_its_beginning() -> None:
    """Also one with a word that is longer than a line."""
    broken = lines("word " * 30 + "x" * 200, 13)
    assert max(len(line) + 13 * (number == 0) for number, line in enumerate(broken)) <= WIDTH
    assert all(line.startswith(" " * 13) for line in broken[1:])


def events() -> Iterator[str]:
    """Give each event that the code logs."""
    for node in (node for path in PRODUCT for node in ast.walk(ast.parse(path.read_text()))):
        match node:
            case ast.Call(ast.Attribute(attr=name) | ast.Name(id=name), [ast.Constant(str(event)), *_]):
                if name in LEVELS:
                    yield event


def test_every_event_of_the_code_has_a_sentence() -> None:
    """What a newcomer reads was written by somebody: shared/wording.py has the table."""
    found = set(events())
    assert len(found) > 30
    assert found - set(SENTENCES) == set()


def test_every_sentence_is_of_an_event_of_the_code() -> None:
    """A sentence that nothing says any more is deleted."""
    code = "".join(path.read_text() for path in PRODUCT if path.name != "wording.py")
    assert [event for event in SENTENCES if f'"{event}"' not in code] == []


@pytest.mark.parametrize(
    "facts",
    [
        {"event": "connection_closed", "peer": "192.168.208.4:46080", "ended": "peer_finished", "duration_ms": 11.3}
        | {"received_bytes": 5, "sent_bytes": 5},
        {"event": "session_completed", "server": "server:5000", "sent_bytes": 5, "verified_bytes": 5}
        | {"duration_ms": 36.7, "connect_ms": 30.9},
    ],
)
def test_the_line_of_a_session_fits_into_a_terminal(facts: dict[str, Any]) -> None:
    """Into one of 80 columns, behind the time: it comes every two seconds."""
    assert len(f"10:58:20.532 {sentence(facts)}") <= 80
