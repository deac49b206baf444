"""Shows finished conversations: a new shape as a ladder, others in a line, and no more than can be read."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Protocol

from services.scope.ladder.shape import shape
from services.scope.live.settings import Show
from services.scope.model import Conversation
from shared.log import Log

# No more than people can read; besides, a ladder of many rows takes milliseconds to draw.
LADDER_EVERY_S = 1.0
LINES_A_SECOND = 20

# How many of the latest shapes are remembered; one that was forgotten counts as new.
SHAPES = 100


class Display(Protocol):
    """Where conversations are shown."""

    def draw(self, conversation: Conversation, number: int) -> None:
        """Show one in full."""

    def tell(self, conversation: Conversation, number: int, like: int | None) -> None:
        """Show one in a line; `like` is the number of one that was drawn and went the same way."""


class Presenter:
    """Shows conversations; `shown` and `passed_over` count them so far."""

    def __init__(self, display: Display, show: Show, log: Log) -> None:
        self.shown = self.passed_over = 0
        self._display = display
        self._show = show
        self._log = log
        self._said = 0
        self._next_ladder_s = self._second_ends_s = 0.0
        self._lines_left = 0
        self._drawn: OrderedDict[Hashable, int] = OrderedDict()  # the number of the one that was, by shape

    def offer(self, conversation: Conversation, number: int, now_s: float) -> None:
        """Show a conversation, given its number, unless enough were shown within the last second."""
        shows = {"all": self._draw, "new": self._draw_or_tell, "lines": self._tell, "none": _hide}
        if shows[self._show](conversation, number, now_s):
            self.shown += 1
        else:
            self.passed_over += 1

    def say(self) -> None:
        """Say how many were passed over since the last time, if any were."""
        if self.passed_over > self._said:
            self._log.info("conversations_not_shown", count=self.passed_over - self._said)
            self._said = self.passed_over

    def _draw(self, conversation: Conversation, number: int, now_s: float) -> bool:
        if now_s < self._next_ladder_s:
            return False
        self._display.draw(conversation, number)
        self._next_ladder_s = now_s + LADDER_EVERY_S
        return True

    def _draw_or_tell(self, conversation: Conversation, number: int, now_s: float) -> bool:
        if not self._has_room(now_s):  # asked first: finding the shape takes as long as drawing
            return False
        found = shape(conversation)
        like = self._drawn.get(found)
        if like is not None:
            self._drawn.move_to_end(found)
        elif self._draw(conversation, number, now_s):
            self._drawn[found] = number
            if len(self._drawn) > SHAPES:
                self._drawn.popitem(last=False)
            return True
        return self._tell(conversation, number, now_s, like)

    def _tell(self, conversation: Conversation, number: int, now_s: float, like: int | None = None) -> bool:
        if not self._has_room(now_s):
            return False
        self._lines_left -= 1
        self._display.tell(conversation, number, like)
        return True

    def _has_room(self, now_s: float) -> bool:
        if now_s >= self._second_ends_s:
            self._second_ends_s, self._lines_left = now_s + 1, LINES_A_SECOND
        return self._lines_left > 0


def _hide(_: Conversation, __: int, ___: float) -> bool:
    return True
