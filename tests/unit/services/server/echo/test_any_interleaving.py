"""Any interleaving of what peers can do, over many connections, on a real loop."""

import random
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from services.server.echo.counters import Column
from services.server.echo.splicing import TURN_BYTES
from shared.calls import address
from shared.watch import Watch
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.loops import RunningLoop, running_loop
from tests.unit.harness.sockets import receive, reset
from tests.unit.services.server.conftest import copied, handed_over, spliced

# Bytes that repeat only after a prime number of them: a lost, doubled or strange piece cannot look right.
_PAYLOAD = random.Random(3).randbytes(65_521) * (32 * TURN_BYTES // 65_521 + 1)

# Few enough that some peers have to wait for one.
_SLOTS = 4


class Peer:
    """One client, which knows what it has sent and read."""

    def __init__(self, loop: RunningLoop) -> None:
        self.sock = loop.connect()
        self.name = address(self.sock.getsockname())
        self.sent = self.read = 0
        self.has_finished = False

    def send(self, size: int) -> None:
        """Send what the kernel takes of so many bytes."""
        if not self.has_finished:
            self.sock.setblocking(False)
            with suppress(BlockingIOError):  # it has not read for a while, and so the server does not either
                self.sent += self.sock.send(_PAYLOAD[self.sent : self.sent + size])
            self.sock.settimeout(DEADLINE_S)

    def receive(self, size: int) -> None:
        """Read so many bytes, or all that are due: each is the one that was sent at its place."""
        size = min(size, self.sent - self.read)
        assert receive(self.sock, size) == _PAYLOAD[self.read : self.read + size]
        self.read += size

    def half_close(self) -> None:
        """Finish sending."""
        if not self.has_finished:
            self.sock.shutdown(socket.SHUT_WR)
            self.has_finished = True

    def finish(self) -> None:
        """Read all that is due, and then the end."""
        self.half_close()
        self.receive(self.sent)
        assert self.sock.recv(1) == b""
        self.sock.close()


class Interleaving(RuleBasedStateMachine):
    """Peers do anything in any order; the loop gives every byte back, or sees the reset that a peer caused."""

    peers = Bundle("peers")
    path: Callable[[], Watch | None] = staticmethod(spliced)

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._open: list[Peer] = []
        self._finished: list[Peer] = []
        self._lost: list[Peer] = []

    @initialize(send_buffer_bytes=st.sampled_from([None, 4096, 65_536]))
    def start(self, send_buffer_bytes: int | None) -> None:
        """Start a loop whose kernel takes much or little."""
        self._loop = self._stack.enter_context(
            running_loop(self.path(), send_buffer_bytes=send_buffer_bytes, max_connections=_SLOTS)
        )

    @rule(target=peers)
    def connect(self) -> Peer:
        """Open one more; beyond the limit it waits in the accept queue."""
        self._open.append(Peer(self._loop))
        return self._open[-1]

    @rule(peer=peers, size=st.one_of(st.integers(1, 100), st.integers(1, 4 * TURN_BYTES)))
    def send(self, peer: Peer, size: int) -> None:
        """Send without reading."""
        peer.send(size)

    @rule(peer=peers, size=st.one_of(st.integers(1, 100), st.integers(1, 4 * TURN_BYTES)))
    def receive(self, peer: Peer, size: int) -> None:
        """Read without sending; a peer that has no slot yet gets nothing yet."""
        if self._open.index(peer) < _SLOTS:
            peer.receive(size)

    @rule(peer=peers)
    def half_close(self, peer: Peer) -> None:
        """Finish sending, whatever is still to be read."""
        peer.half_close()

    @rule(peer=consumes(peers))
    def finish(self, peer: Peer) -> None:
        """Come to a clean end, if it has its slot."""
        if self._open.index(peer) < _SLOTS:
            peer.finish()
            self._finished.append(peer)
        else:
            reset(peer.sock)
            self._lost.append(peer)
        self._open.remove(peer)

    @rule(peer=consumes(peers))
    def reset(self, peer: Peer) -> None:
        """Give up, with anything under way."""
        reset(peer.sock)
        self._lost.append(peer)
        self._open.remove(peer)

    @rule(count=st.integers(1, 20))
    def tick(self, count: int) -> None:
        """Let time pass."""
        self._loop.tick(count)

    def teardown(self) -> None:
        """Whoever is left comes to a clean end; then the books must balance."""
        with self._stack:
            if not hasattr(self, "_loop"):
                return
            for peer in self._open:
                peer.finish()
            self._finished += self._open
            self._loop.signal(signal.SIGTERM)
            self._loop.tick(2)
            while not self._loop.is_over:  # a reset may still be on its way to the loop
                self._loop.tick()
            self._balance()

    def _balance(self) -> None:
        totals = self._loop.totals()
        lines = {line["peer"]: line for line in self._loop.journal.lines()}
        assert totals.cut == 0
        assert totals.connections == len(lines) == len(self._finished) + len(self._lost)
        for peer in self._finished:
            line = lines[peer.name]
            assert (line["ended"], line["received_bytes"], line["sent_bytes"]) == (
                "peer_finished",
                peer.sent,
                peer.sent,
            )
        for peer in self._lost:
            line = lines[peer.name]
            assert peer.read <= line["sent_bytes"] <= line["received_bytes"] <= peer.sent
            assert line["ended"] in {"ECONNRESET", "EPIPE"} or (line["ended"] == "peer_finished" and peer.has_finished)
        assert totals.received_bytes == sum(line["received_bytes"] for line in lines.values())
        assert totals.sent_bytes == sum(line["sent_bytes"] for line in lines.values())
        assert self._loop.count(Column.CLOSED_PEER_FINISHED) >= len(self._finished)


class Copied(Interleaving):
    """The same, on the path for connections whose calls are reported."""

    path = staticmethod(copied)


class HandedOver(Interleaving):
    """The same, with each connection changing from that path to the fast one in mid-stream."""

    path = staticmethod(handed_over)


_MANY_STEPS = settings(max_examples=25, stateful_step_count=40, deadline=None)

TestSpliced = Interleaving.TestCase
TestSpliced.settings = _MANY_STEPS
TestCopied = Copied.TestCase
TestCopied.settings = _MANY_STEPS
TestHandedOver = HandedOver.TestCase
TestHandedOver.settings = _MANY_STEPS
