"""Chooses conversations of a capture: by number, outcome, note or address."""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple, Self, TypeAlias

from services.scope.model import Conversation, Endpoint, Outcome
from services.scope.notes import NAMES, SENT_AGAIN, NoteKind

# Names of notes on the command line. `retransmission` is every kind of retransmission, as in Wireshark.
NOTES = {name: frozenset((kind,)) for kind, name in NAMES.items()} | {"retransmission": SENT_AGAIN}

_MAX_DIGITS = 9


class Numbers:
    """A set of numbers from 1, written as `3,7,10-20`; `last` is the highest."""

    def __init__(self, text: str) -> None:
        """Raise ValueError for any other text."""
        self._text = text
        self._spans = [_span(part) for part in text.split(",")]
        self.last = max(last for _, last in self._spans)

    def __contains__(self, number: int) -> bool:
        """Tell whether a number is in the set."""
        return any(first <= number <= last for first, last in self._spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers) and self._spans == other._spans

    def __hash__(self) -> int:
        return hash(tuple(self._spans))

    def __str__(self) -> str:
        return self._text


def _span(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    low = _number(first)
    high = _number(last) if dash else low
    if high < low:
        raise ValueError(text)
    return low, high


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text)):
        raise ValueError(text)
    return int(text)


Network: TypeAlias = IPv4Network | IPv6Network


class Address(NamedTuple):
    """An address or a network, and a port, to compare an endpoint with; None matches any."""

    network: Network | None
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return `ip`, `ip/bits`, `ip:port`, `[ip]:port` or `:port` as an address; raise ValueError."""
        try:
            return cls(ip_network(text, strict=False), None)
        except ValueError:
            host, colon, port = text.rpartition(":")
        if not colon or _number(port) > 0xFFFF:  # noqa: PLR2004 - ports have 16 bits
            raise ValueError(text)
        if host.startswith("[") != host.endswith("]"):
            raise ValueError(text)
        return cls(ip_network(host.strip("[]")) if host else None, int(port))

    def covers(self, end: Endpoint) -> bool:
        """Tell whether an endpoint matches."""
        if self.port not in (None, end.port):
            return False
        if self.network is None:
            return True
        try:
            return ip_address(end.ip) in self.network
        except ValueError:  # a call record may not know the address
            return False


@dataclass(frozen=True)
class Choice:
    """Conditions on a conversation, which it must meet all; of each, any of the values will do. Empty: no condition."""

    outcomes: Collection[Outcome] = frozenset()
    notes: frozenset[NoteKind] = frozenset()
    addresses: Collection[Address] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any condition."""
        return bool(self.outcomes or self.notes or self.addresses)

    def takes(self, conversation: Conversation) -> bool:
        """Tell whether a conversation meets all conditions."""
        if self.outcomes and conversation.outcome not in self.outcomes:
            return False
        ends = conversation.client, conversation.server
        if self.addresses and not any(address.covers(end) for address in self.addresses for end in ends):
            return False
        return not self.notes or not self.notes.isdisjoint(kinds(conversation))


ANYTHING = Choice()


def kinds(conversation: Conversation) -> set[NoteKind]:
    """Return the kinds of all notes of a conversation and of its segments."""
    return conversation.kinds.union(note.kind for segment in conversation.segments for note in segment.notes)
