"""Tags and tunnels of switches, and what else has their EtherTypes."""

import pytest

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.scope.capture.layers.layer import Reason
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.tunnels import MACSEC
from tests.unit.services.scope.harness.wire import bits, ipv4, tcp
from tests.unit.services.scope.harness.wrapping import ETHERNET, Wrapping, ethernet, not_found

PACKET = ipv4("10.0.0.1", "10.0.0.2", tcp((40_000, 5000), (7, 9), bits("PSH ACK"), 500, b"hello"))


@pytest.mark.parametrize(
    ("ether_type", "payload", "reason"),
    [
        (0x88E5, b"\x0c" + bytes(60), Reason(Lack.ENCRYPTED, "MACsec")),
        (0x88E5, b"\x04" + bytes(60), Reason(Lack.ENCRYPTED, "MACsec")),  # changed in another way
        (0x894F, bytes(60), Reason(Lack.MALFORMED, "NSH")),
        (0x894F, b"\x0f\xc2\x01\x09" + bytes(60), Reason(Lack.OTHER, "NSH")),
        (0x8926, bytes(4) + b"\x08\x06" + bytes(60), Reason(Lack.OTHER, "ARP")),
    ],
)
def test_what_has_no_tcp_that_can_be_read_is_named(ether_type: int, payload: bytes, reason: Reason) -> None:
    """Encrypted, damaged, or something else."""
    assert not_found(ETHERNET, ethernet(payload, ether_type)) == reason


@pytest.mark.parametrize("wrapping", MACSEC.values(), ids=MACSEC)
def test_what_macsec_only_protects_is_read(wrapping: Wrapping) -> None:
    """Its check value is behind the packet, and no payload."""
    frame = wrapping.wrap(PACKET)
    found = Decoder().decode(Frame(1, 12, ETHERNET, frame, len(frame)))
    assert found is not None
    assert (found.seq, found.length) == (7, 5)
