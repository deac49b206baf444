"""Records on their way to the scope, whatever becomes of it."""

import os
import socket
import time
from collections.abc import Iterator

import pytest

from shared.calls import Call
from shared.feeding.feed import Feed
from shared.feeding.resolver import Resolver
from tests.unit.harness.facts import DEADLINE_S, Journal, eventually
from tests.unit.harness.receiver import Receiver, kernel_that_takes_little, receiver, socket_to
from tests.unit.harness.servers import free_port
from tests.unit.shared.test_calls import CONTRACT


def a_call(number: int = 0, local: str = "127.0.0.1:5000") -> Call:
    """Return a record that can be told from others by its offset."""
    return Call("server", "here", os.getpid(), 7, "recv", 1, 2, 3, local, "127.0.0.1:4", 5, number, None, "ESTABLISHED")


class Told(Resolver):
    """A resolver that the test answers for; it is never started."""

    def __init__(self) -> None:
        super().__init__("scope.test", 1)

    def start(self) -> bool:
        """Ask nobody."""
        return True

    def answer(self, address: tuple[str, int]) -> None:
        """Say where the scope is now."""
        self.address = socket.AF_INET, address


class Fed:
    """A feed, and the log that it complains to."""

    def __init__(self, *announcements: Call) -> None:
        self.journal = Journal()
        self.resolver = Told()
        self.feed = Feed(("scope.test", 1), "server", self.journal.log, self.resolver)
        self.feed.start(announcements)

    def flushed_after_a_second(self) -> None:
        """Flush so often that once it is time."""
        end_s = time.monotonic() + 1.1
        assert eventually(lambda: self.feed.flush() or time.monotonic() > end_s)  # type: ignore[func-returns-value]


@pytest.fixture
def fed() -> Iterator[Fed]:
    """Give a feed that has no address yet."""
    given = Fed()
    yield given
    given.feed.close()


@pytest.fixture
def scope() -> Iterator[Receiver]:
    """Give a scope."""
    with receiver() as listening:
        yield listening


def test_a_record_is_one_line_of_json_with_the_keys_of_the_contract(fed: Fed, scope: Receiver) -> None:
    """In its order, with its number behind, and nothing else."""
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call(9))
    record = scope.receive()
    assert list(record) == [*CONTRACT, "feed", "nth"]
    assert (record["call"], record["offset"], record["errno"]) == ("recv", 9, None)


def test_a_notice_says_who_speaks_and_when(fed: Fed, scope: Receiver) -> None:
    """It has no `call`, by which it is told from a record."""
    fed.resolver.answer(scope.address)
    before_ns = time.time_ns()
    fed.feed.notify("unwatched", reason="budget")
    notice = scope.receive()
    assert before_ns <= notice.pop("t_ns") <= time.time_ns()
    del notice["feed"], notice["nth"]
    assert notice == {
        "notice": "unwatched",
        "service": "server",
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "reason": "budget",
    }


def test_what_comes_before_the_first_address_waits_for_it(fed: Fed, scope: Receiver) -> None:
    """As much as one session makes; the rest is counted."""
    for number in range(70):
        fed.feed.send(a_call(number))
    assert fed.feed.dropped == 6
    fed.resolver.answer(scope.address)
    fed.feed.flush()
    assert [record["offset"] for record in scope.calls()] == list(range(64))


def test_the_end_sends_what_waited(scope: Receiver) -> None:
    """A client whose only session is over before the name server has answered loses nothing."""
    feed = Feed(scope.address, "client", Journal().log)
    feed.send(a_call())
    feed.start([])
    feed.close()
    assert [record["offset"] for record in scope.calls()] == [0]
    assert feed.dropped == 0


def test_an_end_without_a_scope_says_what_was_lost(fed: Fed) -> None:
    """It does not wait for a name that is unknown, and the log has the count."""
    fed.resolver._has_tried.set()  # noqa: SLF001 - what a resolver does when it has been told that there is no such name
    fed.feed.send(a_call())
    fed.feed.close()
    line = fed.journal.wait_for("records_dropped")
    assert (line["count"], line["scope"], line["why"]) == (1, "scope.test:1", "EAI_NONAME")


def test_a_scope_that_moves_is_followed(fed: Fed, scope: Receiver) -> None:
    """The next record after the answer goes to the new address, and the old socket is closed."""
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call(1))
    with receiver("127.0.0.2") as elsewhere:
        fds = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a number
        fed.resolver.answer(elsewhere.address)
        fed.feed.send(a_call(2))
        assert len(os.listdir("/proc/self/fd")) <= fds  # noqa: PTH208
        assert elsewhere.receive()["offset"] == 2
        fed.resolver.answer(elsewhere.address)  # the same again
        fed.feed.send(a_call(3))
        assert elsewhere.receive()["offset"] == 3
    assert [record["offset"] for record in scope.calls()] == [1]


def test_a_name_is_resolved_by_a_thread() -> None:
    """With the real resolver, IPv6 too, a record gets there."""
    with receiver("::1") as scope:
        feed = Feed(scope.address, "server", Journal().log)
        feed.start([])
        feed.send(a_call())
        assert eventually(lambda: feed.flush() or bool(scope.calls()))  # type: ignore[func-returns-value]
        feed.close()


def test_a_scope_that_is_not_there_fails_nothing(fed: Fed) -> None:
    """Each record that came back is counted, and the log says so at most once a second."""
    fed.resolver.answer(("127.0.0.1", free_port()))
    for number in range(100):
        fed.feed.send(a_call(number))
        fed.feed.flush()
    assert fed.feed.dropped == 99  # what became of the last is not known yet
    fed.flushed_after_a_second()
    assert fed.feed.dropped == 100
    lines = fed.journal.lines()
    assert len(lines) <= 3
    assert sum(line["count"] for line in lines) == 100
    assert {line["why"] for line in lines} == {"ECONNREFUSED"}


def test_a_scope_that_comes_back_learns_what_it_missed() -> None:
    """Announcements are repeated, and the notice's count is what was lost."""
    port = free_port()
    fed = Fed(a_call(number=77))
    fed.resolver.answer(("127.0.0.1", port))
    for number in range(10):
        fed.feed.send(a_call(number))
    fed.flushed_after_a_second()  # offers the notice to nobody, and knows it
    with receiver(port=port) as scope:
        fed.flushed_after_a_second()
        fed.feed.send(a_call(11))
        assert [record["offset"] for record in scope.calls()] == [77, 11]
        (notice,) = scope.notices()
        assert (notice["notice"], notice["count"]) == ("records_dropped", 10)
        fed.flushed_after_a_second()
        assert len(scope.notices()) == 1
    fed.feed.close()


def test_a_scope_that_was_restarted_is_told_of_the_listeners_again() -> None:
    """Its successor at the same address has not heard of them: a record that came back says that there is one."""
    fed = Fed(a_call(number=77))
    with receiver() as scope:
        fed.resolver.answer(scope.address)
        fed.feed.flush()
        assert [record["offset"] for record in scope.calls()] == [77]
        fed.flushed_after_a_second()
        assert len(scope.calls()) == 1
    fed.feed.send(a_call(1))
    with receiver(port=scope.address[1]) as successor:
        fed.flushed_after_a_second()
        assert [record["offset"] for record in successor.calls()] == [77]
    fed.feed.close()


def test_it_never_waits_for_the_kernel(fed: Fed, scope: Receiver) -> None:
    """A full send buffer is EAGAIN, and a drop."""
    fed.resolver.answer(scope.address)
    fed.feed.flush()
    with socket_to(scope.address) as sock:
        assert not os.get_blocking(sock.fileno())


def test_a_full_kernel_is_not_waited_for(fed: Fed, scope: Receiver) -> None:
    """What the kernel does not take is dropped and counted; what comes later is sent."""
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call())
    with kernel_that_takes_little(scope.address):
        started_s = time.monotonic()
        for number in range(1000):
            fed.feed.send(a_call(number))
        assert time.monotonic() - started_s < DEADLINE_S
        assert 0 < fed.feed.dropped < 1000
    scope.receive()
    scope._sock.recv(65_536)  # noqa: SLF001 - what the cork made one datagram
    fed.feed.send(a_call(1001))
    assert scope.receive()["offset"] == 1001


def test_a_record_that_is_too_long_is_dropped(fed: Fed, scope: Receiver) -> None:
    """UDP has a limit; the next record is not harmed, and the scope is told."""
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call(1, local="x" * 70_000))
    fed.feed.send(a_call(2))
    assert scope.receive()["offset"] == 2
    fed.flushed_after_a_second()
    assert fed.journal.wait_for("records_dropped", count=1)["why"] == "EMSGSIZE"
    assert scope.has(notice="records_dropped", count=1)


def test_a_scope_that_does_not_read_holds_nobody_up(fed: Fed, scope: Receiver) -> None:
    """Its kernel drops what it has no room for: that is its own count."""
    fed.resolver.answer(scope.address)
    for number in range(20_000):
        fed.feed.send(a_call(number))
    assert fed.feed.dropped == 0
    assert 0 < len(scope.calls()) < 20_000


def test_an_address_without_a_route_is_tried_again(fed: Fed, scope: Receiver) -> None:
    """The records wait as for a name that is not known yet."""
    fed.resolver.address = socket.AF_INET, ("255.255.255.255", 9)  # connect(2): EACCES without SO_BROADCAST
    fed.feed.send(a_call(1))
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call(2))
    assert [record["offset"] for record in scope.calls()] == [1, 2]
