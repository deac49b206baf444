"""One of the captures that are read."""

import io

import pytest

from services.scope.capture.frames import NotACapture
from services.scope.read.capture_file import CaptureFile, vantages_of
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.wire import START_NS, capture


@pytest.mark.parametrize(
    ("names", "vantages"),
    [
        (["client.pcap", "/tmp/server.pcap.gz"], ["client", "server"]),  # noqa: S108 - a name
        (["a/eth0.pcap", "b/eth0.pcap"], ["a/eth0.pcap", "b/eth0.pcap"]),
        (["a.pcap", "a.pcap"], ["a.pcap (1)", "a.pcap (2)"]),
        (["-", "a.pcap"], ["stdin", "a"]),
        ([".pcap"], [".pcap"]),
    ],
)
def test_a_point_is_called_what_its_file_is(names: list[str], vantages: list[str]) -> None:
    """By the stem, unless two have the same."""
    assert vantages_of(names) == vantages


def test_what_is_no_capture_is_named() -> None:
    """There may be several files."""
    with pytest.raises(NotACapture) as raised:
        list(CaptureFile("x.txt", io.BytesIO(b"text")).frames())
    assert raised.value.file == "x.txt"


def test_damage_ends_a_file_and_is_kept() -> None:
    """What comes before was read."""
    file = CaptureFile("x.pcap", io.BytesIO(capture(session().packets)[:-1]))
    assert sum(map(file.feed, file.frames())) == 9
    assert file.damage is not None
    assert (file.packets, file.span_ns[0]) == (9, START_NS + 1_000_000)
