"""Who is watched, and for how long: gives each new connection its reporter, within budgets of calls and of time."""

import contextlib
import socket
import time
from collections.abc import Collection
from typing import Self

from shared.calls import Call, Report, address, log_calls
from shared.feeding.feed import Feed
from shared.log import Log
from shared.settings import WatchedSettings

_SECOND_NS = 1_000_000_000

# A record costs 11 us of CPU, 19 where nobody listens (measured): so many a second are at most 2 % of one core.
_RECORDS_PER_S = 1_000

# Most new connections watched in a second, so that each can be reported whole: a short session has 5 to 7 calls.
_BEGINS_PER_S = 100

# A notice costs about as much as a record; beyond these, connections are counted instead of named.
_NOTICES_PER_S = 100

# A scope that starts with the service is there within so many seconds.
_QUIET_S = 10


class PerSecond:
    """An allowance that is renewed at each second of the monotonic clock; callers pass the time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._second = self._taken = 0

    def is_open(self, now_ns: int) -> bool:
        """Tell whether take() would succeed."""
        return (0 if now_ns // _SECOND_NS > self._second else self._taken) < self._limit

    def take(self, now_ns: int) -> bool:
        """Take one, if there is one."""
        second = now_ns // _SECOND_NS
        if second > self._second:  # a slow call began in an earlier second: it counts in this one
            self._second, self._taken = second, 0
        if self._taken >= self._limit:
            return False
        self._taken += 1
        return True


class Watch:
    """The watching of one process: calls go to the log without limit, and to the scope within the budgets."""

    def __init__(self, report: Report | None, feed: Feed | None = None, calls: int = 64) -> None:
        self.feed = feed
        self.calls = calls
        self.records, self.begins, self.notices = map(PerSecond, (_RECORDS_PER_S, _BEGINS_PER_S, _NOTICES_PER_S))
        self._report = report
        self._announced: list[Call] = []
        self._unnamed = 0

    @classmethod
    def of(cls, service: str, settings: WatchedSettings, log: Log) -> Self | None:
        """Return what these settings ask for; None where nobody watches, which then costs nothing."""
        report = log_calls(log) if settings.log_level == "debug" else None
        where = settings.scope_address
        feed = Feed(where, service, log, quiet_s=_QUIET_S) if where else None
        return cls(report, feed, settings.watch_calls) if report or feed else None

    def announce(self, call: Call) -> None:
        """Report a listener's call: made once, before there are workers, and told to each scope that turns up."""
        if self._report is not None:
            self._report(call)
        self._announced.append(call)

    def start(self, listeners: Collection[int] = ()) -> None:
        """Begin, in the process that makes the calls; it announces the listeners of these descriptors."""
        if self.feed is not None:
            self.feed.start([call for call in self._announced if call.fd in listeners])

    def has_room(self) -> bool:
        """Tell whether a new connection would be watched at all."""
        if self._report is not None:
            return True
        now_ns = time.monotonic_ns()
        return self.begins.is_open(now_ns) and self.records.is_open(now_ns)

    def begin(self) -> Report:
        """Return the reporter of a new connection."""
        log = self._report
        if self.feed is None:
            return log or (lambda _: True)
        budgeted = _Budgeted(self, self.feed)
        if log is None:
            return budgeted

        def both(call: Call) -> None:
            log(call)
            budgeted(call)

        return both

    def begun_unwatched(self, fd: int) -> None:
        """Notify the scope of a connection for which there was no room."""
        now_ns = time.monotonic_ns()
        if not self.notices.is_open(now_ns):  # asked here as well: in a storm of connections a name costs too much
            self._unnamed += 1
            return
        sock = socket.socket(fileno=fd)
        try:
            with contextlib.suppress(OSError):  # reset already
                self.notify(now_ns, address(sock.getsockname()), address(sock.getpeername()), "rate", 0)
        finally:
            sock.detach()

    def notify(self, now_ns: int, local: str | None, peer: str | None, reason: str, calls: int) -> None:
        """Notify the scope that a connection goes on unwatched after so many `calls`."""
        if self.feed is None:
            return
        if self.notices.take(now_ns):
            self.feed.notify("unwatched", local=local, peer=peer, reason=reason, calls=calls)
        else:
            self._unnamed += 1

    def flush(self) -> None:
        """Do what is due from time to time; call it often."""
        if self.feed is None:
            return
        if self._unnamed and self.notices.is_open(time.monotonic_ns()):
            self._tell_unnamed(self.feed)
        self.feed.flush()

    def close(self) -> None:
        """End: what is left is sent."""
        if self.feed is None:
            return
        if self._unnamed:
            self._tell_unnamed(self.feed)
        self.feed.close()

    def _tell_unnamed(self, feed: Feed) -> None:
        """Notify the scope of how many `connections` there were beyond those that had a notice of their own."""
        feed.notify("unwatched", local=None, peer=None, reason="rate", calls=None, connections=self._unnamed)
        self._unnamed = 0


class _Budgeted:
    """The reporter of one connection to the scope: a number of calls, while the second's allowance lasts."""

    __slots__ = ("_feed", "_is_over", "_reason", "_sent", "_watch")

    def __init__(self, watch: Watch, feed: Feed) -> None:
        self._watch = watch
        self._feed = feed
        self._sent = 0
        self._reason: str | None = None  # why it is not watched any more
        self._is_over = False  # and the scope has been told

    def __call__(self, call: Call) -> bool:
        watch, now_ns = self._watch, call.mono_ns
        if call.call in ("socket", "accept"):  # a client that tries again has a new connection
            self._sent, self._is_over = 0, False
            self._reason = None if watch.begins.take(now_ns) else "rate"
        if self._is_over:
            return True
        if self._reason is None and not watch.records.take(now_ns):
            self._reason = "rate"
        if self._reason is None:
            self._feed.send(call)
            self._sent += 1
            if self._sent < watch.calls or call.call == "close":
                return False
            self._reason = "budget"
        if call.peer is None:
            return False  # the notice needs the peer's address, which the next call may know
        watch.notify(now_ns, call.local, call.peer, self._reason, self._sent)
        self._is_over = True
        return True
