"""The texts of remarks."""

from services.scope.gaps import Remark
from services.scope.words import remarks


def test_both_languages_have_each_remark() -> None:
    """One that is missing would be found by the reader alone."""
    assert set(remarks.EN) == set(remarks.ZH) == set(Remark)
