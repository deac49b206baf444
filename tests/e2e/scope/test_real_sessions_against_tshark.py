"""Sessions of two kernels over an Ethernet, captured by the tap: the scope reads what happened, and tshark the same."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from services.scope.notes import NoteKind
from services.tap.capturing import SNAP_BYTES, Capture
from shared.pcap import LINKTYPE_ETHERNET, file_header, record
from tests.e2e.harness.tshark import agree_but_for_guesses, differences, scope
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.sockets import receive
from tests.unit.services.tap.namespaces import Network, made_in, network

# What the scope has marked so far.
Seen = Callable[[], set[NoteKind]]
Session = Callable[[socket.socket, socket.socket, Seen], None]

_PORT = 5000


@pytest.fixture(scope="module")
def joined() -> Iterator[Network]:
    """Give two namespaces with an Ethernet between them."""
    with network() as names:
        yield names


def transfer(client: socket.socket, server: socket.socket, _: Seen) -> None:
    """Send much, which leaves the kernel in large packets."""
    client.setblocking(False)
    unsent = 1_048_576
    while unsent:
        with suppress(BlockingIOError):
            unsent -= client.send(bytes(unsent))
        receive(server, 65_536)
    client.close()


def stop_reading(client: socket.socket, server: socket.socket, seen: Seen) -> None:
    """Let the window close, wait for probes, and read on."""
    client.setblocking(False)
    sent = 0
    with suppress(BlockingIOError):
        while True:
            sent += client.send(bytes(65_536))
    received = 0

    def is_probed() -> bool:
        nonlocal sent
        with suppress(BlockingIOError):
            sent += client.send(bytes(65_536))
        return NoteKind.ZERO_WINDOW_PROBE_ACK in seen()

    assert eventually(is_probed)
    while received < sent:
        received += len(server.recv(65_536))


def keep_alive(client: socket.socket, server: socket.socket, _: Seen) -> None:
    """Probe a silent peer: it answers, with the window of its last ACK."""
    client.sendall(b"Hello")
    receive(server, 5)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def leave_unread(client: socket.socket, server: socket.socket, _: Seen) -> None:
    """Close with data that nobody read."""
    client.sendall(b"Hello")
    assert server.recv(1, socket.MSG_PEEK) == b"H"
    server.close()


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (transfer, set()),
        (
            stop_reading,
            {NoteKind.ZERO_WINDOW, NoteKind.ZERO_WINDOW_PROBE, NoteKind.ZERO_WINDOW_PROBE_ACK, NoteKind.WINDOW_UPDATE},
        ),
        (keep_alive, {NoteKind.KEEPALIVE, NoteKind.KEEPALIVE_ACK}),
        (leave_unread, set()),
    ],
)
def test_a_session_is_read_the_same(joined: Network, tmp_path: Path, session: Session, expected: set[NoteKind]) -> None:
    """All that was expected of it happened."""
    path = tmp_path / "capture"
    data = file_header(LINKTYPE_ETHERNET, SNAP_BYTES)
    address = "10.9.0.2", _PORT
    with (
        made_in(joined.server, lambda: socket.create_server(address)) as listener,
        closing(made_in(joined.server, lambda: Capture("eth0", _PORT))) as tap,
        made_in(joined.client, lambda: socket.create_connection(address, DEADLINE_S)) as client,
        listener.accept()[0] as server,
    ):
        server.settimeout(DEADLINE_S)
        is_all = False

        def seen() -> set[NoteKind]:
            nonlocal data, is_all
            packets = list(tap.packets())
            is_all = not packets
            data += b"".join(record(packet.t_ns, packet.data, packet.original_length) for packet in packets)
            path.write_bytes(data)
            return set().union(*(reading.marks for reading in scope(path).values()))

        session(client, server, seen)
        assert eventually(lambda: expected <= seen() and is_all)
        assert tap.count_drops() == 0
    # Two processors send at once: what is captured first was not always sent first.
    assert differences(path, agree_but_for_guesses) == []
