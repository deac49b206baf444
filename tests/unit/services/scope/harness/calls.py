"""Call records made by hand, on the clock and the addresses of a Talk."""

from collections.abc import Iterable

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Record
from services.scope.model import Conversation, JoinedCall
from shared.calls import Call
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, START_NS, Talk, followed

CLIENT, SERVER = "10.0.0.1:40000", "10.0.0.2:5000"


def call(
    side: str,
    name: str,
    from_ms: float,
    to_ms: float,
    moved: tuple[int, int] | None = None,
    *,
    errno: str | None = None,
    state: str | None = "ESTABLISHED",
    names: tuple[str | None, str | None] | None = None,
) -> Call:
    """Return a call of one side; `moved` are its offset and bytes, `names` its own and its peer's."""
    local, peer = names or ((CLIENT, SERVER) if side == "client" else (SERVER, CLIENT))
    begun_ns, ended_ns = (START_NS + round(at_ms * MILLISECOND_NS) for at_ms in (from_ms, to_ms))
    offset, size = moved or (None, None)
    pid = 100 if side == "client" else 200
    return Call(side, "here", pid, 7, name, begun_ns, ended_ns, begun_ns, local, peer, size, offset, errno, state)


def listener(local: str = "0.0.0.0:5000", at_ms: float = -100) -> list[Call]:
    """Return the calls of a server's listening socket."""
    return [
        call("server", name, at_ms + after_ms, at_ms + after_ms, state=state, names=(local, None))
        for name, after_ms, state in (("bind", 0, "CLOSED"), ("listen", 1, "LISTEN"))
    ]


def session() -> Talk:
    """Return a whole one: handshake at 1, 2, 3 ms, five bytes there at 4, back at 6, FINs at 8 and 9."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, 5)
    spoken.server("ACK", 1, 6)
    spoken.server("PSH ACK", 1, 6, 5)
    spoken.client("ACK", 6, 6)
    spoken.client("FIN ACK", 6, 6)
    spoken.server("FIN ACK", 6, 7)
    spoken.client("ACK", 7, 7)
    return spoken


def session_calls() -> list[Call]:
    """Return the calls of both ends of it."""
    return [
        *listener(),
        call("client", "socket", 0.5, 0.6, state="CLOSED", names=(None, None)),
        call("client", "connect", 0.9, 2.1),
        call("server", "accept", 0, 3.1),
        call("client", "send", 3.9, 4.1, (0, 5)),
        call("server", "recv", 3.5, 4.2, (0, 5)),
        call("server", "send", 5.9, 6.1, (0, 5)),
        call("client", "recv", 5.5, 6.2, (0, 5)),
        call("client", "shutdown", 7.9, 8.1, state="FIN-WAIT-1"),
        call("server", "recv", 8.1, 8.2, (5, 0), state="CLOSE-WAIT"),
        call("server", "close", 8.9, 9.1, state=None),
        call("client", "recv", 9.1, 9.2, (5, 0), state="CLOSED"),
        call("client", "close", 9.5, 9.6, state=None),
    ]


def joined(spoken: Talk, records: Iterable[Record]) -> Conversation:
    """Return a talk's one conversation, with its calls."""
    (conversation,) = followed(spoken)
    Assembler(records).complete(conversation)
    return conversation


def of(conversation: Conversation, side: str, name: str) -> list[JoinedCall]:
    """Return one side's calls of that name."""
    return [one for one in conversation.calls if (one.side, one.call.call) == (side, name)]
