"""The pcap that is written."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scope.capture.reader import read_capture
from shared.pcap import LINKTYPE_ETHERNET, Lost, file_header, losing_frame, lost_in, name_in, naming_frame, record


def test_the_header_is_that_of_nanosecond_pcap() -> None:
    """Magic, version 2.4, snap length and link type, little-endian."""
    assert file_header(LINKTYPE_ETHERNET, 256).hex(" ", 4) == "4d3cb2a1 02000400 00000000 00000000 00010000 01000000"


@given(t_ns=st.integers(0, 2**32 * 10**9 - 1), captured=st.binary(max_size=256), more=st.integers(0, 65_000))
def test_what_is_written_is_read(t_ns: int, captured: bytes, more: int) -> None:
    """To the nanosecond, with the length that the packet had."""
    written = file_header(LINKTYPE_ETHERNET, 256) + record(t_ns, captured, len(captured) + more)
    (frame,) = read_capture(io.BytesIO(written))
    assert frame == (1, t_ns, LINKTYPE_ETHERNET, captured, len(captured) + more)


def test_scapy_reads_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Somebody else's reader agrees."""
    from scapy.utils import RawPcapReader  # noqa: PLC0415 - half a second that no other test here needs

    path = tmp_path_factory.mktemp("pcap") / "one.pcap"
    path.write_bytes(file_header(LINKTYPE_ETHERNET, 256) + record(1_234_567_890_123_456_789, b"abc", 1500))
    with RawPcapReader(str(path)) as reader:
        assert reader.nano
        ((data, metadata),) = list(reader)
    assert (data, metadata.sec, metadata.usec, metadata.wirelen) == (b"abc", 1_234_567_890, 123_456_789, 1500)


@given(name=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=64))
def test_a_name_that_is_told_is_found(name: str) -> None:
    """Whatever can be printed."""
    assert name_in(naming_frame(name)) == name


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(60),
        naming_frame(""),
        naming_frame("x" * 65),
        naming_frame("a\x1b[2J"),
        naming_frame("") + b"\xff" * 65,
    ],
)
def test_what_no_tap_may_be_called_is_no_name(frame: bytes) -> None:
    """A stranger may send anything, and a name is written on terminals."""
    assert name_in(frame) is None


@given(packets=st.integers(1, 2**40), first_ns=st.integers(0, 2**63), more_ns=st.integers(0, 2**62))
def test_a_loss_that_is_told_is_found(packets: int, first_ns: int, more_ns: int) -> None:
    """As far as there is room for its number."""
    lost = Lost(packets, first_ns, first_ns + more_ns)
    assert lost_in(losing_frame(lost)) == lost._replace(packets=min(packets, 2**32 - 1))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(60),
        naming_frame("lost"),
        losing_frame(Lost(0, 1, 2)),
        losing_frame(Lost(1, 2, 1)),
        losing_frame(Lost(1, 1, 2)) + b"!",
    ],
)
def test_what_tells_of_no_loss_is_none(frame: bytes) -> None:
    """None of no packet, none that ends before it begins."""
    assert lost_in(frame) is None


def test_two_losses_are_one_with_all_packets() -> None:
    """From the first time to the last."""
    assert Lost(2, 5, 6).with_(Lost(1, 3, 4)) == Lost(3, 3, 6)
    assert Lost(2, 5, 6).with_(None) == Lost(2, 5, 6)
