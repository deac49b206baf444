"""The states that segments tell, held against what TCP_INFO says of both sockets at the same time."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from services.scope.tcp.follow import Follower
from services.tap.capturing import SNAP_BYTES, Capture
from shared.calls import tcp_state
from shared.pcap import LINKTYPE_ETHERNET, file_header, record
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.sockets import receive, reset
from tests.unit.services.scope.harness.wire import decoded
from tests.unit.services.tap.namespaces import needs_root

pytestmark = needs_root


class Watched:
    """A connection on loopback, and what its segments tell so far."""

    def __init__(self, stack: ExitStack) -> None:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._tap = stack.enter_context(closing(Capture("lo", listener.getsockname()[1])))
        self._follower = Follower()
        self._states = "", ""
        self.client = stack.enter_context(socket.create_connection(listener.getsockname(), DEADLINE_S))
        self.server = stack.enter_context(listener.accept()[0])
        self.server.settimeout(DEADLINE_S)

    def told(self) -> tuple[str, str]:
        """Return the client's and the server's state, by their segments."""
        data = (record(packet.t_ns, packet.data, packet.original_length) for packet in self._tap.packets())
        for packet in decoded(file_header(LINKTYPE_ETHERNET, SNAP_BYTES) + b"".join(data)):
            conversation = self._follower.feed(packet)
            assert conversation is not None
            last = conversation.segments[-1]
            self._states = last.client_state, last.server_state
        return self._states

    def both_say(self, client: str, server: str) -> bool:
        """Tell whether segments and kernel come to say so; Linux keeps TIME-WAIT apart, and its socket is CLOSED."""
        in_kernel = tuple("CLOSED" if state == "TIME-WAIT" else state for state in (client, server))
        return eventually(
            lambda: self.told() == (client, server) and (tcp_state(self.client), tcp_state(self.server)) == in_kernel
        )


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Give a connection."""
    with ExitStack() as stack:
        yield Watched(stack)


def test_they_agree_from_handshake_to_time_wait(watched: Watched) -> None:
    """Half-close, data after it, and the second FIN."""
    assert watched.both_say("ESTABLISHED", "ESTABLISHED")
    watched.client.shutdown(socket.SHUT_WR)
    assert watched.both_say("FIN-WAIT-2", "CLOSE-WAIT")
    watched.server.sendall(b"Hello")
    receive(watched.client, 5)
    assert watched.both_say("FIN-WAIT-2", "CLOSE-WAIT")
    watched.server.shutdown(socket.SHUT_WR)
    assert watched.both_say("TIME-WAIT", "CLOSED")


def test_they_agree_when_the_server_closes_first(watched: Watched) -> None:
    """TIME-WAIT is at whoever does."""
    watched.server.shutdown(socket.SHUT_WR)
    assert watched.both_say("CLOSE-WAIT", "FIN-WAIT-2")
    watched.client.shutdown(socket.SHUT_WR)
    assert watched.both_say("CLOSED", "TIME-WAIT")


def test_they_agree_after_a_reset(watched: Watched) -> None:
    """The end that sent it has no socket any more, and so no state."""
    reset(watched.client)
    assert eventually(lambda: watched.told() == ("CLOSED", "CLOSED") and tcp_state(watched.server) == "CLOSED")
