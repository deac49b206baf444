"""Completes conversations: joins their calls, evaluates the checks, and corrects states by what the calls show."""

from collections.abc import Iterable, Iterator

from services.scope.calls.checks import check, withhold
from services.scope.calls.evidence import revise_states
from services.scope.calls.join import join
from services.scope.calls.landmarks import Landmarks
from services.scope.calls.records import Notice, Record
from services.scope.calls.sockets import NEAR_NS, Ends, Sockets, endpoint
from services.scope.calls.unseen import Unseen
from services.scope.model import Conversation, Endpoint, Note, Outcome
from services.scope.notes import NoteKind
from shared.calls import Call


class Assembler:
    """Calls and notices, kept until the conversations that they belong to are complete."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._notices: dict[frozenset[Endpoint | None], list[Notice]] = {}
        self._unseen = Unseen()
        calls: list[Call] = []
        for record in records:
            if isinstance(record, Call):
                calls.append(record)
            elif not self._unseen.add(record):
                names = frozenset((endpoint(record.local), endpoint(record.peer)))
                self._notices.setdefault(names, []).append(record)
        self.records = len(calls)
        self.span_ns = (
            min((call.t0_ns for call in calls), default=0),
            max((call.latest_ns for call in calls), default=0),
        )
        self._sockets = Sockets(calls)

    def complete(self, conversation: Conversation) -> None:
        """Join a conversation that is over, or of which no more will come."""
        self._take_notices(conversation)
        ends = self._sockets.take(conversation)
        if any(ends):
            join(conversation, ends, Landmarks(conversation))
            check(conversation)
            revise_states(conversation)
            _note_tracing(conversation, ends)
        self._unseen.mark(conversation)
        withhold(conversation)

    def rest(self) -> Iterator[Conversation]:
        """Give, without segments, the conversations of which there are only calls."""
        for client, server, ends in self._sockets.rest():
            conversation = Conversation(
                client, server, outcome=Outcome.NOT_CAPTURED, notes=[Note(NoteKind.NOT_CAPTURED)]
            )
            join(conversation, ends, Landmarks(conversation))
            yield conversation

    def left_over(self) -> tuple[list[Call], list[Note]]:
        """Return the calls and notices that belong to no conversation."""
        listeners = [call for listener in self._sockets.unused_listeners() for call in listener.calls]
        notices = [notice.note() for found in self._notices.values() for notice in found]
        return listeners, [*notices, *self._unseen.rest()]

    def _take_notices(self, conversation: Conversation) -> None:
        names: frozenset[Endpoint | None] = frozenset((conversation.client, conversation.server))
        first_ns, last_ns = conversation.segments[0].t_ns, conversation.segments[-1].t_ns
        for notice in self._notices.get(names, ())[:]:
            if first_ns - NEAR_NS <= notice.t_ns <= last_ns + NEAR_NS:
                self._notices[names].remove(notice)
                conversation.notes.append(notice.note())


def _note_tracing(conversation: Conversation, ends: Ends) -> None:
    calls = [joined.call for joined in conversation.calls]
    if any(call.slack_ns for call in calls):
        conversation.notes.append(Note(NoteKind.TRACED))
    traced = [end for end in (ends.client, ends.server) if end is not None and any(call.slack_ns for call in end.calls)]
    if any(call.bytes and call.offset is None for call in calls) or not all(end.begins for end in traced):
        conversation.notes.append(Note(NoteKind.BEGUN_BEFORE))
