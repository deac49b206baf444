"""The numbers of a feed's datagrams."""

import os
import socket
from collections.abc import Iterator
from typing import TypeAlias

import orjson
import pytest

from shared.feeding.feed import Feed
from shared.feeding.numbering import Numbering
from tests.unit.harness.facts import Journal
from tests.unit.harness.receiver import Receiver, receiver
from tests.unit.shared.feeding.test_feed import Fed, a_call

Ends: TypeAlias = tuple[Fed, Receiver]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Give a feed that has no address yet, and a scope."""
    with receiver() as scope:
        fed = Fed()
        yield fed, scope
        fed.feed.close()


def test_a_number_stands_behind_the_fields() -> None:
    """A line of JSON stays one."""
    numbering = Numbering()
    numbering.sent = 7
    line = numbering.numbered(b'{"call":"send"}\n')
    assert line.endswith(b"}\n")
    assert orjson.loads(line) == {"call": "send", "feed": numbering.name, "nth": 7}


def test_a_number_is_used_up_by_whoever_says_so() -> None:
    """What the kernel did not take leaves no gap."""
    numbering = Numbering()
    assert numbering.numbered(b"{}\n") == numbering.numbered(b"{}\n")


def test_each_beginning_has_a_name_of_its_own() -> None:
    """And counts from 0."""
    numbering = Numbering()
    numbering.sent, name = 7, numbering.name
    numbering.restart()
    assert numbering.sent == 0
    assert numbering.name != name


def test_what_the_kernel_took_is_numbered(ends: Ends) -> None:
    """A datagram that it did not take is told as dropped, and is no gap besides."""
    fed, scope = ends
    fed.resolver.answer(scope.address)
    for number, local in enumerate(("here", "here", "x" * 70_000, "here")):
        fed.feed.send(a_call(number, local=local))
    fed.feed.notify("unwatched")
    assert [record["nth"] for record in scope.pending()] == [0, 1, 2, 3]
    assert fed.feed.dropped == 1


def test_what_came_back_is_no_gap(ends: Ends) -> None:
    """It is told as dropped: the numbers begin anew, by another name."""
    fed, _ = ends
    with receiver() as scope:
        fed.resolver.answer(scope.address)
        fed.feed.send(a_call(1))
        first = scope.receive()
    fed.feed.send(a_call(2))
    with receiver(port=scope.address[1]) as successor:
        fed.feed.send(a_call(3))
        again = successor.receive()
        assert (first["nth"], again["nth"], again["offset"], fed.feed.dropped) == (0, 0, 3, 1)
        assert first["feed"] != again["feed"]


def test_another_scope_is_told_from_the_beginning(ends: Ends) -> None:
    """What went to the first is not missing at the second."""
    fed, scope = ends
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call(1))
    with receiver("127.0.0.2") as elsewhere:
        fed.resolver.answer(elsewhere.address)
        fed.feed.send(a_call(2))
        assert elsewhere.receive()["nth"] == 0


def test_the_end_says_how_many_there_were(ends: Ends) -> None:
    """Of the last one, no later number tells that it was lost."""
    _, scope = ends
    feed = Feed(scope.address, "client", Journal().log)
    feed.send(a_call())
    feed.start([])
    feed.close()
    record, end = scope.pending()
    assert end == {
        "sent": 1,
        "service": "client",
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "feed": record["feed"],
    }


def test_how_many_there_were_is_said_once(ends: Ends) -> None:
    """Whoever has sent nothing since has nothing to say."""
    fed, scope = ends
    fed.resolver.answer(scope.address)
    fed.feed.send(a_call())
    for _ in range(2):
        fed.flushed_after_a_second()
    assert [record["sent"] for record in scope.pending() if "sent" in record] == [1]


def test_a_second_of_a_load_has_no_number(ends: Ends) -> None:
    """It is no call that a ladder would miss, and has its own."""
    fed, scope = ends
    fed.resolver.answer(scope.address)
    fed.feed.report({"load": 1})
    fed.feed.send(a_call())
    assert [record.get("nth") for record in scope.pending()] == [None, 0]
