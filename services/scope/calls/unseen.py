"""What was said of calls that nobody will see, and the conversations which that concerns."""

from collections import deque
from collections.abc import Iterator

from services.scope.calls.records import Notice, NoticeKind
from services.scope.calls.sockets import NEAR_NS
from services.scope.model import SIDES, Conversation, ServiceNote

# Most notices kept, the latest: each conversation is held against all of them.
_MAX_NOTICES = 64

_OF_LOST_RECORDS = (NoticeKind.RECORDS_DROPPED, NoticeKind.RECORDS_LOST, NoticeKind.RECORDS_MISSING)

# A listener's calls are shared: with them alone a server has none of its own.
_OF_THE_LISTENER = ("bind", "listen")


class Unseen:
    """Notices that name no connection."""

    def __init__(self) -> None:
        self.notices: deque[Notice] = deque()
        self._told: set[Notice] = set()  # those of them that concerned a conversation

    def add(self, notice: Notice) -> bool:
        """Keep a notice of calls that nobody will see; return whether it is one."""
        is_one = notice.kind == NoticeKind.IO_URING or notice.kind in _OF_LOST_RECORDS
        if is_one:
            if len(self.notices) == _MAX_NOTICES:
                self._told.discard(self.notices.popleft())
            self.notices.append(notice)
        return is_one

    def mark(self, conversation: Conversation) -> None:
        """Note on a joined conversation what of its calls may be missing."""
        for notice in self.notices:
            if _concerns(notice, conversation):
                conversation.notes.append(notice.note())
                self._told.add(notice)

    def rest(self) -> Iterator[ServiceNote]:
        """Give what concerned no conversation."""
        return (notice.note() for notice in self.notices if notice not in self._told)


def _concerns(notice: Notice, conversation: Conversation) -> bool:
    """Tell whether calls may be missing: of the process that it names, or at its time of an end without any."""
    first_ns, last_ns = conversation.segments[0].t_ns, conversation.segments[-1].t_ns
    if notice.t_ns > last_ns + NEAR_NS:
        return False
    of_conversation = [one.call for one in conversation.calls]
    seen = {one.side for one in conversation.calls if one.call.call not in _OF_THE_LISTENER}
    is_one_end_missing = len(seen) < len(SIDES)
    if notice.kind == NoticeKind.IO_URING:  # from then on
        is_its_own = any((call.host, call.pid) == (notice.host, notice.pid) for call in of_conversation)
        return is_its_own or is_one_end_missing
    is_its_own = notice.host is None or any(call.host == notice.host for call in of_conversation)
    return notice.t_ns >= first_ns - NEAR_NS and (is_its_own or is_one_end_missing)
