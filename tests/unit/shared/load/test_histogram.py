"""Durations that add up exactly, and survive being printed."""

import base64
import gc
import math
import statistics
import struct
import weakref
import zlib
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.load.histogram import DIGITS, HIGHEST_US, PERCENTILES, Durations

SAMPLES = st.lists(st.integers(0, 2 * HIGHEST_US), max_size=50)


def recorded(samples: list[int]) -> Durations:
    """Return a histogram of these."""
    durations = Durations()
    durations.record(Counter(samples))
    return durations


@given(st.lists(SAMPLES, max_size=5))
def test_any_partition_adds_up_to_the_whole(parts: list[list[int]]) -> None:
    """Merging is exact: nobody can tell by how many the samples were taken."""
    merged = Durations()
    for part in parts:
        merged.add(recorded(part))
    whole = recorded([sample for part in parts for sample in part])
    assert merged.summary() == whole.summary()
    assert merged.encode() == whole.encode()


@given(SAMPLES)
def test_what_is_printed_can_be_read_again(samples: list[int]) -> None:
    """Histogram and summary together are all of it."""
    durations = recorded(samples)
    again = Durations.decode(durations.encode(), durations.summary())
    assert again.summary() == durations.summary()
    assert again.encode() == durations.encode()


@given(SAMPLES)
def test_the_histogram_is_as_the_library_records_it(samples: list[int]) -> None:
    """To the last bucket: other implementations read it."""
    durations, expected = recorded(samples), Durations()
    for sample in samples:
        expected.histogram.record_value(min(sample, HIGHEST_US))
    assert durations.encode() == expected.encode()
    for name in ("total_count", "min_value", "max_value"):
        assert getattr(durations.histogram, name) == getattr(expected.histogram, name)


@given(SAMPLES.filter(bool))
def test_the_exact_figures_are_exact(samples: list[int]) -> None:
    """Count, total, mean, least and greatest are those of the samples, not of the histogram's buckets."""
    summary = recorded(samples).summary()
    found = [summary[name] for name in ("count", "total", "min", "max")]
    assert found == [len(samples), sum(samples), min(samples), max(samples)]
    assert summary["mean"] == sum(samples) / len(samples)


@given(st.lists(st.integers(1, HIGHEST_US), min_size=1, max_size=200))
def test_percentiles_are_within_the_resolution_and_never_above_the_maximum(samples: list[int]) -> None:
    """Each is the sample of its rank, which is rounded up, to three digits."""
    summary, ordered = recorded(samples).summary(), sorted(samples)
    for percentile in PERCENTILES:
        value = summary[f"p{percentile:g}"]
        rank = math.ceil(Fraction(str(percentile)) * len(samples) / 100)
        assert ordered[rank - 1] <= value <= min(ordered[rank - 1] * (1 + 10**-DIGITS), summary["max"])


def test_the_greatest_of_a_few_thousand_is_their_last_percentile() -> None:
    """Of 4,000 values p99.99 is the greatest: the rank is rounded up, and not to the nearest."""
    assert recorded([1] * 3999 + [500]).summary()["p99.99"] == 500


@given(st.lists(st.integers(1, HIGHEST_US), min_size=1, max_size=200))
def test_the_standard_deviation_is_within_the_resolution(samples: list[int]) -> None:
    """It is that of all samples, not of a sample of them; and none where all are the same."""
    found, exact = recorded(samples).summary()["stddev"], statistics.pstdev(samples)
    assert found == pytest.approx(exact, abs=max(samples) * 10**-DIGITS)
    assert recorded(samples[:1] * 3).summary()["stddev"] == 0


def test_a_histogram_is_gone_with_its_last_user() -> None:
    """No circle keeps its 184 KiB until a garbage collector comes, which a load has switched off."""
    gc.disable()
    try:
        durations = recorded([1])
        again = Durations.decode(durations.encode(), durations.summary())
        left = [weakref.ref(one.histogram) for one in (durations, again)]
        del durations, again
        assert [one() for one in left] == [None, None]
    finally:
        gc.enable()


def test_nothing_is_a_summary_of_zeros() -> None:
    """Never NaN: JSON has none."""
    assert set(Durations().summary().values()) == {0}


def test_what_does_not_fit_is_refused() -> None:
    """Another count than the summary's, or no histogram at all, says so."""
    durations = recorded([1, 2, 3])
    with pytest.raises(ValueError, match="counts 3, its summary 4"):
        Durations.decode(durations.encode(), durations.summary() | {"count": 4})
    with pytest.raises(ValueError, match="no HdrHistogram"):
        Durations.decode("nonsense", durations.summary())


@given(SAMPLES)
def test_a_histogram_without_its_summary_is_the_same_one(samples: list[int]) -> None:
    """Its buckets are; least and greatest are those of the buckets."""
    durations = recorded(samples)
    alone = Durations.decode_alone(durations.encode())
    assert (alone.encode(), alone.count) == (durations.encode(), durations.count)
    assert alone.max_us == durations.histogram.get_max_value()


def test_what_would_unpack_to_more_than_a_histogram_is_refused() -> None:
    """Before memory is taken for it: it comes from the network."""
    whole = base64.b64decode(recorded([1, 2]).encode())
    head = zlib.decompress(whole[8:])[:40]
    bomb = zlib.compress(head + bytes(10**7))
    with pytest.raises(ValueError, match="of at most"):
        Durations.decode_alone(base64.b64encode(whole[:4] + struct.pack(">i", len(bomb)) + bomb).decode())
    with pytest.raises(ValueError, match="no HdrHistogram V2"):
        Durations.decode_alone(base64.b64encode(whole[:20]).decode())
