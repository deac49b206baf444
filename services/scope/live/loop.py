"""The live scope's loop: packets and records come in, conversations that are over come out."""

import math
import select
import selectors
import socket
import time
import traceback
from collections import deque

from services.scope.calls.records import Notice
from services.scope.capture.frames import Frame
from services.scope.live.census import Census
from services.scope.live.files import CaptureFiles
from services.scope.live.incoming.following import Following
from services.scope.live.incoming.inbox import Inbox
from services.scope.live.incoming.taps import Taps
from services.scope.live.ledger import Ledger
from services.scope.live.losses import Losses
from services.scope.live.presenter import Presenter
from services.scope.live.tap_losses import TapLosses
from services.scope.live.viewer import Viewer
from services.scope.model import Conversation
from services.scope.page.shelf import Shelf
from shared.load.second import LoadSecond
from shared.log import Log

_TICK_S = 0.1

# Pause between two turns, so that one turn takes many packets: under load, a turn for every few packets would take CPU
# time from the echo. Meanwhile the kernel's buffers hold what arrives: 600 packets and 40 records at 10,000 messages a
# second.
_GATHER_S = 0.02

_SAY_S = 1.0

# How long a finished conversation waits for its last call records: a call is reported when it returns, which may be
# after the last packet, and records arrive by another path than packets.
GRACE_S = 0.5


class Live:
    """A running scope; `conversations` and `packets` count those so far."""

    def __init__(
        self,
        inboxes: list[socket.socket],
        listeners: list[socket.socket],
        port: int,
        presenter: Presenter,
        latest: Shelf,
        files: CaptureFiles | None,
        log: Log,
        viewer: Viewer | None = None,
    ) -> None:
        self.packets = self.conversations = 0
        self._latest = latest
        self._selector = selectors.DefaultSelector()
        self._missed = TapLosses()
        self._taps = Taps(listeners, self._selector, self._take_packets, self._missed.add, log)
        self._ledger = Ledger()
        self._presenter = presenter
        self._files = files
        self._viewer = viewer
        self._following = Following(port, lambda: self._taps.names)
        self._over: deque[tuple[float, Conversation]] = deque()  # each with the time at which to show it
        self._inboxes = [Inbox(sock, self._take_load) for sock in inboxes]
        for sock, inbox in zip(inboxes, self._inboxes, strict=True):
            self._selector.register(sock, selectors.EVENT_READ, lambda inbox=inbox: self._take_records(inbox))
        self._census = Census()
        self._losses = Losses(self._inboxes, self._missed, self._ledger, lambda: self._following.given_up, files, log)

    def run(self, wakeup: socket.socket, stop_at: int) -> bytes:
        """Run until `wakeup` is readable, or so many conversations were shown (0: never); return what woke it."""
        self._selector.register(wakeup, selectors.EVENT_READ, None)
        tick_s = say_s = time.monotonic()
        try:
            while not (stop_at and self._presenter.shown >= stop_at):
                woken = False
                for key, _ in self._selector.select(_TICK_S):
                    if key.data is None:
                        woken = True
                    else:
                        key.data()
                now_s = time.monotonic()
                if now_s >= tick_s:
                    self._hand_over(now_s)
                    if self._viewer is not None:
                        self._viewer.flush()
                    tick_s = now_s + _TICK_S
                if now_s >= say_s:
                    self._taps.tend()
                    self._say(now_s)
                    say_s = now_s + _SAY_S
                if woken or select.select([wakeup], [], [], _GATHER_S)[0]:
                    return wakeup.recv(64)
            return b""
        finally:
            self._selector.unregister(wakeup)

    def close(self) -> None:
        """End; conversations that are still open are shown as far as they have come."""
        self._taps.close()
        self._selector.close()
        now_s = time.monotonic()
        rest = [conversation for _, conversation in self._over]
        for conversation in rest + self._following.drain():
            self._finish(conversation, now_s)
        self._say(now_s)
        self._losses.say(math.inf)
        if self._files is not None:
            self._files.close()

    def _take_packets(self, tap: str, records: bytes, frames: list[Frame]) -> None:
        if not frames:
            return
        if self._files is not None:
            self._files.write(records)
        if self._viewer is not None:
            self._viewer.take_packets(frames)
        self._following.feed(tap, frames)
        self.packets += len(frames)

    def _take_records(self, inbox: Inbox) -> None:
        now_s = time.monotonic()
        for record in inbox.read():
            if isinstance(record, Notice):
                self._losses.notice(record)
            self._ledger.add(record, now_s)

    def _take_load(self, second: LoadSecond) -> None:
        if self._viewer is not None:
            self._viewer.show_load(second)

    def _hand_over(self, now_s: float) -> None:
        """Finish the conversations that have waited long enough for their last calls."""
        for inbox in self._inboxes:  # which may have found a loss, and wait for the late one no longer
            self._take_records(inbox)
        self._over.extend((now_s + GRACE_S, conversation) for conversation in self._following.take())
        while self._over and self._over[0][0] <= now_s:
            self._finish(self._over.popleft()[1], now_s)

    def _finish(self, conversation: Conversation, now_s: float) -> None:
        """Show a conversation. Raises OSError where the output is gone."""
        try:
            self._show(conversation, now_s)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - a bug costs one conversation, and is printed: whoever reaches a tap's port
            traceback.print_exc()  # can make captures up until there is one that finds it

    def _show(self, conversation: Conversation, now_s: float) -> None:
        self._missed.mark(conversation)  # before its calls are held against packets of which some may be missing
        self._ledger.complete(conversation)
        self.conversations += 1
        self._latest.add(conversation, {})
        if self._viewer is not None:
            self._census.add(conversation)
            self._viewer.show(conversation)
        self._presenter.offer(conversation, self.conversations, now_s)

    def _say(self, now_s: float) -> None:
        self._ledger.expire(now_s)
        self._losses.say(now_s)
        self._presenter.say()
        if self._viewer is not None:
            told = len(self._following), self.packets, self._taps, self._losses, self._viewer.passed_over
            self._viewer.tell(self._census.system(*told))
