"""Where taps bring their packets."""

import errno
import os
import selectors
import socket
from collections.abc import Iterator

import pytest

from services.scope.capture.frames import Frame
from services.scope.live.incoming.taps import Taps
from shared.pcap import Lost, losing_frame, naming_frame, record
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.sockets import no_more_descriptors
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.sources import HEADER, records


class Scope:
    """A loop that has nothing but taps."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.taken, self.frames, self.names = b"", list[Frame](), list[str]()
        self.missed = list[tuple[str, Lost]]()
        self.taps = Taps([self.listener], self.selector, self.take, self.miss, self.journal.log)

    def take(self, name: str, records: bytes, frames: list[Frame]) -> None:
        """Keep what has come."""
        self.names.append(name)
        self.taken += records
        self.frames += frames

    def miss(self, name: str, lost: Lost) -> None:
        """Keep what was lost."""
        self.missed.append((name, lost))

    def turn(self) -> None:
        """Do what there is to do now."""
        for key, _ in self.selector.select(0):
            key.data()

    def turn_until(self, event: str, times: int = 1) -> None:
        """Turn until the log has this event so often."""

        def is_there() -> bool:
            self.turn()
            return self.journal.events().count(event) == times

        assert eventually(is_there)

    def turn_until_frames(self, count: int) -> None:
        """Turn until so many packets are there."""

        def is_there() -> bool:
            self.turn()
            return len(self.frames) == count

        assert eventually(is_there)

    def connect(self) -> socket.socket:
        """Return a tap's socket."""
        return socket.create_connection(self.listener.getsockname(), DEADLINE_S)

    def close(self) -> None:
        """End."""
        self.taps.close()
        self.selector.close()
        self.listener.close()


@pytest.fixture
def scope() -> Iterator[Scope]:
    """Give one that ends with the test."""
    running = Scope()
    yield running
    running.close()


def test_taps_come_and_go_and_their_packets_are_numbered_through(scope: Scope) -> None:
    """A server that is started again has another tap; the capture goes on."""
    packets = records(session())
    for times in (1, 2):
        with scope.connect() as tap:
            tap.sendall(HEADER + packets)
        scope.turn_until("tap_finished", times)
    assert scope.taken == packets * 2
    assert [frame.number for frame in scope.frames] == list(range(1, 2 * len(session().packets) + 1))


def test_a_tap_is_known_by_its_name_or_else_by_its_address(scope: Scope) -> None:
    """Each packet comes with it: that is how what two taps saw can be told apart."""
    with scope.connect() as tap, scope.connect() as other:
        tap.sendall(HEADER + record(1, naming_frame("host-1"), 99))
        scope.turn_until("tap_named")
        other.sendall(HEADER + records(session()))
        scope.turn_until_frames(len(session().packets))
        tap.sendall(records(session()))
        scope.turn_until_frames(2 * len(session().packets))
        assert sorted(scope.taps.names) == ["127.0.0.1", "host-1"]
    assert (scope.names[0], scope.names[-1], set(scope.names[1:-1])) == ("host-1", "host-1", {"127.0.0.1"})


def test_what_a_tap_has_lost_is_told_with_its_name(scope: Scope) -> None:
    """And it is known from then on that there was a tap."""
    lost = Lost(7, 5, 9)
    assert not scope.taps.were_there
    with scope.connect() as tap:
        tap.sendall(HEADER + record(1, naming_frame("host-1"), 99) + record(9, losing_frame(lost), 99))
    scope.turn_until("tap_finished")
    assert scope.missed == [("host-1", lost)]
    assert (scope.taps.were_there, scope.taps.names) == (True, ())


def test_a_stranger_is_no_tap(scope: Scope) -> None:
    """A port that is tried, or another program."""
    with scope.connect() as wrong:
        wrong.sendall(b"GET / HTTP/1.1\r\n\r\n")
        scope.turn_until("tap_stream_refused")
    assert not scope.taps.were_there


def test_a_stream_that_is_damaged_is_refused_and_the_next_one_taken(scope: Scope) -> None:
    """In one line, with the reason."""
    with scope.connect() as wrong:
        wrong.sendall(b"GET / HTTP/1.1\r\n\r\n")
        scope.turn_until("tap_stream_refused")
        assert wrong.recv(1) == b""
    assert "neither pcap nor pcapng" in scope.journal.wait_for("tap_stream_refused")["why"]
    with scope.connect() as tap:
        tap.sendall(HEADER + records(session()))
    scope.turn_until("tap_finished")
    assert len(scope.frames) == len(session().packets)


def test_a_stream_that_breaks_off_is_said(scope: Scope) -> None:
    """What was whole has been taken."""
    with scope.connect() as tap:
        tap.sendall((HEADER + records(session()))[:-1])
    scope.turn_until("tap_stream_refused")
    assert len(scope.frames) == len(session().packets) - 1


def test_a_tap_that_is_reset_is_said(scope: Scope) -> None:
    """It was killed."""
    with scope.connect() as tap:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        scope.turn_until("tap_connected")
    scope.turn_until("tap_lost")
    assert scope.journal.wait_for("tap_lost")["why"] == "Connection reset by peer"


def test_there_are_no_more_than_a_few(scope: Scope) -> None:
    """The one that was not heard of for longest makes room: not one that brings packets, whoever else connects."""
    taps = [scope.connect() for _ in range(64)]
    scope.turn_until("tap_connected", 64)
    taps[0].sendall(HEADER + records(session()))
    scope.turn_until_frames(len(session().packets))
    taps.append(scope.connect())
    scope.turn_until("tap_connected", 65)
    assert taps[1].recv(1) == b""
    assert scope.journal.events().count("tap_dropped") == 1
    for tap in taps:
        tap.close()


def test_a_stranger_that_says_nothing_is_let_go(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tap that has nothing to bring stays: it has begun."""
    with scope.connect() as stranger, scope.connect() as tap:
        stranger.sendall(HEADER[:-1])
        tap.sendall(HEADER + record(1, naming_frame("host-1"), 99))
        scope.turn_until("tap_connected", 2)
        scope.turn_until("tap_named")
        scope.taps.tend()
        assert scope.journal.events().count("tap_dropped") == 0
        monkeypatch.setattr("services.scope.live.incoming.taps._BEGIN_WITHIN_S", 0.0)
        scope.taps.tend()
        assert stranger.recv(1) == b""
        assert scope.taps.names == ("host-1",)


def test_without_descriptors_taps_wait_and_the_loop_rests(scope: Scope) -> None:
    """It is said once, the listener is left alone until it is time to try again, and then the tap gets in."""
    with scope.connect():
        with no_more_descriptors():
            scope.turn_until("tap_not_accepted")
            assert scope.selector.select(0) == []
            scope.taps.tend()
            scope.turn()
            assert scope.selector.select(0) == []
        assert scope.journal.events() == ["tap_not_accepted"]
        assert scope.journal.lines()[0]["why"] == "Too many open files"
        scope.taps.tend()
        scope.turn_until("tap_connected")


def test_a_second_shortage_is_said_again(scope: Scope) -> None:
    """Once a tap has got in, the next failure is news."""
    for times in (1, 2):
        with scope.connect():
            with no_more_descriptors():
                scope.turn_until("tap_not_accepted", times)
            scope.taps.tend()
            scope.turn_until("tap_connected", times)


def test_a_tap_that_cannot_be_waited_for_is_let_go(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where epoll has no room for it (ENOSPC), it is closed and said, and the next one is taken."""
    register = scope.selector.register

    def refuse(*_: object) -> selectors.SelectorKey:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with scope.connect() as tap:
        monkeypatch.setattr(scope.selector, "register", refuse)
        scope.turn_until("tap_not_accepted")
        assert tap.recv(1) == b""
    monkeypatch.setattr(scope.selector, "register", register)
    with scope.connect():
        scope.turn_until("tap_connected")
