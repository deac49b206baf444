"""Whose echo it is: the health check's, or somebody's."""

import pytest

from services.server.probes import is_probe


@pytest.mark.parametrize(
    ("peer", "expected"), [("127.0.0.2:40000", True), ("127.0.0.1:40000", False), ("[::1]:4", False)]
)
def test_a_probe_is_told_by_its_address(peer: str, expected: bool) -> None:  # noqa: FBT001 - what is expected
    """Nobody else has it without asking for it."""
    assert is_probe(peer) is expected
