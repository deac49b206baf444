"""The addresses of a name, and whose turn it is."""

import socket
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from services.client.connect.addresses import Address, Lookup, Rota, interleaved, resolve
from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.threads import no_threads

V4, V6 = socket.AF_INET, socket.AF_INET6


def known(family: socket.AddressFamily, *hosts: str) -> list[Address]:
    """Return these as getaddrinfo does."""
    return [(family, socket.SOCK_STREAM, 6, "", (host, 5000)) for host in hosts]


def hosts(addresses: list[Address]) -> str:
    """Return their hosts, for short."""
    return " ".join(str(one[4][0]) for one in addresses)


def test_families_take_turns() -> None:
    """The family that the resolver put first is first, and the other is next: one may not work at all."""
    assert hosts(interleaved(known(V6, "a", "b", "c") + known(V4, "1"))) == "a 1 b c"
    assert hosts(interleaved(known(V4, "1") + known(V6, "a", "b"))) == "1 a b"
    assert interleaved([]) == []


def test_an_address_that_is_there_twice_is_one() -> None:
    """It gets no second turn."""
    assert hosts(interleaved(known(V4, "1", "1", "2"))) == "1 2"


def test_each_connection_begins_with_the_next_address() -> None:
    """And tries the others after it, so that all share the work."""
    rota = Rota(known(V4, "1", "2", "3"))
    assert [hosts(rota.order()) for _ in range(4)] == ["1 2 3", "2 3 1", "3 1 2", "1 2 3"]


def test_an_address_that_failed_comes_last() -> None:
    """It is still tried, by whom the others fail; and is as good as they are once it has given a connection."""
    rota = Rota(known(V4, "1", "2", "3"))
    rota.lost(known(V4, "2")[0])
    assert {hosts(rota.order()) for _ in range(4)} == {"1 3 2", "3 1 2"}
    rota.won(known(V4, "2")[0])
    assert {hosts(rota.order())[0] for _ in range(3)} == {"1", "2", "3"}


def test_where_all_have_failed_all_are_tried() -> None:
    """Nobody is better than another."""
    rota = Rota(known(V4, "1", "2"))
    for one in known(V4, "1", "2"):
        rota.lost(one)
    assert sorted(hosts(rota.order()).split()) == ["1", "2"]


def test_no_address_is_no_order() -> None:
    """Where a signal came first there is nothing to try."""
    assert Rota([]).order() == []


def test_a_server_that_moved_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has to connect again has the name server asked, and goes where the name leads then."""
    lookup = Lookup("echo.test", 5000)
    rota = Rota(known(V4, "1"), lookup)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: known(V4, "2"))
    rota.ask_again()
    assert eventually(lambda: hosts(rota.order()) == "2")


def test_an_answer_that_is_another_is_a_move() -> None:
    """The same addresses in another order are not."""

    class Answering(Lookup):
        """A name server that has answered three times."""

        given = [known(V4, "2", "1"), known(V4, "3"), known(V4, "3")]  # noqa: RUF012 -- used up

        def answer(self, timeout_s: float = 0) -> Sequence[Address] | None:  # noqa: ARG002 -- as it is called
            return self.given.pop(0)

    rota = Rota(known(V4, "1", "2"), Answering("echo.test", 5000))
    moves = []
    for _ in range(3):
        rota.take_answer()
        moves.append(rota.moves)
    assert moves == [0, 1, 1]


def test_a_name_server_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a name meant stays good while nobody says better."""
    asked = threading.Event()

    def fail(*_: Any, **__: Any) -> list[Any]:
        asked.set()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    rota = Rota(known(V4, "1"), Lookup("echo.test", 5000))
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    rota.ask_again()
    assert asked.wait(DEADLINE_S)
    assert hosts(rota.order()) == "1"


def test_a_storm_of_reconnections_is_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second must pass before the name server is asked again."""
    asked = list[int]()

    def resolve(*_: Any, **__: Any) -> list[Any]:
        asked.append(1)
        return known(V4, "2")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    lookup = Lookup("echo.test", 5000)
    for _ in range(50):
        lookup.ask()
    assert lookup.answer(DEADLINE_S) == known(V4, "2")
    lookup.ask()
    assert len(asked) == 1


def test_a_thread_that_cannot_be_had_is_a_failure_like_any_other() -> None:
    """Whoever resolves gets an OSError with its reason, and may try again."""
    with no_threads(), pytest.raises(OSError, match="no thread to be had for asking the name server"):
        resolve("127.0.0.1", 5000, DEADLINE_S)
    assert resolve("127.0.0.1", 5000, DEADLINE_S)


def test_what_a_name_meant_is_kept_while_no_thread_can_ask_again() -> None:
    """The load goes on with the addresses that it has."""
    rota = Rota(known(V4, "1"), Lookup("127.0.0.1", 5000))
    with no_threads():
        rota.ask_again()
    assert hosts(rota.order()) == "1"
