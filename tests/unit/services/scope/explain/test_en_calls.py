"""The English sentences about calls."""

from services.scope.explain.en import SENTENCES
from services.scope.explain.en_calls import CALLS


def test_they_are_among_all_sentences() -> None:
    """The names are of one table."""
    assert list(SENTENCES)[-len(CALLS) :] == list(CALLS)
