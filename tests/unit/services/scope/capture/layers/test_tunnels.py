"""What tunnels right above IP or Ethernet carry."""

import pytest

from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.wire import RAW
from tests.unit.services.scope.harness.wrapping import ETHERNET, carried, ethernet, not_found


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"\x40\0\x08\0", Reason(Lack.OTHER, "GRE with source routes")),
        (b"\0\x02\x08\0", Reason(Lack.OTHER, "GRE version 2")),
        (b"\0\0\0\0", Reason(Lack.CUT_OFF)),  # a keepalive: nothing follows
        (b"\0\0\x88\xcc", Reason(Lack.OTHER, "LLDP")),
        (b"\x20\0\x08\0", Reason(Lack.CUT_OFF)),
    ],
)
def test_what_gre_carries_else_is_named(header: bytes, reason: Reason) -> None:
    """And what of GRE is not read."""
    assert not_found(RAW, carried(47, header)) == reason


@pytest.mark.parametrize(
    ("label_and_more", "reason"),
    [
        (b"\0\x02\x01\x40" + b"\x10" + bytes(40), Reason(Lack.OTHER, "MPLS pseudowire")),
        (b"\0\x02\x00\x40" * 10, Reason(Lack.CUT_OFF)),  # a stack without an end
        (b"\0\x02\x01\x40", Reason(Lack.CUT_OFF)),
    ],
)
def test_what_mpls_carries_else_is_named(label_and_more: bytes, reason: Reason) -> None:
    """Only IP and Ethernet tell what they are."""
    assert not_found(ETHERNET, ethernet(label_and_more, 0x8847)) == reason


def test_esp_is_named_and_not_denied() -> None:
    """What it holds, only its two ends know."""
    assert not_found(RAW, carried(50, bytes(60))) == Reason(Lack.ENCRYPTED, "IPsec ESP")


def test_behind_an_authentication_header_may_be_anything() -> None:
    """ESP, for one."""
    assert not_found(RAW, carried(51, b"\x32\x04" + bytes(80))) == Reason(Lack.ENCRYPTED, "IPsec ESP")
