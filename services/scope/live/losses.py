"""Logs what the scope did not get or could not use: once a second, if there is anything new."""

from collections import Counter
from collections.abc import Callable

from services.scope.calls.records import Notice, NoticeKind
from services.scope.live.files import CaptureFiles
from services.scope.live.incoming.inbox import Inbox
from services.scope.live.ledger import Ledger
from services.scope.live.tap_losses import TapLosses
from shared.log import Log

# The tracer's own log tells of io_uring, and records that were lost on the way here are counted by the inboxes.
_TOLD_ELSEWHERE = (NoticeKind.IO_URING, NoticeKind.RECORDS_LOST, NoticeKind.RECORDS_MISSING)

# Calls without packets are said so seldom: where no tap sees a client, as on the server's own node of a Swarm, they
# come for as long as it runs.
_WITHOUT_PACKETS_SAID_S = 60.0


class Losses:
    """Watches the counters of the scope's other parts, and the services' own notices."""

    def __init__(
        self,
        inboxes: list[Inbox],
        missed: TapLosses,
        ledger: Ledger,
        given_up: Callable[[], int],
        files: CaptureFiles | None,
        log: Log,
    ) -> None:
        self._inboxes = inboxes
        self._missed = missed
        self._ledger = ledger
        self._given_up = given_up
        self._files = files
        self._log = log
        self._said: Counter[str] = Counter()
        self._without_packets_at_s = 0.0  # when they are said again
        self._noticed: Counter[tuple[str, str]] = Counter()  # by service and kind
        self._not_reported = 0  # what services said so far that they did not report

    def notice(self, notice: Notice) -> None:
        """Take a service's notice of what it did not send, unless it is of a connection or process with a ladder."""
        if notice.peer is None and notice.kind not in _TOLD_ELSEWHERE:
            self._noticed[notice.service, notice.kind] += notice.count or 0
            self._not_reported += notice.count or 0

    def totals(self) -> dict[str, int]:
        """Return how much was lost since the start, by what it is of."""
        return {
            "packets": self._missed.packets,
            "records": sum(inbox.lost + inbox.missing + inbox.refused for inbox in self._inboxes),
            "reports": self._not_reported,
            "conversations": self._given_up(),
            "capture_bytes": self._files.lost_bytes if self._files else 0,
        }

    def say(self, now_s: float) -> None:
        """Log what is new since the last time; at the end it is infinitely late."""
        missed = self._count_new("missed", self._missed.packets)
        if missed:
            self._log.warning("packets_missed", count=missed)
        lost = self._count_new("lost", sum(inbox.lost for inbox in self._inboxes))
        if lost:
            self._log.warning("records_lost", count=lost, why="they came faster than they were read")
        missing = self._count_new("missing", sum(inbox.missing for inbox in self._inboxes))
        if missing:
            self._log.warning("records_lost", count=missing, why="they were sent, and never came here")
        refused = self._count_new("refused", sum(inbox.refused for inbox in self._inboxes))
        if refused:
            why = next(inbox.why_refused for inbox in self._inboxes if inbox.why_refused)
            self._log.warning("datagrams_refused", count=refused, why=f"the last one {why}")
        for (service, kind), count in self._noticed.items():
            # "records_dropped", of calls; "unwatched", of connections
            self._log.warning("calls_not_reported", by=service, kind=kind, count=count)
        self._noticed.clear()
        self._say_without_packets(now_s)
        given_up = self._count_new("given_up", self._given_up())
        if given_up:
            self._log.warning("conversations_given_up", count=given_up, why="more were open than memory is kept for")
        unwritten = self._count_new("unwritten", self._files.lost_bytes if self._files else 0)
        if unwritten:
            self._log.warning("capture_not_written", bytes=unwritten)

    def _say_without_packets(self, now_s: float) -> None:
        if now_s < self._without_packets_at_s:
            return
        calls = self._count_new("calls", self._ledger.expired_calls)
        connections = self._count_new("connections", self._ledger.expired_sockets)
        if calls:
            self._without_packets_at_s = now_s + _WITHOUT_PACKETS_SAID_S
            self._log.warning("calls_without_packets", calls=calls, connections=connections)

    def _count_new(self, what: str, total: int) -> int:
        new = total - self._said[what]
        self._said[what] = total
        return new
