"""Counts what there was, for the page's view of the whole system."""

import time
from collections import OrderedDict

from services.scope.live.incoming.taps import Taps
from services.scope.live.losses import Losses
from services.scope.model import Conversation
from services.scope.notes import SENT_AGAIN
from services.scope.page.system import System

# So many clients are named, the latest ones.
MAX_CLIENTS = 32


class Census:
    """The live loop's totals, of conversations that are over."""

    def __init__(self) -> None:
        self._conversations = self._retransmissions = self._rules_broken = 0
        self._clients: OrderedDict[str, int] = OrderedDict()

    def add(self, conversation: Conversation) -> None:
        """Count a conversation that is over."""
        self._conversations += 1
        self._rules_broken += sum(1 for check in conversation.checks if not check.holds)
        self._retransmissions += sum(
            1 for segment in conversation.segments if any(note.kind in SENT_AGAIN for note in segment.notes)
        )
        client = conversation.client.ip
        self._clients[client] = self._clients.pop(client, 0) + 1
        if len(self._clients) > MAX_CLIENTS:
            self._clients.popitem(last=False)

    def system(self, still_open: int, packets: int, taps: Taps, losses: Losses, passed_over: int) -> System:
        """Return all of it, with what others have counted."""
        return System(
            t_ns=time.time_ns(),
            open=still_open,
            conversations=self._conversations,
            packets=packets,
            retransmissions=self._retransmissions,
            rules_broken=self._rules_broken,
            passed_over=passed_over,
            clients=dict(self._clients),
            taps=taps.names,
            taps_were_there=taps.were_there,
            lost=losses.totals(),
        )
