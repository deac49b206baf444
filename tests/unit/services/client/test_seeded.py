"""Random bytes that every run has in common."""

from services.client.seeded import PERIOD_BYTES, seeded


def test_they_are_the_same_every_time() -> None:
    """A failure can be repeated with the bytes that it had; and they are not all alike."""
    assert seeded(1000) == seeded(1000)
    assert len(set(seeded(1000))) > 200


def test_their_period_is_prime() -> None:
    """No chunk of a power of two lines up with its neighbour."""
    assert all(PERIOD_BYTES % divisor for divisor in range(2, 1001))
