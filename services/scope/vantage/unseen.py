"""What was lost before any point saw it: the sender's numbering of its packets has a gap there.

Linux numbers the packets of a connection one by one (IPv4's identification), before its own firewall can drop them. A
number that no point saw was lost at its sender. That is said where it is certain: all other packets are numbered so,
and what comes behind the gap shows that something is missing: a hole in the stream, or a time-out.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from services.scope.vantage.views import Seen

_WRAP = 1 << 16

# So many packets in a row must be numbered one by one before a gap says anything, and a gap is no longer than this.
_LEAST_STEPS = 4
_MOST_LOST = 16

# Linux waits at least so long until it sends again (TCP_RTO_MIN). What comes sooner may just be the next data.
_TIMEOUT_NS = 200_000_000

# Systems that number the packets of all connections together begin with more hops than this.
_HOPS = 64


def gaps(packets: Sequence[Seen], elsewhere: Collection[int]) -> dict[int, int]:
    """Return how many packets were lost before those with these frames.

    `packets` are all of one side, as the point nearest to it saw them; `elsewhere` are the identifications that other
    points saw.
    """
    steps = list(_steps(packets))
    found = {
        frame: lost for frame, first, lost, shows in steps if lost and shows and not _are_seen(first, lost, elsewhere)
    }
    straight = sum(1 for _, _, lost, _ in steps if not lost)
    is_numbered = straight >= _LEAST_STEPS and straight + len(found) == len(steps)
    return found if is_numbered and all(packet.hops <= _HOPS for packet in packets) else {}


def _steps(packets: Sequence[Seen]) -> Iterator[tuple[int, int, int, bool]]:
    """Give for each packet the first number that is missing before it, how many are, and whether the stream shows it.

    Packets without a number are passed over: a SYN,ACK of Linux has none.
    """
    end: int | None = None
    for before, packet in pairwise(packet for packet in packets if packet.identification):
        end = before.end if end is None else max(end, before.end)
        first = (before.identification + before.pieces) % _WRAP
        lost = (packet.identification - first) % _WRAP
        shows = packet.end > packet.begin and (packet.begin != end or packet.t_ns - before.t_ns >= _TIMEOUT_NS)
        yield packet.frame, first, lost, shows and lost <= _MOST_LOST


def _are_seen(first: int, lost: int, elsewhere: Collection[int]) -> bool:
    return any((first + number) % _WRAP in elsewhere for number in range(lost))
