"""Says of each row of a ladder, in one or two sentences, what happened and why (RFC 9293), in this very case."""

from services.scope.calls.landmarks import Landmarks
from services.scope.explain import en as explain_en
from services.scope.explain import zh as explain_zh
from services.scope.explain.calls import Calls
from services.scope.explain.case import Case
from services.scope.explain.segments import Segments
from services.scope.ladder.folding import Fold, Item
from services.scope.model import Conversation

_TABLES = {"en": (explain_en.SENTENCES, explain_en.SIDES, " "), "zh": (explain_zh.SENTENCES, explain_zh.SIDES, "")}

# The parameters that name a side, by the word of the language.
_SIDES = ("sender", "peer", "side")


class Explainer:
    """A conversation, explained in one language: "en" or "zh"."""

    def __init__(self, conversation: Conversation, lang: str) -> None:
        self._sentences, self._sides, self._between = _TABLES[lang]
        landmarks = Landmarks(conversation)
        self._segments = Segments(conversation, landmarks)
        self._calls = Calls(conversation)

    def explain(self, item: Item) -> str:
        """Return what there is to say of a row or fold."""
        if isinstance(item, Fold):
            return self._said([_of_fold(item)])
        if item.kind == "segment":
            return self._said(self._segments.cases(item.of))
        return self._said([self._calls.case(item)])

    def _said(self, cases: list[Case]) -> str:
        return self._between.join(self._sentence(case) for case in cases)

    def _sentence(self, case: Case) -> str:
        values = {
            name: self._sides[str(value)] if name in _SIDES else f"{value:,}" if isinstance(value, int) else value
            for name, value in case.values.items()
        }
        text = self._sentences[case.name].format(**values)
        return text[0].upper() + text[1:] if text.startswith(tuple(self._sides.values())) else text


def _of_fold(fold: Fold) -> Case:
    if not fold.segments:
        return Case("fold_calls", {})
    return Case("fold", {"sender": "server" if fold.bytes_from["server"] > fold.bytes_from["client"] else "client"})
