"""What is written of a conversation, for tests of those who write."""

from services.scope.ladder.labels import Labels, Marks
from services.scope.model import Conversation
from services.scope.words.words import Lang

MARKS = Marks(caused="▸", awaited="◂")


def labels(conversation: Conversation, lang: Lang = "en", *, own_numbers: bool = False) -> Labels:
    """Return a conversation's labels."""
    return Labels(conversation, lang, MARKS, own_numbers=own_numbers)
