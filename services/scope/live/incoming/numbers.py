"""What the numbers of datagrams tell: which were lost on their way here, and which came twice."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from shared.feeding.numbering import FEED, NTH, SENT

# So many numbers back a datagram may still come that was overtaken; as many at the most are held to be missing at first
# sight, where a scope cannot have missed the beginning of a numbering that is younger than itself.
WINDOW = 256
_MASK = (1 << WINDOW) - 1

# How long a datagram may be overtaken by others. A conversation waits longer than this for its last records.
REORDERED_S = 0.1

# Most feeds kept, the latest: each process that reports calls has one.
_MAX_FEEDS = 1024

_MOST = 2**63

_Name: TypeAlias = tuple[int, int]


class Gap(NamedTuple):
    """So many datagrams of a service's feed were lost on their way here."""

    service: str
    host: str | None
    datagrams: int


@dataclass(slots=True)
class _Feed:
    service: str
    host: str | None
    top: int  # the highest number so far; -1: none
    seen: int = 0  # a bit for each number, the lowest for `top`
    missing: dict[int, float] = field(default_factory=dict)  # the numbers that may still come, and since when
    lost: int = 0  # not yet told


class NumbersSeen:
    """The numbers seen so far of each feed. Times are in seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[_Name, _Feed] = OrderedDict()
        self._gaps: set[_Name] = set()  # those with something missing or lost
        self._since_ns = time.time_ns()  # what began later is known from its beginning

    def take(self, found: dict[str, Any], now_s: float) -> bool:
        """Take a datagram's number, if it has one; return whether it comes for the first time, and is to be used.

        A datagram that only says how many were sent before it has no use beyond that.
        """
        name = _name_of(found)
        if name is None:
            return True
        nth, sent = _number(found.get(NTH)), _number(found.get(SENT))
        if nth is None:
            if sent:
                self._reach(name, self._feed(name, found, sent), sent, now_s)
            return sent is None
        feed = self._feed(name, found, nth)
        back = feed.top - nth
        if back >= 0:
            return self._take_late(feed, nth, back)
        self._reach(name, feed, nth, now_s)
        feed.seen = feed.seen << 1 & _MASK | 1
        feed.top = nth
        return True

    def gaps(self, now_s: float) -> list[Gap]:
        """Return what has become certain to be lost since the last time."""
        told = []
        for name in list(self._gaps):
            feed = self._feeds[name]
            for nth in [nth for nth, since_s in feed.missing.items() if now_s - since_s >= REORDERED_S]:
                del feed.missing[nth]
                feed.lost += 1
            if feed.lost:
                told.append(Gap(feed.service, feed.host, feed.lost))
                feed.lost = 0
            if not feed.missing:
                self._gaps.discard(name)
        return told

    def _feed(self, name: _Name, found: dict[str, Any], number: int) -> _Feed:
        feed = self._feeds.get(name)
        if feed is not None:
            self._feeds.move_to_end(name)
            return feed
        while len(self._feeds) >= _MAX_FEEDS:
            oldest, _ = self._feeds.popitem(last=False)
            self._gaps.discard(oldest)
            self._since_ns = time.time_ns()  # if it comes again, it is as if this scope had just begun
        is_whole = name[0] > self._since_ns and number <= WINDOW
        service, host = found.get("service"), found.get("host")
        feed = _Feed(
            service if isinstance(service, str) else "",
            host if isinstance(host, str) else None,
            top=-1 if is_whole else number - 1,
        )
        self._feeds[name] = feed
        return feed

    def _reach(self, name: _Name, feed: _Feed, number: int, now_s: float) -> None:
        """Note that all before this number were sent."""
        skipped = number - feed.top - 1
        if skipped <= 0:
            return
        kept = min(skipped, WINDOW)
        feed.lost += skipped - kept
        feed.missing.update(dict.fromkeys(range(number - kept, number), now_s))
        feed.seen = 0 if skipped >= WINDOW else feed.seen << skipped & _MASK
        feed.top = number - 1
        for nth in [nth for nth in feed.missing if nth <= feed.top - WINDOW]:
            del feed.missing[nth]
            feed.lost += 1
        self._gaps.add(name)

    def _take_late(self, feed: _Feed, nth: int, back: int) -> bool:
        if back >= WINDOW or feed.seen >> back & 1:
            return False
        feed.seen |= 1 << back
        feed.missing.pop(nth, None)
        return True


def _name_of(found: dict[str, Any]) -> _Name | None:
    name = found.get(FEED)
    if type(name) is list and [type(part) for part in name] == [int, int]:
        return name[0], name[1]
    return None


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < _MOST else None
