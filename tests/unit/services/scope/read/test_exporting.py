"""A capture as one file to send."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.scope.page.export import MAX_CONVERSATIONS, MAX_SEGMENTS
from services.scope.read.edge import main
from services.scope.read.exporting import Export
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.pages import data
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import Talk, capture, followed

_TALKS = (session(), talk("nobody_listens", 20_001))


@pytest.fixture(autouse=True)
def _capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a capture of two conversations."""
    monkeypatch.chdir(tmp_path)
    Path("x.pcap").write_bytes(capture(packet for spoken in _TALKS for packet in spoken.packets))


def test_all_conversations_are_in_the_file_with_their_packets() -> None:
    """Each segment's bytes are those of its frame."""
    assert main(["x.pcap", "--json", "--html", "x.html"]) == 0
    found = data(Path("x.html").read_text())["conversations"]
    bytes_of = [[segment["bytes"] for segment in one["walks"]["en"]["segments"]] for one in found]
    assert bytes_of == [[packet.hex() for _, packet in spoken.packets] for spoken in _TALKS]


def test_those_that_were_chosen_are_in_the_file() -> None:
    """By the numbers that they have in the capture."""
    assert main(["x.pcap", "--json", "--html", "x.html", "--outcome", "refused"]) == 0
    assert [one["row"]["id"] for one in data(Path("x.html").read_text())["conversations"]] == [2]


def test_what_can_be_read_only_once_has_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ladders are there."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(Path("x.pcap").read_bytes())))
    assert main(["-", "--json", "--html", "x.html"]) == 0
    segments = data(Path("x.html").read_text())["conversations"][0]["walks"]["en"]["segments"]
    assert {segment["bytes"] for segment in segments} == {None}


def test_a_file_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Behind the data, which are there."""
    assert main(["x.pcap", "--list", "--html", "nowhere/x.html"]) == 2
    out, err = capsys.readouterr()
    assert "10.0.0.1:20001" in out
    assert "--html is 'nowhere/x.html': cannot be written (No such file or directory)" in err


def test_more_conversations_than_the_file_takes_are_counted() -> None:
    """They are not kept either."""
    (conversation,) = followed(talk("nobody_listens"))
    export = Export()
    for number in range(MAX_CONVERSATIONS + 3):
        export.add(number, conversation)
    assert (len(export.kept), export.left_out) == (MAX_CONVERSATIONS, 3)
    assert data(export.document("x.pcap", "en"))["left_out"] == 3


def test_more_segments_than_the_file_takes_are_counted() -> None:
    """Except of the first conversation, which is always there."""
    spoken = Talk()
    spoken.handshake()
    for number in range(4000):
        spoken.client("PSH ACK", 1 + number, 1, 1)
    (conversation,) = followed(spoken)
    export = Export()
    for number in range(4):
        export.add(number, conversation)
    assert (len(export.kept), export.left_out) == (MAX_SEGMENTS // 4000, 2)
