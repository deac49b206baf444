"""What a tap and a service send: a stream of packets on an Ethernet, datagrams of records."""

from collections.abc import Iterable

import orjson

from shared.calls import Call
from shared.pcap import LINKTYPE_ETHERNET
from tests.unit.services.scope.harness.wire import Talk, capture

_ETHERNET_IPV4 = bytes(12) + b"\x08\x00"

HEADER = capture([], LINKTYPE_ETHERNET)


def records(*talks: Talk) -> bytes:
    """Return a stream's records of these talks, one after another."""
    packets = ((t_ns, _ETHERNET_IPV4 + packet) for talk in talks for t_ns, packet in talk.packets)
    return capture(packets, LINKTYPE_ETHERNET)[len(HEADER) :]


def datagrams(calls: Iterable[Call]) -> list[bytes]:
    """Return what the feed sends of calls."""
    return [orjson.dumps(call, option=orjson.OPT_APPEND_NEWLINE) for call in calls]
