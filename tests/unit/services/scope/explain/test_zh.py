"""The Chinese sentences."""

import string

from services.scope.explain import en as explain_en
from services.scope.explain.zh import SENTENCES


def test_every_sentence_has_its_translation() -> None:
    """And none is left from before."""
    assert list(SENTENCES) == list(explain_en.SENTENCES)


def test_a_translation_names_no_value_that_the_sentence_does_not_have() -> None:
    """A name that is wrong would be found by the reader."""
    for name, sentence in SENTENCES.items():
        mine, theirs = (
            {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for text in (sentence, explain_en.SENTENCES[name])
        )
        assert mine <= theirs | {"sender"}, name


def test_every_sentence_is_one() -> None:
    """It ends as Chinese sentences do."""
    assert all(sentence.endswith("。") for sentence in SENTENCES.values())
