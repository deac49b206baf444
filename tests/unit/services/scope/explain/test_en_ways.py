"""The English sentences about ways between vantage points."""

from services.scope.explain.en import SENTENCES
from services.scope.explain.en_ways import WAYS


def test_they_are_among_all_sentences() -> None:
    """The names are of one table."""
    assert SENTENCES.keys() >= WAYS.keys()
