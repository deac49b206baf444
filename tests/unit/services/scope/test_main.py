"""Which command it is."""

from services.scope.__main__ import main
from tests.unit.edge import refusal


def test_a_command_that_there_is_not_is_refused() -> None:
    """With the one that there is."""
    assert refusal(main, "write") == "scope: the command is: read FILE (read --help tells the rest)"


def test_read_is_a_command() -> None:
    """Whatever is behind it is its own."""
    assert refusal(main, "read") == "scope: the following arguments are required: FILE"
