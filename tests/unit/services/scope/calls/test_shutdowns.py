"""The directions of shutdown()."""

from dataclasses import replace

import pytest

from services.scope.calls.shutdowns import ends_receiving, ends_sending
from tests.unit.services.scope.harness.calls import call


@pytest.mark.parametrize(
    ("how", "sending", "receiving"),
    [
        (None, True, False),
        ("shutdown(SHUT_WR)", True, False),
        ("shutdown(SHUT_RD)", False, True),
        ("shutdown(SHUT_RDWR)", True, True),
    ],
)
def test_a_shutdown_ends_what_it_says(how: str | None, sending: bool, receiving: bool) -> None:  # noqa: FBT001 -- parameters
    """Where it does not say, it is one of our own services', which ends sending."""
    made = replace(call("client", "shutdown", 7, 8), syscall=how)
    assert (ends_sending(made), ends_receiving(made)) == (sending, receiving)


def test_a_shutdown_that_failed_ends_nothing() -> None:
    """As one on a socket that is not connected."""
    made = replace(call("client", "shutdown", 7, 8, errno="ENOTCONN"), syscall="shutdown(SHUT_RDWR)")
    assert not ends_sending(made)
    assert not ends_receiving(made)
