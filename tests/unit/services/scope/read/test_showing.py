"""What of a reading is shown: through the command, whose arguments choose."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from services.scope.read.edge import main
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import capture

HEAD = re.compile(r"^10\.0\.0\.1:(\d+) → ", re.MULTILINE)
Show = Callable[..., tuple[int, list[int], list[int], str]]

ROW = re.compile(r"^ *(\d+)  10\.0\.0\.1:", re.MULTILINE)


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Show:
    """Give a function that reads a capture of so many; it returns the code, what is listed, drawn and said."""
    monkeypatch.chdir(tmp_path)

    def run(count: int, *arguments: str) -> tuple[int, list[int], list[int], str]:
        talks = [talk("nobody_listens", 20_001 + number) for number in range(count - 1)]
        packets = [packet for spoken in (session(), *talks) for packet in spoken.packets]
        Path("x.pcap").write_bytes(capture(packets))
        code = main(["x.pcap", *arguments])
        out, err = capsys.readouterr()
        return code, [int(n) for n in ROW.findall(out)], [int(port) for port in HEAD.findall(out)], err

    return run


def test_up_to_ten_are_drawn(show: Show) -> None:
    """Whoever reads a small capture wants to see it."""
    code, listed, drawn, _ = show(10)
    assert (code, listed, len(drawn)) == (0, [], 10)


def test_more_than_ten_are_listed(show: Show) -> None:
    """Each with the number that draws it."""
    code, listed, drawn, _ = show(11)
    assert (code, listed, drawn) == (0, list(range(1, 12)), [])


def test_those_asked_for_by_number_are_drawn_alone(show: Show) -> None:
    """However many there are."""
    assert show(12, "--conversation", "3,5-6")[:3] == (0, [], [20_002, 20_004, 20_005])


def test_a_list_comes_before_what_is_drawn(show: Show) -> None:
    """Whoever asks for both gets all in the list, and the ladders asked for."""
    assert show(3, "--list")[:3] == (0, [1, 2, 3], [])
    assert show(3, "--list", "--conversation", "3")[:3] == (0, [1, 2, 3], [20_002])


def test_what_is_not_like_that_is_left_out(show: Show) -> None:
    """Of the list and of the drawings; numbers stay what they are."""
    assert show(3, "--outcome", "refused")[:3] == (0, [], [20_001, 20_002])
    assert show(14, "--outcome", "refused")[1] == list(range(2, 15))
    assert show(14, "--address", ":20003", "--list")[1] == [4]


def test_nothing_like_that_is_said(show: Show) -> None:
    """And is nothing to show."""
    code, listed, drawn, err = show(3, "--note", "zero-window")
    assert (code, listed, drawn) == (1, [], [])
    assert "scope: none of 3 conversations is like what was asked for\n" in err


def test_a_number_that_there_is_not_is_said_beside_those_that_there_are(show: Show) -> None:
    """What there is, is drawn."""
    code, _, drawn, err = show(3, "--conversation", "2,9")
    assert (code, drawn) == (0, [20_001])
    assert "scope: --conversation is 2,9: there are 3\n" in err
