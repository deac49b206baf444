"""What is said where a client's machine ran out of something."""

from typing import Any

import pytest

from services.client.report.results.schema import LoadRun
from services.client.report.shortages import shortages
from tests.unit.services.client.report.harness.merged import merged
from tests.unit.services.client.report.harness.results import load


def short_of(errno: str | None, count: int, host: str = "a", **machine: Any) -> dict[str, Any]:
    """Return the result of a load that lacked something so often."""
    reasons = [{"phase": "connect", "kind": "exhausted", "errno": errno, "count": count}]
    return load(host=host, error_reasons=reasons, machine={"host": host, **machine})


def said(*documents: dict[str, Any]) -> list[str]:
    """Return the sentences."""
    return list(shortages([run for run in merged(*documents).runs if isinstance(run, LoadRun)]))


@pytest.mark.parametrize(
    ("result", "beginning"),
    [
        (
            short_of("EADDRNOTAVAIL", 1200, local_ports=300),
            "Out of local ports (300 of them, and TIME-WAIT keeps each for 60 s): 1,200 attempts",
        ),
        (short_of("EMFILE", 1, open_files=1024), "Out of descriptors (1,024 for a process, RLIMIT_NOFILE): 1 attempt "),
        (short_of("EADDRNOTAVAIL", 2), "Out of local ports (an unknown number of them"),
        (short_of("ENOBUFS", 2), "Out of what a connection needs (ENOBUFS): 2 attempts"),
        (short_of(None, 2), "Out of what a connection needs (unknown): 2 attempts"),
    ],
)
def test_what_ran_out_is_named_with_its_limit(result: dict[str, Any], beginning: str) -> None:
    """It is said to be the client's own, so that nobody looks for it at the server."""
    (sentence,) = said(result)
    assert sentence.startswith(beginning)
    assert sentence.endswith("to connect failed for that reason. It is the client's own limit, and not the server's.")


def test_of_several_clients_those_are_named_that_lacked_something() -> None:
    """With the lowest of their limits; what was missed most often comes first."""
    ports = [short_of("EADDRNOTAVAIL", 5, host, local_ports=most) for host, most in (("a", 300), ("b", 200))]
    first, second = said(*ports, short_of("EMFILE", 4, "c", open_files=20), load(host="d"))
    assert first.startswith("Out of local ports (200 of them")
    assert "10 attempts to connect failed for that reason, in 2 of 4 replicas (a, b)." in first
    assert "in 1 of 4 replicas (c)." in second


def test_a_server_that_refuses_is_no_shortage() -> None:
    """The client had all that it needs."""
    assert (
        said(load(error_reasons=[{"phase": "connect", "kind": "refused", "errno": "ECONNREFUSED", "count": 3}])) == []
    )
