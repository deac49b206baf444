"""Captures that are compressed."""

import gzip
import io
import random
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.frames import CaptureError
from services.scope.capture.reader import read_capture
from tests.unit.services.scope.harness.files import pcap

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Larger than what is read at a time, so that it is unpacked in several parts.
PACKETS = [(number, bytes([number % 256]) * 1400) for number in range(400)]
WHOLE = pcap("<", PACKETS, nanoseconds=True)
COMPRESS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
PACKED = {how: compress(WHOLE) for how, compress in COMPRESS.items()}


def read(data: bytes) -> tuple[int, str]:
    """Return how many frames a file gives, and what is wrong with it."""
    frames = 0
    try:
        for _ in read_capture(io.BytesIO(data)):
            frames += 1
    except CaptureError as error:
        return frames, str(error)
    return frames, ""


@pytest.mark.parametrize("how", PACKED)
def test_a_compressed_capture_is_read_as_what_is_in_it(how: str) -> None:
    """Nobody has to unpack it, or to name it so."""
    frames = list(read_capture(io.BytesIO(PACKED[how])))
    assert [(frame.t_ns, frame.captured) for frame in frames] == PACKETS


@pytest.mark.parametrize("how", PACKED)
def test_parts_compressed_one_by_one_are_one_capture(how: str) -> None:
    """As with `cat` of several files, and parallel compressors."""
    assert read(COMPRESS[how](WHOLE[:1000]) + COMPRESS[how](WHOLE[1000:])) == (len(PACKETS), "")


@pytest.mark.parametrize("how", PACKED)
def test_of_a_compressed_capture_cut_short_what_was_whole_is_given(how: str) -> None:
    """A file that is still written, for one."""
    chance = random.Random(1)
    incompressible = pcap("<", [(number, chance.randbytes(1400)) for number in range(400)], nanoseconds=True)
    packed = COMPRESS[how](incompressible)
    frames, wrong = read(packed[: len(packed) // 2])
    assert 0 < frames < len(PACKETS)
    assert wrong.endswith("cannot be read any further (the compressed data end too early)")


@pytest.mark.parametrize("how", PACKED)
def test_damaged_compression_is_told(how: str) -> None:
    """Up to where what it unpacked to is whole."""
    data = bytearray(PACKED[how])
    data[-8:] = bytes(8)
    assert "cannot be read any further" in read(bytes(data))[1]


@given(how=st.sampled_from(sorted(PACKED)), data=st.data())
def test_any_damage_is_answered(how: str, data: st.DataObject) -> None:
    """Refused, or read as far as it goes; never an error of ours."""
    packed = bytearray(PACKED[how])
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at:] = data.draw(st.binary(max_size=40)) + packed[at + 1 :]
    assert "\n" not in read(bytes(packed))[1]
