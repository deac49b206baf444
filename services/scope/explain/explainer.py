"""Explains each row of a ladder in one or two sentences: what happened in this very case, and why (RFC 9293)."""

from services.scope.calls.landmarks import Landmarks
from services.scope.explain import en as explain_en
from services.scope.explain import zh as explain_zh
from services.scope.explain.calls import Calls
from services.scope.explain.case import Case
from services.scope.explain.segments import Segments
from services.scope.explain.ways import Ways
from services.scope.ladder.folding import Fold, Item
from services.scope.model import Conversation
from services.scope.words.words import Lang, Words

_TABLES: dict[Lang, dict[str, str]] = {"en": explain_en.SENTENCES, "zh": explain_zh.SENTENCES}

# Values that name a side: each is replaced by the word of the language.
_SIDES = ("sender", "peer", "side")


class Explainer:
    """A conversation, explained in one language."""

    def __init__(self, conversation: Conversation, lang: Lang) -> None:
        self._sentences = _TABLES[lang]
        phrases = Words(lang).phrases
        self._sides, self._between = phrases.sides, phrases.between
        landmarks = Landmarks(conversation)
        self._segments = Segments(conversation, landmarks)
        self._calls = Calls(conversation)
        self._ways = Ways(conversation, Words(lang).ways)

    def explain(self, item: Item) -> str:
        """Return the explanation of a row or fold."""
        if isinstance(item, Fold):
            return self._say([_explain_fold(item)])
        if item.is_segment:
            cases = self._segments.cases(item.of) if item.leaves else []
            return self._say(cases + self._ways.cases(item))
        return self._say([self._calls.case(item)])

    def _say(self, cases: list[Case]) -> str:
        return self._between.join(self._sentence(case) for case in cases)

    def _sentence(self, case: Case) -> str:
        values: dict[str, str] = {}
        for name, value in case.values.items():
            if name in _SIDES:
                values[name] = self._sides["server" if value == "server" else "client"]
            else:
                values[name] = f"{value:,}" if isinstance(value, int) else value
        return self._sentences[case.name].format(**values)


def _explain_fold(fold: Fold) -> Case:
    if not fold.segments:
        return Case("fold_calls", {})
    return Case("fold", {"sender": "server" if fold.bytes_from["server"] > fold.bytes_from["client"] else "client"})
