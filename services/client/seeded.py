"""Random bytes that are the same for every run, so that a failure can be repeated."""

import random

# What is longer repeats with this period: prime, so that no power-of-two chunk, lost or doubled, lines up with itself.
PERIOD_BYTES = 1_000_003

_SEED = 9293


def seeded(count: int) -> bytes:
    """Return the first `count` of them."""
    return random.Random(_SEED).randbytes(count)  # noqa: S311 - test data, not a secret
