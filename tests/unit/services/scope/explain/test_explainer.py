"""Whole explanations, as a reader gets them."""

import pytest

from services.scope.explain.explainer import Explainer
from services.scope.ladder.folding import Fold, fold
from services.scope.ladder.rows import rows
from services.scope.model import Conversation
from services.scope.words.words import Lang
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.talks import TALKS, talk
from tests.unit.services.scope.harness.wire import followed
from tests.unit.services.scope.ladder.test_folding import transfer


def explained(conversation: Conversation, lang: Lang = "en") -> list[str]:
    """Return what is said of each row and fold."""
    explainer = Explainer(conversation, lang)
    return [explainer.explain(item) for item in fold(rows(conversation), conversation)]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", TALKS)
def test_there_is_something_to_say_of_every_row(name: str, lang: Lang) -> None:
    """And no value is left out of it."""
    for conversation in followed(talk(name)):
        for sentence in explained(conversation, lang):
            assert sentence.endswith((".", "。"))
            assert not {"{", "}"} & set(sentence)


def test_a_sentence_begins_with_a_capital() -> None:
    """Also where it begins with a side."""
    assert all(sentence[0].isupper() or "()" in sentence.split(" ")[0] for sentence in explained(joined(session(), [])))


def test_numbers_are_of_this_very_case() -> None:
    """Here, the bytes of its segment and of its call."""
    text = " ".join(explained(joined(session(), session_calls())))
    assert "It carries 5 bytes that send() put into the client's send buffer, from offset 0 to 4 of the stream." in text
    assert "recv() takes 5 bytes from the receive buffer" in text


def test_a_fold_is_explained_once() -> None:
    """By who sends."""
    conversation = joined(transfer(100), [])
    items = fold(rows(conversation), conversation)
    (found,) = (item for item in items if isinstance(item, Fold))
    assert Explainer(conversation, "zh").explain(found).startswith("长时间的传输：客户端")  # noqa: RUF001 - Chinese
