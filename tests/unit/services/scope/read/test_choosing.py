"""Which conversations are asked for."""

import pytest

from services.scope.model import Conversation, Endpoint, Note, Outcome
from services.scope.notes import NoteKind
from services.scope.read.choosing import ANYTHING, NOTES, Address, Choice, Numbers
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import followed

(REFUSED,) = followed(talk("nobody_listens"))
(AGAIN,) = followed(talk("a_segment_is_sent_again_after_duplicate_acks"))


def test_numbers_are_single_ones_and_spans() -> None:
    """Both ends of a span are of it."""
    numbers = Numbers("3,7,10-12")
    assert [number for number in range(20) if number in numbers] == [3, 7, 10, 11, 12]
    assert (numbers.last, str(numbers)) == (12, "3,7,10-12")
    assert numbers == Numbers("3-3,7,10-12") != Numbers("3")


@pytest.mark.parametrize("text", ["", "0", "x", "3,", "-3", "3-", "5-3", "1-2-3", "3.5", "²", "9" * 10])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match=r".*"):
        Numbers(text)


@pytest.mark.parametrize(
    ("text", "end", "covers"),
    [
        ("10.0.0.1", Endpoint("10.0.0.1", 80), True),
        ("10.0.0.1", Endpoint("10.0.0.10", 80), False),
        ("10.0.0.0/8", Endpoint("10.9.8.7", 80), True),
        ("10.0.0.7/8", Endpoint("10.9.8.7", 80), True),
        ("10.0.0.0/8", Endpoint("11.0.0.1", 80), False),
        ("10.0.0.0/8", Endpoint("::1", 80), False),
        ("10.0.0.1:80", Endpoint("10.0.0.1", 80), True),
        ("10.0.0.1:80", Endpoint("10.0.0.1", 81), False),
        ("10.0.0.1:80", Endpoint("10.0.0.2", 80), False),
        (":80", Endpoint("2001:db8::1", 80), True),
        (":80", Endpoint("", 80), True),
        ("2001:db8::1", Endpoint("2001:db8::1", 80), True),
        ("2001:db8::/32", Endpoint("2001:db8:1::2", 80), True),
        ("[2001:db8::1]:80", Endpoint("2001:db8::1", 80), True),
        ("[2001:db8::1]:80", Endpoint("2001:db8::1", 81), False),
        ("10.0.0.1", Endpoint("", 80), False),  # after a refusal a call record may have the port alone
    ],
)
def test_an_address_covers_an_end(text: str, end: Endpoint, covers: bool) -> None:  # noqa: FBT001 - a case
    """By itself, by its network, by its port."""
    assert Address.parse(text).covers(end) == covers


@pytest.mark.parametrize(
    "text", ["", "10.0.0.256", "x", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:http", "[::1:80", "::1]:80"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Names among them: a capture has none."""
    with pytest.raises(ValueError, match=r".*"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("choice", "refused", "again"),
    [
        (ANYTHING, True, True),
        (Choice(outcomes={Outcome.REFUSED}), True, False),
        (Choice(outcomes={Outcome.REFUSED, AGAIN.outcome}), True, True),
        (Choice(notes=NOTES["retransmission"]), False, True),
        (Choice(notes=NOTES["rst-nobody-listens"]), True, False),
        (Choice(addresses=(Address.parse("10.0.0.2:5000"),)), True, True),
        (Choice(addresses=(Address.parse("10.1.0.0/16"),)), False, False),
        (Choice(outcomes={Outcome.REFUSED}, notes=NOTES["retransmission"]), False, False),
    ],
)
def test_a_conversation_must_be_like_all_that_is_asked_for(choice: Choice, refused: bool, again: bool) -> None:  # noqa: FBT001 - cases
    """One of the outcomes, and one of the notes, and one of the addresses."""
    assert (choice.takes(REFUSED), choice.takes(AGAIN)) == (refused, again)
    assert bool(choice) == (choice != ANYTHING)


def test_a_note_on_the_whole_counts_as_well() -> None:
    """As much as one on a segment."""
    silent = Conversation(Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2), notes=[Note(NoteKind.NO_HANDSHAKE)])
    assert Choice(notes=NOTES["no-handshake"]).takes(silent)


def test_whoever_asks_for_retransmissions_gets_every_kind() -> None:
    """The fast and the needless ones too; each kind has a name of its own as well."""
    assert len(NOTES["retransmission"]) == 3
    assert all(
        kinds == {NoteKind[name.upper().replace("-", "_")]} or name == "retransmission" for name, kinds in NOTES.items()
    )
