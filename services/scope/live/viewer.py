"""Hands finished conversations with their packets from the live loop to the page, and never holds the loop up."""

from collections.abc import Callable

from services.scope.capture.frames import Frame
from services.scope.live.packets import RecentPackets
from services.scope.model import Conversation
from services.scope.page.process import Page
from services.scope.page.system import System
from shared.load.second import LoadSecond
from shared.log import Log


class Viewer:
    """The page, while its process lives; when that has ended, it is logged once, and the scope goes on without it."""

    def __init__(self, page: Page, log: Log) -> None:
        self._page: Page | None = page
        self._packets = RecentPackets()
        self._log = log

    def take_packets(self, frames: list[Frame]) -> None:
        """Keep packets until their conversations are over."""
        if self._page is not None:
            self._packets.add(frames)

    def show(self, conversation: Conversation) -> None:
        """Hand over a conversation, which is not changed any more."""
        self._hand_over(lambda page: page.offer(conversation, self._packets.of(conversation)))

    def show_load(self, second: LoadSecond) -> None:
        """Hand over a second of a client's load."""
        self._hand_over(lambda page: page.offer_load(second))

    @property
    def passed_over(self) -> int:
        """How many conversations were not handed over so far, as the page was too slow."""
        return self._page.passed_over if self._page is not None else 0

    def tell(self, system: System) -> None:
        """Tell the page how the whole system does."""
        self._hand_over(lambda page: page.tell(system))

    def flush(self) -> None:
        """Send what is queued."""
        self._hand_over(lambda page: page.flush())

    def _hand_over(self, give: Callable[[Page], None]) -> None:
        if self._page is None:
            return
        try:
            give(self._page)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._log.warning("page_lost", why=error.strerror)
        if self._page is not None:
            self._page.reap()
        self._page = None
        self._packets = RecentPackets()
