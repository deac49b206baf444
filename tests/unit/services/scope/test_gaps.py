"""What a capture does not tell."""

import re

import pytest

from services.scope.gaps import Remark
from services.scope.words.words import Lang, Words


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_counted_says_its_number(lang: Lang) -> None:
    """In the form for one, and in the form for any other number."""
    counted = [kind for kind, phrase in Words(lang).phrases.of_capture.items() if not isinstance(phrase, str)]
    assert counted
    others = dict.fromkeys(("packets", "reasons", "kept", "flags", "number", "why"), "")
    for kind in counted:
        for count in (1, 73):
            # A single wrong line is told by where it is.
            told = [] if (kind, count) == (Remark.WRONG_LINES, 1) else [str(count)]
            assert re.findall(r"\b\d{1,2}\b", Words(lang).remark(kind, count, **others)) == told


def test_a_remark_has_what_is_put_into_it() -> None:
    """By name: where it stands is the language's matter."""
    texts = [Words(lang).remark(Remark.FEWER, 2, asked="3,7") for lang in ("en", "zh")]
    assert texts == ["--conversation is 3,7: there are 2", "--conversation 为 3,7：一共只有 2 个会话"]  # noqa: RUF001 - Chinese
