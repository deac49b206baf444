"""Pipes that connections keep and give back, and what happens when there are no more."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.server.echo.splicing import TURN_BYTES, Pipe, Pipes, Unsent
from services.server.worker import fork
from tests.unit.harness.sockets import no_more_descriptors, receive

Pair = tuple[socket.socket, socket.socket]

# A user that nothing else on this machine is, so that the pipe pages are this test's alone.
_SOMEBODY = 54_321


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    """Give pipes, and take back those that no connection holds."""
    made = Pipes()
    yield made
    made.close()


def descriptors() -> int:
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def keep(pipes: Pipes, data: bytes) -> Unsent:
    """Do what a turn does whose bytes do not go out: fill the current pipe, and set it aside."""
    os.write(pipes.inlet, data)
    return pipes.keep(len(data))


def is_empty(outlet: int) -> bool:
    """Tell whether nothing is left in a pipe."""
    try:
        os.read(outlet, 1)
    except BlockingIOError:
        return True
    return False


def test_unsent_bytes_keep_the_pipe_that_they_are_in(pipes: Pipes, pair: Pair) -> None:
    """They wait there while the next turn has another pipe, and go out from it, in parts or whole."""
    client, server = pair
    outlet = pipes.outlet
    unsent = keep(pipes, b"Hello")
    assert pipes.outlet != outlet
    assert is_empty(pipes.outlet)
    assert (pipes.send(unsent, server.fileno()), unsent.left) == (5, 0)
    assert receive(client, 5) == b"Hello"


@pytest.mark.parametrize("sent", [0, 2])
def test_a_pipe_is_taken_back_empty(pipes: Pipes, sent: int) -> None:
    """Whatever was still unsent is forgotten, and the next connection that keeps a pipe opens none."""
    first = pipes.outlet
    unsent = keep(pipes, b"Hello")
    os.read(first, sent)
    unsent.left -= sent
    pipes.release(unsent)
    before = descriptors()
    second = keep(pipes, b"again")
    assert pipes.outlet == first
    assert is_empty(first)
    assert descriptors() <= before  # what an earlier test has left may be collected meanwhile
    pipes.release(second)


def test_a_lost_connection_leaves_the_shared_pipe_empty(pipes: Pipes) -> None:
    """What it had put there is thrown away, even if some of it went out before the failure."""
    os.write(pipes.inlet, b"Hello")
    pipes.discard(5)
    assert is_empty(pipes.outlet)
    os.write(pipes.inlet, b"lo")
    pipes.discard(5)
    assert is_empty(pipes.outlet)


def assert_sends(pipes: Pipes, pair: Pair, unsent: Unsent, data: bytes) -> None:
    """Send until nothing is unsent: it reaches the peer byte for byte."""
    client, server = pair
    while unsent.left:
        left = unsent.left
        sent = pipes.send(unsent, server.fileno())
        assert unsent.left == left - sent
        assert receive(client, sent) == data[len(data) - left :][:sent]
    pipes.release(unsent)


def test_beyond_the_last_pipe_bytes_are_copied(pipes: Pipes, pair: Pair) -> None:
    """However many connections have something unsent, the pipes are few, and each gets its own bytes."""
    messages = [os.urandom(TURN_BYTES) for _ in range(100)]
    unsent = [keep(pipes, message) for message in messages]
    # The sixteenth is the one that every turn goes through.
    assert [one.pipe is not None for one in unsent] == [True] * 15 + [False] * 85
    for one, message in zip(unsent, messages, strict=True):
        assert_sends(pipes, pair, one, message)
    assert is_empty(pipes.outlet)


def test_without_descriptors_bytes_are_copied(pipes: Pipes, pair: Pair) -> None:
    """Where no pipe can be had, the one there is is emptied, and serves the next turn."""
    outlet = pipes.outlet
    before = descriptors()
    with no_more_descriptors():
        unsent = keep(pipes, b"Hello")
        assert (unsent.pipe, pipes.outlet) == (None, outlet)
    assert is_empty(outlet)
    assert descriptors() <= before  # what an earlier test has left may be collected meanwhile
    assert_sends(pipes, pair, unsent, b"Hello")


def test_a_copy_goes_out_in_parts(pipes: Pipes, pair: Pair) -> None:
    """A peer that takes little at a time gets the rest later, from the right place on."""
    client, server = pair
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server.setblocking(False)
    data = os.urandom(TURN_BYTES)
    with no_more_descriptors():
        unsent = keep(pipes, data)
    received, parts = b"", 0
    while unsent.left:
        try:
            pipes.send(unsent, server.fileno())
            parts += 1
        except BlockingIOError:
            # All that is there: of a peer that takes less, TCP waits until the window is worth a segment.
            received += client.recv(TURN_BYTES)
    pipes.release(unsent)
    received += receive(client, len(data) - len(received))
    assert received == data
    assert parts > 1


def in_a_child_of_somebody_else(work: Callable[[], None]) -> int:
    """Run it as another user, if this one may become one; return the exit code: 0 when nothing was raised."""

    def child() -> int:
        if os.geteuid() == 0:
            os.setuid(_SOMEBODY)
        work()
        return 0

    return os.waitstatus_to_exitcode(os.waitpid(fork(child), 0)[1])


def exhaust_pipe_pages() -> list[Pipe]:
    """Return pipes that, as long as they are open, leave none of the full size for this user."""
    made = list[Pipe]()
    while len(made) < 1000:
        try:
            made.append(Pipe())
        except PermissionError:
            return made
    raise AssertionError("this user has no limit")


def test_beyond_the_users_pipe_pages_bytes_are_copied(pair: Pair) -> None:
    """Linux limits what a user's pipes hold (pipe-user-pages-soft): a worker that meets the limit goes on."""

    def work() -> None:
        pipes = Pipes()
        exhaust_pipe_pages()
        before = descriptors()
        unsent = keep(pipes, b"Hello")
        assert unsent.pipe is None
        assert descriptors() <= before  # what an earlier test has left may be collected meanwhile
        assert_sends(pipes, pair, unsent, b"Hello")

    assert in_a_child_of_somebody_else(work) == 0


def test_a_worker_starts_beyond_the_users_pipe_pages(pair: Pair) -> None:
    """Other workers' slow readers may hold them all: a new worker does with the small pipe that it gets."""

    def work() -> None:
        exhaust_pipe_pages()
        pipes = Pipes()
        client, server = pair
        client.sendall(os.urandom(TURN_BYTES))
        echoed = 0
        while echoed < TURN_BYTES:
            count = os.splice(server.fileno(), pipes.inlet, pipes.turn_bytes)
            assert os.splice(pipes.outlet, server.fileno(), count) == count
            echoed += count

    assert in_a_child_of_somebody_else(work) == 0


def test_when_much_is_unsent_turns_are_small(pipes: Pipes) -> None:
    """Beyond the budget each further peer that does not read costs little; when it is sent, turns are whole again."""
    assert pipes.turn_bytes == TURN_BYTES
    unsent = []
    while pipes.turn_bytes == TURN_BYTES:
        unsent.append(keep(pipes, bytes(TURN_BYTES)))
        assert len(unsent) <= 2048
    assert len(unsent) * TURN_BYTES == 64 * 1_048_576
    assert pipes.turn_bytes <= TURN_BYTES // 16
    pipes.release(unsent.pop())
    assert pipes.turn_bytes == TURN_BYTES
    for one in unsent:
        pipes.release(one)


def test_closed_pipes_leave_no_descriptor(pair: Pair) -> None:
    """At the end of a loop everything is given back."""
    before = descriptors()
    pipes = Pipes()
    with ExitStack() as stack:
        for unsent in [keep(pipes, b"Hello") for _ in range(20)]:
            stack.callback(pipes.release, unsent)
        assert_sends(pipes, pair, keep(pipes, b"more"), b"more")
    pipes.close()
    assert descriptors() <= before  # what an earlier test has left may be collected meanwhile
