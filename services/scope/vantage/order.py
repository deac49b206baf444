"""In which order the vantage points of a conversation stand on the path from the client to the server.

The answer to what the client sends comes back the later, the nearer a point is to the client; to what the server sends,
the earlier. Only differences of one point's clock are used, so it does not matter how the clocks differ.
"""

from collections.abc import Sequence

from services.scope.model import Side
from services.scope.vantage.views import Seen


def place(packets: Sequence[Seen]) -> int:
    """Return where a point stands, to sort by: the less, the nearer to the client."""
    return _answered_ns(packets, "server") - _answered_ns(packets, "client")


def _answered_ns(packets: Sequence[Seen], side: Side) -> int:
    """Return the shortest time from a packet of a side to the other's that acknowledges it; 0 where there is none.

    A handshake decides alone, as its answers do not wait.
    """
    found = list(_answers_ns(packets, side))
    of_handshake = [took_ns for took_ns, is_first in found if is_first]
    return min(of_handshake or [took_ns for took_ns, _ in found], default=0)


def _answers_ns(packets: Sequence[Seen], side: Side) -> list[tuple[int, bool]]:
    # When a number was sent last, by the number that acknowledges it; none below `acknowledged` is asked for again.
    sent: dict[int, int] = {}
    found = []
    acknowledged: int | None = None
    for packet in packets:
        if packet.side == side:
            if packet.end > packet.begin:
                sent[packet.end] = packet.t_ns
        elif packet.ack is not None and (acknowledged is None or packet.ack > acknowledged):
            acknowledged = packet.ack
            sent_ns = sent.get(packet.ack)
            if sent_ns is not None:
                found.append((packet.t_ns - sent_ns, packet.ack == 1))
    return found
