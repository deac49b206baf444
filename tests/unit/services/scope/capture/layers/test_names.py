"""What protocols are called."""

import pytest

from services.scope.capture.layers.layer import Next, Reason, Space
from services.scope.capture.layers.names import name, reason
from services.scope.gaps import Lack


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Next(Space.IP, 17), "UDP"),
        (Next(Space.ETHER_TYPE, 0x88CC), "LLDP"),
        (Next(Space.LLC, 0x42), "STP"),
        (Next(Space.PPP, 0xC021), "PPP LCP"),
        (Next(Space.LINK, 195), "IEEE 802.15.4"),
        (Next(Space.IP, 253), "IP protocol 253"),
        (Next(Space.ETHER_TYPE, 0x0BAD), "EtherType 0x0bad"),
        (Next(Space.PPP, 0x0BAD), "PPP protocol 0x0bad"),
        (Next(Space.LLC, 0x7E), "LLC service access point 126"),
        (Next(Space.LINK, 9999), "link type 9999"),
    ],
)
def test_a_protocol_has_its_name_or_its_number(found: Next, expected: str) -> None:
    """The number as it is written in the field."""
    assert name(found) == expected
    assert reason(found) == Reason(Lack.OTHER, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Next(Space.IP, 50), Reason(Lack.ENCRYPTED, "IPsec ESP")),
        (Next(Space.IP, 108), Reason(Lack.COMPRESSED, "IPComp")),
        (Next(Space.PPP, 0x00FD), Reason(Lack.COMPRESSED, "PPP")),
    ],
)
def test_what_hides_its_content_is_named_so(found: Next, expected: Reason) -> None:
    """There may be TCP in it."""
    assert reason(found) == expected
