"""The scope's reading of links, tunnels and kinds of files, held against tshark's."""

import gzip
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.harness.tshark import differences, scope
from tests.unit.services.scope.harness.files import block, enhanced, interface, option, pcap, section
from tests.unit.services.scope.harness.links import LINKS
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.tunnels import MACSEC, TUNNELS
from tests.unit.services.scope.harness.wire import RAW, capture

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Which Wireshark does not read at all; libpcap has it. And where it does not scale windows.
_OTHERWISE_IN_TSHARK = {"PPP of pppd", "Frame Relay", "Frame Relay, SNAP", "Frame Relay, Cisco"}

_TALK = "a_segment_is_overtaken"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where to write a capture."""
    return tmp_path / "capture"


def test_tcp_in_every_link_and_tunnel_is_read_the_same(path: Path) -> None:
    """A talk in each, in one file of as many interfaces."""
    wrappings = {
        name: wrapping for name, wrapping in (LINKS | TUNNELS | MACSEC).items() if name not in _OTHERWISE_IN_TSHARK
    }
    data, packets = section("<"), 0
    for wrapping in wrappings.values():
        data += interface("<", wrapping.link_type, options=option("<", 9, b"\x09"))
    for number, wrapping in enumerate(wrappings.values()):
        for t_ns, packet in talk(_TALK, 20_000 + number).packets:
            data += enhanced("<", number, t_ns, wrapping.wrap(packet))
            packets += 1
    path.write_bytes(data)
    assert differences(path) == []
    assert len(scope(path)) == packets


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("version", [(2, 2), (2, 3)])
def test_old_versions_of_pcap_are_read_the_same(path: Path, order: str, version: tuple[int, int]) -> None:
    """With a record's two lengths the other way round."""
    data = pcap(order, [], nanoseconds=False, link_type=RAW, version=version)
    for t_ns, packet in talk(_TALK).packets:
        seconds, rest = divmod(t_ns // 1000, 1_000_000)
        data += struct.pack(f"{order}IIII", seconds, rest, len(packet), 40) + packet[:40]
    path.write_bytes(data)
    assert differences(path) == []


@pytest.mark.parametrize("order", "<>")
def test_a_patched_libpcaps_records_are_read_the_same(path: Path, order: str) -> None:
    """With eight bytes more each."""
    data = struct.pack(f"{order}IHHiIII", 0xA1B2CD34, 2, 4, 0, 0, 65_535, RAW)
    for t_ns, packet in talk(_TALK).packets:
        seconds, rest = divmod(t_ns // 1000, 1_000_000)
        data += struct.pack(f"{order}IIIIIHBx", seconds, rest, len(packet), len(packet), 0, 0x0800, 0) + packet
    path.write_bytes(data)
    assert differences(path) == []


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_compressed_captures_are_read_the_same(path: Path, compress: Callable[[bytes], bytes]) -> None:
    """Whatever they are called."""
    path.write_bytes(compress(capture(talk(_TALK).packets)))
    assert differences(path) == []


def test_frames_beside_other_blocks_have_the_same_numbers(path: Path) -> None:
    """Some of these are numbered too, though they hold no packet."""
    data = section("<") + interface("<", RAW, options=option("<", 9, b"\x09"))
    journal = b"__REALTIME_TIMESTAMP=1700000000000000\n".ljust(40, b"\n")
    others = [(0xBAD, bytes(8)), (0x40000BAD, bytes(8)), (0x9, journal), (0x80000001, bytes(8)), (0x4, bytes(4))]
    for (t_ns, packet), other in zip(talk(_TALK).packets, [*others, others[0]], strict=True):
        data += block("<", *other) + enhanced("<", 0, t_ns, packet)
    path.write_bytes(data)
    assert differences(path) == []


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("magic", "unit_ns"), [(0x1C0001AB, 1000), (0x1C0001AC, 1)])
def test_captures_of_ixia_are_read_the_same(path: Path, order: str, magic: int, unit_ns: int) -> None:
    """Their header has the length of all records."""
    data = b""
    for t_ns, packet in talk(_TALK).packets:
        seconds, rest = divmod(t_ns, 1_000_000_000)
        data += struct.pack(f"{order}IIII", seconds, rest // unit_ns, len(packet), len(packet)) + packet
    path.write_bytes(struct.pack(f"{order}IHHiIIII", magic, 2, 4, 0, 0, 65_535, RAW, len(data)) + data)
    assert differences(path) == []
