"""What of the finished conversations is shown: one a second at the most, and the number of the others."""

from collections.abc import Callable
from typing import TypeAlias

from services.scope.model import Conversation
from shared.log import Log

# A reader's pace; and a ladder of many rows costs the scope milliseconds.
EVERY_S = 1.0

Show: TypeAlias = Callable[[Conversation], None]


class Presenter:
    """Shows conversations; `shown` and `passed_over` count them so far."""

    def __init__(self, show: Show, log: Log) -> None:
        self.shown = self.passed_over = 0
        self._show = show
        self._log = log
        self._said = 0
        self._next_s = 0.0

    def offer(self, conversation: Conversation, now_s: float) -> None:
        """Show it, unless one was shown within the last second."""
        if now_s < self._next_s:
            self.passed_over += 1
            return
        self._show(conversation)
        self.shown += 1
        self._next_s = now_s + EVERY_S

    def say(self) -> None:
        """Say how many were passed over since the last time, if any were."""
        if self.passed_over > self._said:
            self._log.info("conversations_not_shown", count=self.passed_over - self._said)
            self._said = self.passed_over
