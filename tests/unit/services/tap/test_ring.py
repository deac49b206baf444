"""The ring that packets are captured into."""

import socket
from contextlib import closing

from services.tap.capturing import Capture
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.sockets import receive
from tests.unit.services.tap.namespaces import needs_root

# More packets than the ring has slots.
_MESSAGES = 6000


@needs_root
def test_slots_are_used_again() -> None:
    """More packets come than there are slots, and none is lost or given twice while they are taken."""
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(Capture("lo", listener.getsockname()[1])) as tap:
        client = socket.create_connection(listener.getsockname(), DEADLINE_S)
        server, _ = listener.accept()
        payload = 0
        with client, server:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(_MESSAGES):
                client.sendall(b"?")
                server.sendall(receive(server, 1))
                receive(client, 1)
                payload += sum(packet.original_length - 66 for packet in tap.packets() if packet.original_length == 67)

            def all_came() -> bool:
                nonlocal payload
                payload += sum(packet.original_length - 66 for packet in tap.packets() if packet.original_length == 67)
                return payload >= 2 * _MESSAGES

            assert eventually(all_came)
    assert payload == 2 * _MESSAGES


@needs_root
def test_a_turn_ends() -> None:
    """However much has come, other duties get their time."""
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(Capture("lo", listener.getsockname()[1])) as tap:
        client = socket.create_connection(listener.getsockname(), DEADLINE_S)
        server, _ = listener.accept()
        with client, server:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(1000):
                client.sendall(b"?")
                server.sendall(receive(server, 1))
                receive(client, 1)
            turns = [len(list(tap.packets())) for _ in range(2)]
    assert turns[0] <= 1024
    assert turns[1] > 0
