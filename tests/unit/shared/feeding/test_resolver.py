"""Where a name leads, asked again and again, and never by who needs it."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shared.feeding.feed import Feed
from shared.feeding.resolver import Resolver
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.receiver import receiver
from tests.unit.harness.threads import no_threads
from tests.unit.shared.feeding.test_feed import a_call

Start = Callable[..., Resolver]

NAME = "moves.test"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start resolvers that ask often; each stops with the test."""
    with ExitStack() as stack:

        def started(host: str, port: int = 5000) -> Resolver:
            resolver = Resolver(host, port, every_s=0.01)
            stack.callback(resolver.stop)
            resolver.start()
            return resolver

        yield started


def answer_with(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], list[Any]]) -> None:
    """Have questions for NAME answered so; what threads of other tests ask for in the meantime is none of ours."""
    ask = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **more: Any) -> list[Any]:
        return answer() if host == NAME else ask(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def resolvers() -> list[threading.Thread]:
    """Return the threads that ask."""
    return [thread for thread in threading.enumerate() if thread.name == "resolver"]


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", (socket.AF_INET, ("127.0.0.1", 5000))),
        ("::1", (socket.AF_INET6, ("::1", 5000, 0, 0))),
    ],
)
def test_the_answer_is_what_a_udp_socket_connects_to(start: Start, host: str, answer: tuple[int, Any]) -> None:
    """Family and address, as the socket module wants them."""
    resolver = start(host)
    resolver.wait_for_first(DEADLINE_S)
    assert resolver.address == answer


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "not known"), UnicodeError("label empty")])
def test_a_name_that_leads_nowhere_is_no_error(start: Start, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """It may lead somewhere later: until then there is no address."""

    def fail() -> list[Any]:
        raise error

    answer_with(monkeypatch, fail)
    resolver = start(NAME)
    resolver.wait_for_first(DEADLINE_S)
    assert resolver.address is None


def test_a_name_is_followed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not there yet, there, somewhere else, and then unknown again, which changes nothing."""
    answers: list[Any] = [[]]
    answer_with(monkeypatch, lambda: [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", address) for address in answers[-1]])
    resolver = start(NAME)
    resolver.wait_for_first(DEADLINE_S)
    assert resolver.address is None
    for host in ("127.0.0.2", "127.0.0.3"):
        answers.append([(host, 5000)])
        assert eventually(lambda: resolver.address == (socket.AF_INET, (host, 5000)))  # noqa: B023 - asked at once
    answers.append([])
    assert resolver.address == (socket.AF_INET, ("127.0.0.3", 5000))


def test_a_name_that_is_about_to_be_there_is_soon_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scope that starts beside the service: the first session's calls do not wait for the next regular question."""
    address = socket.AF_INET, ("127.0.0.2", 5000)
    answers = iter([[], [(address[0], socket.SOCK_DGRAM, 17, "", address[1])]])
    answer_with(monkeypatch, lambda: next(answers))
    resolver = Resolver(NAME, 5000, every_s=1000 * DEADLINE_S)
    resolver.start()
    assert eventually(lambda: resolver.address == address)
    resolver.stop()


def test_its_thread_takes_no_signals(start: Start) -> None:
    """A signal interrupts who waits for something else."""
    resolver = start("127.0.0.1")
    resolver.wait_for_first(DEADLINE_S)
    assert eventually(lambda: len(resolvers()) == 1)  # an earlier test's is about to end
    (thread,) = resolvers()
    with open(f"/proc/self/task/{thread.native_id}/status", encoding="ascii") as status:  # noqa: PTH123 - /proc
        (blocked,) = [int(line.split()[1], 16) for line in status if line.startswith("SigBlk:")]
    assert blocked >> (signal.SIGTERM - 1) & 1


def test_it_ends_when_told(start: Start) -> None:
    """No thread is left behind."""
    resolver = start("127.0.0.1")
    resolver.wait_for_first(DEADLINE_S)
    resolver.stop()
    assert eventually(lambda: not resolvers())


def test_a_thread_that_cannot_be_had_is_no_error() -> None:
    """Whoever needs the answer tries again later."""
    with no_threads():
        assert not Resolver("127.0.0.1", 5000).start()


def test_a_feed_without_a_thread_tries_again() -> None:
    """At the limit of processes a service works on, and its records go out when there is room again."""
    with receiver() as scope:
        feed = Feed(scope.address, "server", Journal().log)
        with no_threads():
            feed.start([])
            feed.send(a_call())
            feed.flush()
        assert eventually(lambda: feed.flush() or bool(scope.calls()))  # type: ignore[func-returns-value]
        feed.close()


def test_a_feed_that_ends_without_a_thread_says_so() -> None:
    """It does not wait for an answer that nobody asked for, and the log has the reason."""
    journal = Journal()
    feed = Feed(("2001:db8::1", 5001), "server", journal.log)
    with no_threads():
        feed.start([])
        feed.send(a_call())
        feed.close()
    line = journal.wait_for("records_dropped")
    assert (line["count"], line["scope"], line["why"]) == (1, "[2001:db8::1]:5001", "EAGAIN")
