"""Which command it is."""

from services.scope.__main__ import main
from tests.unit.harness.edge import refusal


def test_without_a_command_it_is_live() -> None:
    """Whatever is behind it is for the live scope, which has no such flag."""
    assert refusal(main, "write") == "scope: unrecognized arguments: write"


def test_read_is_a_command() -> None:
    """Whatever is behind it is its own."""
    assert refusal(main, "read") == "scope: the following arguments are required: FILE"
