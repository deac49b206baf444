"""The names of kinds of notes."""

from services.scope.words import kinds


def test_both_languages_shorten_the_same() -> None:
    """Where one needs a shorter name, so does the other."""
    assert set(kinds.EN) == set(kinds.ZH)
