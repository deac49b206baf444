"""A server, a client, and the kernel between them: what they log and what is captured, joined."""

import io
import itertools
import signal
from contextlib import closing
from typing import NamedTuple

import pytest

from services.scope.calls.assemble import Assembler
from services.scope.calls.records import Record, parse
from services.scope.model import Conversation, Flags
from services.scope.read.capture_file import CaptureFile
from services.scope.read.reading import Reading
from services.tap.capturing import SNAP_BYTES, Capture
from shared.pcap import LINKTYPE_ETHERNET, file_header, record
from tests.unit.harness.processes import Service, service
from tests.unit.harness.servers import free_port
from tests.unit.services.scope.harness.calls import of
from tests.unit.services.tap.namespaces import needs_root

pytestmark = needs_root

SIZE_BYTES = 1_000_000


class Recorded(NamedTuple):
    """A session of a few bytes, one of many, and an attempt after the server has gone."""

    short: Conversation
    long: Conversation
    refused: Conversation


def records(running: Service) -> list[Record]:
    """Return what a service has logged of its calls, when it has ended."""
    lines = running.outcome()[2]
    return [found for line in lines if (found := parse(line.encode())) is not None]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Run a server and clients, each a process of its own, and capture them on loopback."""
    port = free_port()
    where = "--host", "127.0.0.1", "--port", str(port), "--log-level", "debug"
    calls: list[Record] = []
    data = file_header(LINKTYPE_ETHERNET, SNAP_BYTES)
    with closing(Capture("lo", port)) as tap:

        def run(*arguments: str) -> bytes:
            with service("client", *where, *arguments) as client:
                calls.extend(records(client))
            return b"".join(record(packet.t_ns, packet.data, packet.original_length) for packet in tap.packets())

        with service("server", *where, "--http-port", "0") as server:
            server.wait_for("server_listening")
            data += run() + run("--size-bytes", str(SIZE_BYTES))
            server.signal(signal.SIGTERM)
            calls.extend(records(server))
        data += run("--connect-timeout-s", "0.15")
    found = list(Reading([CaptureFile("x.pcap", io.BytesIO(data))], Assembler(calls)).run())
    return Recorded(*found[:3])


def test_every_check_holds(recorded: Recorded) -> None:
    """On one host, whose clock is the capture's."""
    assert len(recorded.short.checks) == 9
    assert [check for conversation in recorded for check in conversation.checks if not check.holds] == []


def test_the_kernel_agrees_with_the_states(recorded: Recorded) -> None:
    """After no call does it say anything else than the segments."""
    assert [conversation.notes for conversation in recorded] == [[], [], []]


def test_accept_answers_nothing(recorded: Recorded) -> None:
    """The SYN,ACK is connect()'s, which waits for it; accept() waits for the ACK that comes after."""
    (connect,), (accept,) = of(recorded.short, "client", "connect"), of(recorded.short, "server", "accept")
    flags = {index: recorded.short.segments[index].flags for index in (*connect.segments, *accept.segments)}
    assert flags == {0: Flags.SYN, 1: Flags.SYN | Flags.ACK, 2: Flags.ACK}
    assert (connect.segments, accept.segments) == ([0, 1], [2])


@pytest.mark.parametrize(("side", "peer"), [("client", "server"), ("server", "client")])
def test_every_byte_has_its_calls_and_its_segments(recorded: Recorded, side: str, peer: str) -> None:
    """One send is not one segment is not one recv, and yet nothing is left over."""
    conversation = recorded.long
    for calls in (of(conversation, side, "send"), of(conversation, peer, "recv")):
        assert sum(one.call.bytes or 0 for one in calls) == SIZE_BYTES
        owned = {index for one in calls if one.call.bytes for index in one.segments}
        # Of what a busy machine sends again the first has sent the bytes, and the last may have delivered them.
        parts = sorted((one.seq, one.seq + one.length) for one in map(conversation.segments.__getitem__, owned))
        assert {conversation.segments[index].sender for index in owned} == {side}
        assert (parts[0][0], max(end for _, end in parts)) == (1, SIZE_BYTES + 1)
        assert all(begin <= end for (_, end), (begin, _) in itertools.pairwise(parts))


def test_the_fins_have_their_calls(recorded: Recorded) -> None:
    """Each that of the side that sent it, and of the recv() that found the end."""
    for side, peer, name in (("client", "server", "shutdown"), ("server", "client", "close")):
        (fin,) = of(recorded.short, side, name)[0].segments
        assert recorded.short.segments[fin].has(Flags.FIN)
        assert recorded.short.segments[fin].sender == side
        assert of(recorded.short, peer, "recv")[-1].segments == [fin]


def test_a_refused_connect_has_its_rst(recorded: Recorded) -> None:
    """And nobody who listens, though somebody did."""
    (connect,) = of(recorded.refused, "client", "connect")
    assert (recorded.refused.outcome, connect.segments) == ("refused", [0, 1])
    assert of(recorded.refused, "server", "listen") == []
