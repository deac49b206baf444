"""TCP in fragmented IP datagrams, held against tshark's reading of it."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.e2e.harness.tshark import agree_but_for_guesses, differences, scope
from tests.unit.services.scope.harness.fragments import fragment4, fragment6, fragments_of
from tests.unit.services.scope.harness.tunnels import TUNNELS
from tests.unit.services.scope.harness.wire import START_NS, Talk, capture, ipv6
from tests.unit.services.scope.harness.wrapping import OUTER_6

# All of the fixture's talk.
_PACKETS = 7

_BIG = 1200  # bytes of payload


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where to write a capture."""
    return tmp_path / "capture"


@pytest.fixture
def packets() -> list[bytes]:
    """Return a talk with two packets that are too large for some link."""
    spoken = Talk()
    spoken.handshake()
    spoken.client("PSH ACK", 1, 1, _BIG)
    spoken.server("ACK", 1, 1 + _BIG)
    spoken.server("PSH ACK", 1, 1 + _BIG, _BIG)
    spoken.client("FIN ACK", 1 + _BIG, 1 + _BIG)
    assert len(spoken.packets) == _PACKETS
    return [data for _, data in spoken.packets]


def _numbered(packets: Iterable[bytes]) -> bytes:
    return capture((START_NS + number * 1_000_000, data) for number, data in enumerate(packets))


def _as_ipv6(packet: bytes) -> bytes:
    addresses = OUTER_6 if packet[15] == 1 else OUTER_6[::-1]
    return ipv6(*addresses, packet[20:])


_ORDERS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "in order": lambda parts: parts,
    "the last one first": lambda parts: parts[::-1],
    "each one twice": lambda parts: [part for part in parts for _ in range(2)],
}


@pytest.mark.parametrize("size", [8, 512])
@pytest.mark.parametrize("order", _ORDERS.values(), ids=_ORDERS)
@pytest.mark.parametrize("form", [bytes, _as_ipv6], ids=["IPv4", "IPv6"])
def test_datagrams_in_fragments_are_read_the_same(
    path: Path,
    packets: list[bytes],
    form: Callable[[bytes], bytes],
    order: Callable[[list[bytes]], list[bytes]],
    size: int,
) -> None:
    """Each is the segment of the frame with which it is whole."""
    path.write_bytes(
        _numbered(
            part for number, packet in enumerate(packets) for part in order(fragments_of(form(packet), size, number))
        )
    )
    assert differences(path, agree_but_for_guesses) == []
    assert len(scope(path)) >= _PACKETS


def test_a_datagram_whose_fragment_was_lost_is_read_the_same(path: Path, packets: list[bytes]) -> None:
    """It is none; what comes behind it tells so."""
    parts = [part for number, packet in enumerate(packets) for part in fragments_of(packet, 512, number)]
    path.write_bytes(_numbered(parts[:4] + parts[5:]))
    assert differences(path) == []
    assert len(scope(path)) == _PACKETS - 1


@pytest.mark.parametrize(("form", "cut"), [(bytes, fragment4), (_as_ipv6, fragment6)], ids=["IPv4", "IPv6"])
def test_fragments_that_overlap_are_read_the_same(
    path: Path, packets: list[bytes], form: Callable[[bytes], bytes], cut: Callable[[bytes, int, int | None], bytes]
) -> None:
    """Whatever the bytes are that two of them have."""
    big = form(packets[3])
    other = big[:-_BIG] + bytes(_BIG)
    parts = [cut(big, 0, 520), cut(other, 512, 1024), cut(big, 512, 1024), cut(other, 1016, None)]
    path.write_bytes(_numbered([*map(form, packets[:3]), *parts, *map(form, packets[4:])]))
    assert differences(path) == []
    assert len(scope(path)) == _PACKETS


def test_fragments_inside_and_of_a_tunnel_are_read_the_same(path: Path, packets: list[bytes]) -> None:
    """A datagram of either, and one in the other."""
    wrap = TUNNELS["GRE with all fields"].wrap
    inside = [wrap(part) for number, packet in enumerate(packets) for part in fragments_of(packet, 600, number)]
    of_tunnel = [part for number, data in enumerate(inside) for part in fragments_of(data, 256, number)]
    for frames in (inside, of_tunnel):
        path.write_bytes(_numbered(frames))
        assert differences(path) == []
        assert len(scope(path)) == _PACKETS
