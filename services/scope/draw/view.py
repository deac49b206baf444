"""How a ladder is to be drawn: which rows, which numbers, and whether time is to scale."""

from typing import NamedTuple

from services.scope.ladder.folding import Item, fold
from services.scope.ladder.rows import rows
from services.scope.model import Conversation
from services.scope.words.words import Lang


class View(NamedTuple):
    """How a ladder is drawn.

    Its segments have the numbers of the capture or, with `own_numbers`, count from the conversation's first. A
    `walkable` one has its rows in groups (`data-row`, from 0) and its bars marked (`data-call`), for a script that
    steps through it. `to_scale` makes long waits long. Without `folded` every row of a long transfer is there.
    """

    explain: bool = False
    lang: Lang = "en"
    own_numbers: bool = False
    walkable: bool = False
    to_scale: bool = False
    folded: bool = True

    def items(self, conversation: Conversation) -> list[Item]:
        """Return the ladder's rows from top to bottom."""
        every = rows(conversation)
        return fold(every, conversation) if self.folded else list(every)
