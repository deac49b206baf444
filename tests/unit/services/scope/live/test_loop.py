"""The loop: packets and records in, conversations out."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from services.scope.live.files import CaptureFiles
from services.scope.live.loop import Live
from services.scope.live.presenter import Presenter
from services.scope.model import Conversation
from services.scope.notes import NoteKind
from services.scope.page.shelf import Shelf
from shared.binding import bound, listening
from shared.calls import as_record
from shared.pcap import Lost, losing_frame, record
from tests.unit.harness.facts import DEADLINE_S, Facts, Journal
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.sources import HEADER, datagrams, records
from tests.unit.services.scope.harness.wire import START_NS, Talk


class Told:
    """A display that tells what is drawn."""

    def __init__(self, shown: Facts[Conversation]) -> None:
        self._shown = shown

    def draw(self, conversation: Conversation, _: int) -> None:
        """Tell it."""
        self._shown.tell(conversation)

    def tell(self, conversation: Conversation, number: int, _: int | None) -> None:
        """Tell it as well."""
        self.draw(conversation, number)


class Running:
    """A loop in a thread, with all that comes out of it."""

    def __init__(self, files: CaptureFiles | None = None, stop_at: int = 0) -> None:
        self.shown = Facts[Conversation]()
        self.journal = Journal()
        (inbox,) = bound("127.0.0.1", 0, socket.SOCK_DGRAM, "PORT")
        (listener,) = listening("127.0.0.1", 0, 16, "PORT")
        self._sockets = [inbox, listener, *socket.socketpair()]
        self.calls, self.packets = inbox.getsockname(), listener.getsockname()
        log = self.journal.log
        self.latest = Shelf(9)
        shown = Presenter(Told(self.shown), "all", log)
        self.live = Live([inbox], [listener], 5000, shown, self.latest, files, log)
        self.thread = threading.Thread(target=self.live.run, args=(self._sockets[2], stop_at))
        self.thread.start()

    def stop(self) -> None:
        """End it."""
        self._sockets[3].send(b"\x0f")
        self.thread.join(DEADLINE_S)
        self.live.close()
        for sock in self._sockets:
            sock.close()

    def report(self) -> None:
        """Send the session's calls."""
        with socket.socket(type=socket.SOCK_DGRAM) as service:
            for datagram in datagrams(session_calls()):
                service.sendto(datagram, self.calls)

    @contextmanager
    def tap(self, data: bytes) -> Iterator[socket.socket]:
        """Send a stream's bytes, and stay connected."""
        with socket.create_connection(self.packets, DEADLINE_S) as tap:
            tap.sendall(data)
            yield tap


@contextmanager
def running(files: CaptureFiles | None = None, stop_at: int = 0) -> Iterator[Running]:
    """Run a loop for as long as the block lasts."""
    with ExitStack() as stack:
        loop = Running(files, stop_at)
        stack.callback(loop.stop)
        yield loop


def test_a_conversation_that_is_over_is_shown_with_its_calls() -> None:
    """As reading the same packets and records would have it."""
    with running() as loop, loop.tap(HEADER + records(session())):
        loop.report()
        assert loop.shown.wait_for(lambda _: True) == joined(session(), session_calls())
    assert [kept.conversation for kept in loop.latest] == loop.shown.so_far()
    assert (loop.live.packets, loop.live.conversations) == (len(session().packets), 1)


def test_a_record_that_the_network_lost_accuses_nobody() -> None:
    """Without the shutdown() its FIN would be the close()'s, and a rule broken: the ladder says what is missing."""
    with running() as loop, socket.socket(type=socket.SOCK_DGRAM) as service:
        now_ns = time.time_ns()
        late_ns = now_ns - START_NS
        spoken = session()
        spoken.packets = [(t_ns + late_ns, packet) for t_ns, packet in spoken.packets]
        for nth, made in enumerate(session_calls()):
            if made.call != "shutdown":
                moved = replace(made, t0_ns=made.t0_ns + late_ns, t1_ns=made.t1_ns + late_ns)
                service.sendto(orjson.dumps(as_record(moved) | {"feed": [now_ns, 1], "nth": nth}), loop.calls)
        with loop.tap(HEADER + records(spoken)):
            shown = loop.shown.wait_for(lambda _: True)
    assert all(check.holds for check in shown.checks)
    assert {NoteKind.CALLS_MISSING, NoteKind.UNJUDGED} <= shown.kinds


def test_a_packet_that_a_tap_lost_accuses_nobody() -> None:
    """Without the handshake's last ACK accept() seems to have returned before it: the ladder says what is missing."""
    spoken = session()
    del spoken.packets[2]
    first_ns, _ = spoken.packets[0]
    told = losing_frame(Lost(1, first_ns, first_ns))
    with running() as loop:
        loop.report()
        with loop.tap(HEADER + record(first_ns, told, len(told)) + records(spoken)):
            shown = loop.shown.wait_for(lambda _: True)
    assert all(check.holds for check in shown.checks)
    assert {NoteKind.PACKETS_LOST, NoteKind.UNJUDGED} <= shown.kinds


def test_it_ends_when_enough_was_shown() -> None:
    """Nobody has to tell it."""
    with running(stop_at=1) as loop, loop.tap(HEADER + records(session())):
        loop.thread.join(DEADLINE_S)
        assert not loop.thread.is_alive()
    assert len(loop.shown.so_far()) == 1


def test_what_is_open_at_the_end_is_a_conversation_too() -> None:
    """As far as it went."""
    spoken = Talk()
    spoken.handshake()
    with running() as loop:
        with loop.tap(HEADER + records(spoken)):
            pass
        loop.journal.wait_for("tap_finished")
    (shown,) = loop.shown.so_far()
    assert (shown.outcome, len(shown.segments)) == ("open", 3)


def test_a_fault_of_ours_costs_one_conversation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is printed, and the others are shown: captures can be made up until one is there that cannot be drawn."""
    draw = Told.draw

    def draw_others(told: Told, conversation: Conversation, number: int) -> None:
        if number == 1:
            raise ValueError("no drawing of this")
        draw(told, conversation, number)

    monkeypatch.setattr(Told, "draw", draw_others)
    first, second = Talk(40_000), Talk(41_000)
    for spoken in (first, second):
        spoken.handshake()
    with running() as loop:
        with loop.tap(HEADER + records(first) + records(second)):
            pass
        loop.journal.wait_for("tap_finished")
    (shown,) = loop.shown.so_far()
    assert (shown.client.port, loop.live.conversations) == (41_000, 2)
    assert "no drawing of this" in capsys.readouterr().err


def test_what_it_saw_is_kept_in_files(tmp_path: Path) -> None:
    """Of all taps, one after another."""
    with running(CaptureFiles(tmp_path, 2, 10**6, Journal().log)) as loop:
        for _ in range(2):
            with loop.tap(HEADER + records(session())):
                pass
        loop.journal.wait_for("tap_finished")
    assert (tmp_path / "echo.pcap").read_bytes() == HEADER.replace(b"\xff\xff\0\0", b"\0\0\4\0") + records(
        session()
    ) * 2
