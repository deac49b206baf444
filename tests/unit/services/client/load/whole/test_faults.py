"""Servers that flip, lose, double and swap bytes: each is found, counted exactly, and told apart."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.harness.loads import Load, Middle, bad_echo


class Faulty:
    """Echoes, but does something once to the first connection, at byte `at` of its stream."""

    def __init__(self, at: int, fault: Callable[[bytes], bytes]) -> None:
        self.at = at
        self.fault = fault
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self) -> Middle:
        """Return the next connection's treatment."""
        with self._lock:
            self.count += 1
            is_first = self.count == 1
        seen = 0

        def treat(data: bytes, *, ended: bool) -> bytes:
            nonlocal seen
            start, seen = seen, seen + len(data)
            if ended or not is_first or not start <= self.at < seen:
                return data
            cut = self.at - start
            return data[:cut] + self.fault(data[cut:])

        return treat


def flip(rest: bytes) -> bytes:
    """Change one bit."""
    return bytes([rest[0] ^ 1]) + rest[1:]


def drop(rest: bytes) -> bytes:
    """Leave three bytes out."""
    return rest[3:]


def double(rest: bytes) -> bytes:
    """Send seven bytes twice."""
    return rest[:7] + rest


def swap(rest: bytes) -> bytes:
    """Exchange two pieces of five bytes."""
    return rest[5:10] + rest[:5] + rest[10:]


FAULTS = [(flip, "mismatch"), (drop, "lost"), (double, "surplus"), (swap, "reordered")]

SHAPES = [
    {"size_bytes": 64},
    {"size_bytes": 64, "pipeline": 8},
    {"size_bytes": 64, "rate": 500},
    {"size_bytes": 65_536, "rate": 200},
    {"size_bytes": 300_000, "rate": 100},
    {"size_bytes": 64, "rate": 500, "messages_per_connection": 40},
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=[kind for _, kind in FAULTS])
def test_a_fault_is_found_counted_once_and_told_apart(
    fault: Callable[[bytes], bytes], kind: str, shape: dict[str, Any]
) -> None:
    """One fault is one failed session of that kind, told to the byte; all else is right."""
    at = 20 * 64 + 30
    # Where nothing follows on what was lost, only time tells.
    times: dict[str, Any] = {"timeout_s": 0.4, "duration_s": 0.9} if kind == "lost" else {"duration_s": 0.3}
    with bad_echo(Faulty(at, fault)) as address:
        load = Load(address, connections=2, **times, **shape)
    assert dict(load.measured.errors) == {kind: 1}
    assert load.measured.sessions_failed == 1
    assert load.measured.mismatches == (kind == "mismatch")
    (line,) = load.failures()
    # The seven bytes that came twice were right the first time.
    assert (line["message"], line["offset"]) == divmod(at + 7 * (kind == "surplus"), shape["size_bytes"])
    assert line["sent"] != line["received"]
    assert not load.outcome.is_good


def test_every_flipped_byte_is_counted() -> None:
    """Each of a proxy's flips is one mismatch, also those that are still in flight when the first is found."""
    flips = 0

    def middle() -> Middle:
        seen = 0

        def treat(data: bytes, *, ended: bool) -> bytes:  # noqa: ARG001 - what a middle is called with
            nonlocal seen, flips
            changed = bytearray(data)
            for i in range(-seen % 9973, len(data), 9973):
                if seen + i:
                    changed[i] ^= 0x80
                    flips += 1
            seen += len(data)
            return bytes(changed)

        return treat

    with bad_echo(middle) as address:
        load = Load(address, connections=3, size_bytes=1000, pipeline=30, duration_s=0.4)
    assert flips > 10
    assert load.measured.mismatches == flips
    assert set(load.measured.errors) == {"mismatch"}


def test_a_wrong_byte_is_logged_with_both_values() -> None:
    """The line says which connection, message and byte, and what was sent and received there."""
    with bad_echo(Faulty(40, flip)) as address:
        load = Load(address, connections=1, size_bytes=32)
    (line,) = load.failures()
    assert {"connection": 0, "message": 1, "offset": 8, "kind": "mismatch"}.items() <= line.items()
    assert line["sent"] ^ line["received"] == 1


def test_a_dropped_end_is_lost_bytes_and_no_time_out() -> None:
    """Where nothing follows what was swallowed, half-closing shows that the peer is there and the bytes are not."""
    with bad_echo(Faulty(64 * 5 + 61, drop)) as address:
        load = Load(address, connections=1, size_bytes=64, timeout_s=0.2, duration_s=0.6)
    assert dict(load.measured.errors) == {"lost": 1}
    assert "3 bytes" in load.failures()[0]["why"]


def test_a_doubled_end_is_surplus() -> None:
    """What comes after the last message is seen, because the connection is read to its end."""

    def middle() -> Middle:
        return lambda data, *, ended: b"again" if ended else data

    with bad_echo(middle) as address:
        load = Load(address, connections=2, size_bytes=64, messages_per_connection=3, duration_s=0.1)
    assert set(load.measured.errors) == {"surplus"}
    assert load.measured.errors["surplus"] == load.measured.sessions == load.measured.sessions_failed
