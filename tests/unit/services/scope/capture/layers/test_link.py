"""What IP packets are wrapped in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.decode import Decoder
from services.scope.capture.frames import Frame
from services.scope.capture.layers.layer import IPV4, IPV6, NoSegment, Reason
from services.scope.capture.layers.link import LINKS
from services.scope.gaps import Lack
from tests.unit.services.scope.harness.links import nflog
from tests.unit.services.scope.harness.wire import bits, ipv4, tcp
from tests.unit.services.scope.harness.wrapping import not_found

PACKET = b"\x45IPv4 packet"


@pytest.mark.parametrize(
    ("link_type", "header"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00"),  # VLAN
        (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"),  # QinQ
        (113, bytes(14) + b"\x08\x00"),
        (113, bytes(14) + b"\x81\x00\x00\x05\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (0, b"\x02\0\0\0"),
        (0, b"\0\0\0\x02"),
        (108, b"\0\0\0\x02"),
        *((link_type, b"") for link_type in (12, 14, 101, 228)),
    ],
)
def test_the_packet_is_found_behind_its_link_header(link_type: int, header: bytes) -> None:
    """Ethernet with any VLAN tags, Linux's cooked captures, loopback in either byte order, and none at all."""
    assert LINKS[link_type](header + PACKET) == (IPV4, len(header))


@pytest.mark.parametrize("family", [10, 24, 28, 30])
def test_each_system_has_its_own_number_for_ipv6(family: int) -> None:
    """Linux, NetBSD, FreeBSD and Darwin."""
    assert LINKS[0](family.to_bytes(4, "little") + b"\x60") == (IPV6, 4)


def test_a_raw_packet_tells_its_version() -> None:
    """Where the link type does not."""
    assert LINKS[101](b"\x60") == (IPV6, 0)
    assert LINKS[229](b"\x60") == (IPV6, 0)


@pytest.mark.parametrize(
    ("link_type", "frame", "reason"),
    [
        (101, b"", Reason(Lack.CUT_OFF)),
        (101, b"\x50", Reason(Lack.MALFORMED, "IP")),
        (0, b"\x07\0\0\0", Reason(Lack.OTHER, "address family 7")),
        (113, bytes(14) + b"\0\x0c", Reason(Lack.OTHER, "Linux protocol 0x000c")),
        (276, b"\0\x0c" + bytes(18), Reason(Lack.OTHER, "Linux protocol 0x000c")),
    ],
)
def test_what_holds_no_ip_is_named(link_type: int, frame: bytes, reason: Reason) -> None:
    """As far as its link tells."""
    with pytest.raises(NoSegment) as caught:
        LINKS[link_type](frame)
    assert caught.value.reason == reason


@given(link_type=st.sampled_from(sorted(LINKS)), data=st.binary(max_size=64))
def test_any_bytes_have_an_answer(link_type: int, data: bytes) -> None:
    """Too short, or tag upon tag."""
    try:
        ether_type, at = LINKS[link_type](data)
    except NoSegment:
        return
    assert 0 <= ether_type <= 0xFFFF
    assert 0 <= at <= len(data) + 24


@pytest.mark.parametrize("order", "<>")
def test_nflog_is_read_in_either_byte_order(order: str) -> None:
    """Its TLVs have the order of the machine that captured, which the file does not tell."""
    packet = ipv4("10.0.0.1", "10.0.0.2", tcp((1, 2), (3, 4), bits("SYN")))
    found = Decoder().decode(Frame(1, 0, 239, nflog(order)(packet), 0))
    assert found is not None
    assert found.seq == 3


@pytest.mark.parametrize(
    ("tlvs", "reason"),
    [
        (b"", Reason(Lack.CUT_OFF)),
        (b"\x08\0\x01\0" + bytes(4), Reason(Lack.CUT_OFF)),
        (b"\x03\0\x01\0" + bytes(4), Reason(Lack.MALFORMED, "NFLOG")),
        (b"\0\0\x09\0" + bytes(4), Reason(Lack.MALFORMED, "NFLOG")),
    ],
)
def test_nflog_without_a_packet_has_a_reason(tlvs: bytes, reason: Reason) -> None:
    """A TLV is never shorter than its own header, so there is an end."""
    assert not_found(239, b"\x02\0\0\0" + tlvs) == reason
