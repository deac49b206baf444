"""The English sentences."""

from services.scope.explain.en import SENTENCES


def test_every_sentence_is_one() -> None:
    """It ends with a full stop, and is short enough to be read beside a row."""
    for name, sentence in SENTENCES.items():
        assert sentence.endswith("."), name
        assert len(sentence) < 180, name


def test_it_does_not_say_that_accept_answers_the_syn() -> None:
    """The tutorial does, and the kernel does it."""
    assert all(
        "kernel answers" in SENTENCES[name] for name in SENTENCES if name.startswith("syn_ack") and "again" not in name
    )
