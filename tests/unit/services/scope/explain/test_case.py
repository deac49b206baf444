"""What is said, before it has a language."""

from services.scope.explain.case import Case
from services.scope.explain.en import SENTENCES as EN
from services.scope.explain.zh import SENTENCES as ZH


def test_a_case_names_a_sentence_of_either_language() -> None:
    """The tables of sentences have the same names."""
    case = Case("fin", {"sender": "client"})
    assert case.name in EN
    assert EN.keys() == ZH.keys()
