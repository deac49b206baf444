"""The scope's reading of captures, held against tshark's: numbers, lengths, flags, windows and marks."""

import socket
import struct
import threading
from pathlib import Path

import pytest

from services.tap.capturing import SNAP_BYTES, Capture
from shared.pcap import LINKTYPE_ETHERNET, file_header, record
from tests.e2e.scope.random_talks import random_talk
from tests.e2e.scope.tshark import differences
from tests.unit.facts import DEADLINE_S, eventually
from tests.unit.services.scope.files import enhanced, interface, option, section
from tests.unit.services.scope.talks import TALKS, talk
from tests.unit.services.scope.wire import capture

# Two talks on one connection: the second SYN has the first one's port.
_TALKS = sorted(TALKS)

_ETHER_TYPE = struct.pack("!H", 0x0800)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where to write a capture."""
    return tmp_path / "capture"


def test_all_that_can_happen_is_read_the_same(path: Path) -> None:
    """Each talk that has a note, one after another."""
    talks = [talk(name, 20_000 + index) for index, name in enumerate(_TALKS)]
    path.write_bytes(capture(packet for spoken in talks for packet in spoken.packets))
    assert differences(path) == []


def test_random_faults_are_read_the_same(path: Path) -> None:
    """Thousands of segments lost, repeated, overtaken and acknowledged unseen."""
    path.write_bytes(capture(packet for seed in range(2000) for packet in random_talk(seed).packets))
    assert differences(path) == []


@pytest.mark.parametrize(
    ("link_type", "header"),
    [
        (LINKTYPE_ETHERNET, bytes(12) + _ETHER_TYPE),
        (LINKTYPE_ETHERNET, bytes(12) + b"\x81\x00\x00\x05" + _ETHER_TYPE),
        (LINKTYPE_ETHERNET, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06" + _ETHER_TYPE),
        (113, struct.pack("!HHH8x", 0, 1, 6) + _ETHER_TYPE),
        (276, _ETHER_TYPE + struct.pack("!HIHBB8x", 0, 1, 1, 0, 6)),
        (0, b"\x02\0\0\0"),
        (108, b"\0\0\0\x02"),
        (228, b""),
    ],
)
def test_each_link_layer_is_read_the_same(path: Path, link_type: int, header: bytes) -> None:
    """Whatever the packets are wrapped in."""
    packets = [(t_ns, header + data) for t_ns, data in talk("a_segment_is_overtaken").packets]
    path.write_bytes(capture(packets, link_type))
    assert differences(path) == []


@pytest.mark.parametrize("order", "<>")
def test_pcapng_is_read_the_same(path: Path, order: str) -> None:
    """Either byte order, two interfaces, nanoseconds."""
    nanoseconds = option(order, 9, b"\x09")
    data = section(order) + interface(order, 1, options=nanoseconds) + interface(order, 101, options=nanoseconds)
    for t_ns, packet in talk("a_segment_is_sent_again_after_duplicate_acks").packets:
        data += enhanced(order, 1, t_ns, packet)
    path.write_bytes(data)
    assert differences(path) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_real_sessions_are_read_the_same(path: Path, address: str) -> None:
    """Captured by the tap: short, long, with windows that close, and refused."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        port = listener.getsockname()[1]
        tap = Capture("lo", port)
        for size in (5, 100_000, 3_000_000):
            _echo(listener, size)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, port), DEADLINE_S)
    packets = []

    def refused() -> bool:
        packets.extend(tap.packets())
        return packets[-1].data[47 if ":" not in address else 67] & 0x04 != 0

    assert eventually(refused)
    assert tap.count_drops() == 0
    tap.close()
    records = (record(packet.t_ns, packet.data, packet.original_length) for packet in packets)
    path.write_bytes(file_header(LINKTYPE_ETHERNET, SNAP_BYTES) + b"".join(records))
    assert differences(path) == []


def _echo(listener: socket.socket, size: int) -> None:
    """Send so many bytes through an echo, and close."""

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            while data := sock.recv(65_536):
                sock.sendall(data)

    server = threading.Thread(target=serve)
    server.start()
    with socket.create_connection(listener.getsockname()[:2], DEADLINE_S) as sock:
        sender = threading.Thread(target=lambda: (sock.sendall(bytes(size)), sock.shutdown(socket.SHUT_WR)))
        sender.start()
        received = 0
        while received < size:
            received += len(sock.recv(65_536))
        sender.join(DEADLINE_S)
    server.join(DEADLINE_S)
