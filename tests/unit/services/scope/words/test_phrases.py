"""Which phrases there must be."""

import pytest

from services.scope.gaps import Damage, Fault, Lack, Remark
from services.scope.model import Outcome
from services.scope.notes import NoteKind
from services.scope.rules import Rule
from services.scope.words import en, zh
from services.scope.words.phrases import Phrases


@pytest.mark.parametrize("phrases", [en.PHRASES, zh.PHRASES], ids=["en", "zh"])
def test_every_fact_can_be_said(phrases: Phrases) -> None:
    """Each kind of note, rule, outcome and side, in this language."""
    assert (set(phrases.notes), set(phrases.rules)) == (set(NoteKind), set(Rule))
    assert (set(phrases.outcomes), set(phrases.sides)) == (set(Outcome), {"client", "server"})
    assert (set(phrases.lacks), set(phrases.damages), set(phrases.faults)) == (set(Lack), set(Damage), set(Fault))
    assert set(phrases.of_capture) == set(Remark)


def test_both_languages_number_the_same_notes() -> None:
    """A number is not lost in translation."""
    assert set(en.PHRASES.numbered) == set(zh.PHRASES.numbered)
