"""Facts, said in a language."""

import pytest

from services.scope.model import Note
from services.scope.notes import NoteKind
from services.scope.rules import ClockCheck, Rule, RuleCheck
from services.scope.words.words import Lang, Words, time
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.wire import MILLISECOND_NS

SECOND_NS = 1000 * MILLISECOND_NS


@pytest.mark.parametrize(
    ("t_ns", "text"),
    [
        (0, "0.0 us"),
        (51_517, "51.5 us"),
        (-399_650_000, "-399.65 ms"),
        (10_000_000, "10.00 ms"),
        (61 * 10**9, "61.00 s"),
    ],
)
def test_a_time_has_the_unit_that_it_is_read_in(t_ns: int, text: str) -> None:
    """Microseconds on one host, seconds for time-outs."""
    assert time(t_ns) == text


@pytest.mark.parametrize(
    ("t_ns", "english", "chinese"),
    [
        (51_517, "51.5 us", "51.5 us"),
        (-400, "0 us before", "0 us前"),
        (-399_650_000, "400 ms before", "400 ms前"),
        (-16_004 * MILLISECOND_NS, "16 s before", "16 s前"),
        (-600 * SECOND_NS, "10 min before", "10 min前"),
        (-30 * 3600 * SECOND_NS, "30 h before", "30 h前"),
        (-9 * 86_400 * SECOND_NS, "9 d before", "9 d前"),
    ],
)
def test_what_was_before_is_told_in_a_round_number(t_ns: int, english: str, chinese: str) -> None:
    """A listener may be days older than the connection."""
    assert (Words("en").when(t_ns), Words("zh").when(t_ns)) == (english, chinese)


def test_a_check_is_said_as_the_contract_has_it() -> None:
    """Rule and detail, in English."""
    checks = joined(session(), session_calls()).checks
    assert dict(Words("en").check(check) for check in checks) == {
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


def test_a_broken_rule_says_by_how_much() -> None:
    """And in how many calls."""
    check = RuleCheck(Rule.RST_THEN_ERROR, "client", "recv", -MILLISECOND_NS, 2, 3)
    assert Words("en").check(check) == (
        "RST <= t1 of ECONNRESET",
        "broken by 2 of 3, by 1000.0 us: recv() of the client",
    )


@pytest.mark.parametrize(
    ("least_ns", "most_ns", "text"),
    [
        (-5_000, None, "at least -5.0 us ahead of the capture's"),
        (None, -5_000, "at most -5.0 us ahead of the capture's"),
        (5_000, 7_000, "between 5.0 us and 7.0 us ahead of the capture's"),
        (
            MILLISECOND_NS,
            0,
            "between 1000.0 us and 0.0 us ahead of the capture's: impossible for one that runs evenly",
        ),
        (None, None, "unknown"),
    ],
)
def test_a_clock_says_what_bounds_it(least_ns: int | None, most_ns: int | None, text: str) -> None:
    """From one side, from both, or by what cannot be."""
    assert Words("en").clock(ClockCheck("client", least_ns, most_ns)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "captured twice: 1 copy of a segment is left out"),
        (2, "captured twice: 2 copies of segments are left out"),
    ],
)
def test_a_note_has_a_form_for_one(number: int, text: str) -> None:
    """And another for more."""
    assert Words("en").note(Note(NoteKind.COPIES, number)) == text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_kind_of_note_has_a_name_of_its_own(lang: Lang) -> None:
    """One that needs nothing that belongs to a single note."""
    names = [Words(lang).kind(kind) for kind in NoteKind]
    assert len(set(names)) == len(NoteKind)
    assert not [name for name in names if "{" in name]
