"""Messages that are sent from a file: compared in two parts, whatever comes of them."""

import pytest

from tests.unit.harness.loads import Load, Middle, bad_echo
from tests.unit.harness.loops import running_loop


@pytest.mark.parametrize("at", [0, 15, 16, 40_000, 65_535])
def test_a_wrong_byte_is_found_in_either_part(at: int) -> None:
    """In the header, where the two parts meet, in the middle, and at the end."""

    def middle() -> Middle:
        seen = 0

        def treat(data: bytes, *, ended: bool) -> bytes:  # noqa: ARG001 - what a middle is called with
            nonlocal seen
            start, seen = seen, seen + len(data)
            if start <= 65_536 + at < seen:  # of the second message: the first starts the fast path
                cut = 65_536 + at - start
                data = data[:cut] + bytes([data[cut] ^ 1]) + data[cut + 1 :]
            return data

        return treat

    with bad_echo(middle) as address:
        load = Load(address, connections=1, size_bytes=65_536, duration_s=0.2)
    line = load.failures()[0]
    assert (line["kind"], line["message"], line["offset"]) == ("mismatch", 1, at)


def test_what_is_right_is_all_that_was_sent() -> None:
    """Every message is verified, and its bytes are counted once."""
    with running_loop() as server:
        load = Load(server.address, connections=2, size_bytes=50_000, duration_s=0.2)
    measured = load.measured
    assert measured.messages_verified == measured.messages_sent == measured.messages_due > 0
    assert measured.bytes_verified == measured.messages_verified * 50_000
