"""Which calls are of one socket, and which sockets are a conversation's."""

import random
from dataclasses import replace

import pytest

from services.scope.calls.sockets import NEAR_NS, Ends, Sockets, endpoint
from services.scope.model import Conversation, Endpoint
from shared.calls import Call
from tests.unit.services.scope.harness.calls import call, listener, session, session_calls
from tests.unit.services.scope.harness.wire import MILLISECOND_NS, followed


def conversation(at_ms: float = 1, server: str = "10.0.0.2:5000") -> Conversation:
    """Return a session at another time, or with another server."""
    (found,) = followed(session())
    for segment in found.segments:
        segment.t_ns += int((at_ms - 1) * MILLISECOND_NS)
    found.server = endpoint(server) or found.server
    return found


def names(ends: Ends) -> list[list[str]]:
    """Return the calls of each socket by their names."""
    return [[made.call for made in socket.calls] if socket else [] for socket in ends]


def test_a_conversation_has_its_two_sockets_and_the_listener() -> None:
    """In whatever order the records came, and however often."""
    records = session_calls() * 2
    random.Random(1).shuffle(records)
    assert names(Sockets(records).take(conversation())) == [
        ["socket", "connect", "send", "recv", "shutdown", "recv", "close"],
        ["accept", "recv", "send", "recv", "close"],
        ["bind", "listen"],
    ]


def test_a_socket_is_taken_once() -> None:
    """Another conversation of the same addresses has another."""
    sockets = Sockets(session_calls())
    sockets.take(conversation())
    assert names(sockets.take(conversation(2)))[:2] == [[], []]


def test_of_two_connections_that_share_a_port_each_has_its_own_calls() -> None:
    """Time tells them apart, and nothing else can."""
    first = [call("client", "connect", 1, 2), call("client", "close", 9, 10)]
    second = [call("client", "connect", 5001, 5002), call("client", "close", 5009, 5010)]
    sockets = Sockets([*second, *first])
    for at_ms, calls in ((5001, second), (1, first)):
        client = sockets.take(conversation(at_ms)).client
        assert client is not None
        assert client.calls == calls


def test_calls_of_another_time_are_of_another_connection() -> None:
    """One that was not captured, as the other was not watched."""
    calls = [call("client", "connect", 20_000, 20_001)]
    assert Sockets(calls).take(conversation()) == (None, None, None)
    assert Sockets(calls).take(conversation(20_000 - NEAR_NS / MILLISECOND_NS)).client is not None


def test_a_descriptor_that_is_used_again_is_another_socket() -> None:
    """Though the record of its close was lost."""
    calls = [
        call("server", "accept", 0, 3),
        call("server", "recv", 4, 5),
        call("server", "accept", 9, 9, names=("10.0.0.2:5000", "10.0.0.9:1")),
    ]
    assert names(Sockets(calls).take(conversation()))[1] == ["accept", "recv"]


def test_names_that_differ_are_two_sockets() -> None:
    """Though the records of close and accept were lost."""
    calls = [call("server", "accept", 0, 3), call("server", "recv", 4, 5, names=("10.0.0.2:5000", "10.0.0.9:1"))]
    assert names(Sockets(calls).take(conversation()))[1] == ["accept"]


def test_a_second_connect_is_another_connection() -> None:
    """A socket that was refused may try again."""
    calls = [call("client", "connect", 0, 2), call("client", "connect", 5000, 5001)]
    assert names(Sockets(calls).take(conversation()))[0] == ["connect"]


@pytest.mark.parametrize(
    ("bound", "server", "is_it"),
    [
        ("10.0.0.2:5000", "10.0.0.2:5000", True),
        ("0.0.0.0:5000", "10.0.0.2:5000", True),
        ("[::]:5000", "10.0.0.2:5000", True),
        ("[::]:5000", "[fe80::1]:5000", True),
        ("[fe80::1%eth0]:5000", "[fe80::1]:5000", True),
        ("0.0.0.0:5000", "[fe80::1]:5000", False),
        ("10.0.0.3:5000", "10.0.0.2:5000", False),
        ("0.0.0.0:5001", "10.0.0.2:5000", False),
    ],
)
def test_a_listener_takes_what_comes_to_its_address(bound: str, server: str, *, is_it: bool) -> None:
    """Or to any, if that is what it is bound to."""
    sockets = Sockets(listener(bound))
    assert (sockets.take(conversation(server=server)).listener is not None) == is_it
    assert (sockets.unused_listeners() == []) == is_it


def test_the_last_listener_before_is_the_conversations() -> None:
    """A server that was restarted has listened twice."""
    calls = [*listener(at_ms=-100), *listener(at_ms=-50), *listener(at_ms=100)]
    taken = Sockets([*calls[:2], *(_on_fd(8, made) for made in calls[2:4]), *(_on_fd(9, made) for made in calls[4:])])
    found = taken.take(conversation()).listener
    assert found is not None
    assert found.calls[0].fd == 8


def _on_fd(fd: int, made: Call) -> Call:
    return Call(**{name: getattr(made, name) for name in Call.__dataclass_fields__} | {"fd": fd})


def test_what_nobody_took_is_given_with_both_ends_together() -> None:
    """By its addresses; unknown ones are port 0."""
    lost = call("client", "connect", 50, 60, errno="ENETUNREACH", state="CLOSED", names=(None, "10.0.0.7:5000"))
    records = [*session_calls(), lost]
    client = (Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 5000), 7, 5)
    nobody = (Endpoint("0.0.0.0", 0), Endpoint("10.0.0.7", 5000), 1, 0)  # noqa: S104 -- a name, not bound to
    found = [
        (there, server, len(ends.client.calls if ends.client else []), len(ends.server.calls if ends.server else []))
        for there, server, ends in Sockets(records).rest()
    ]
    assert found == [client, nobody]


def test_a_servers_end_alone_is_given_as_the_servers() -> None:
    """The client may be another program, on another machine."""
    ((client, server, ends),) = Sockets([call("server", "accept", 0, 1)]).rest()
    assert (client.port, server.port, ends.client) == (40_000, 5000, None)


@pytest.mark.parametrize("text", [None, "", "localhost", "10.0.0.1:", ":5000", "10.0.0.1:http"])
def test_what_is_no_address_is_none(text: str | None) -> None:
    """A record may have one that is not known."""
    assert endpoint(text) is None


def test_a_connection_that_another_process_goes_on_with_is_one_socket() -> None:
    """A child has its parent's descriptor, and closes it later."""
    parent = [call("server", "accept", 0, 3.1), call("server", "close", 3.2, 3.3)]
    child = [
        replace(made, pid=201)
        for made in session_calls()
        if made.service == "server" and made.call in ("recv", "close")
    ]
    ends = Sockets([*parent, *child]).take(conversation())
    assert [(made.pid, made.call) for made in (ends.server.calls if ends.server else [])] == [
        (200, "accept"),
        (200, "close"),
        (201, "recv"),
        (201, "recv"),
        (201, "close"),
    ]


def test_a_client_without_an_address_is_known_by_its_connect() -> None:
    """If it is the only one that was connecting to that server when the SYN was sent."""
    nameless = call("client", "connect", 0.9, 2.1, names=(None, "10.0.0.2:5000"))
    other = replace(nameless, pid=101)
    late = replace(other, t0_ns=nameless.t1_ns, mono_ns=nameless.t1_ns)
    assert names(Sockets([nameless, late]).take(conversation()))[0] == ["connect"]
    assert names(Sockets([nameless, other]).take(conversation()))[0] == []


def test_a_server_that_listens_on_any_address_is_known_by_its_client() -> None:
    """A trace may not tell which of its own addresses it was."""
    accept = call("server", "accept", 0, 3.1, names=("0.0.0.0:5000", "10.0.0.1:40000"))
    assert names(Sockets([accept]).take(conversation()))[1] == ["accept"]


def test_a_socket_that_never_connected_is_of_no_conversation() -> None:
    """Programs open sockets to look what there is."""
    found = Sockets(
        [call("client", name, at, at + 0.1, names=(None, None)) for at, name in ((1, "socket"), (2, "close"))]
    )
    assert list(found.rest()) == []
    assert [len(socket.calls) for socket in found.unused_listeners()] == [2]
