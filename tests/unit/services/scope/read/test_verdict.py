"""What CI reads of what was expected: lines, a file, an exit code."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from services.scope.model import Outcome
from services.scope.read.edge import main
from services.scope.read.expecting import Expectations
from services.scope.read.verdict import Verdict
from services.scope.words.words import Words
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import capture, followed

Capture = pytest.CaptureFixture[str]
Judge = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Judge:
    """Give a function that reads a capture of a session and a refusal; it returns the code and what was missed."""
    monkeypatch.chdir(tmp_path)
    packets = [packet for spoken in (session(), talk("nobody_listens", 20_001)) for packet in spoken.packets]
    Path("x.pcap").write_bytes(capture(packets))

    def run(*arguments: str) -> tuple[int, list[str]]:
        code = main(["x.pcap", "--json", *arguments])
        lines = capsys.readouterr().err.splitlines()
        return code, [line.removeprefix("scope: ") for line in lines if "missed" in line]

    return run


def test_what_is_as_expected_ends_with_0(judge: Judge) -> None:
    """And says nothing."""
    assert judge("--expect", "closed,refused", "--conversations", "2") == (0, [])


def test_each_that_is_not_has_a_line(judge: Judge) -> None:
    """The flag, the conversation, the packet, the figure; and the exit code is the load's."""
    code, lines = judge("--expect", "closed", "--forbid", "reset", "--conversations", "3")
    assert code == 99
    place = "conversation 2 (10.0.0.1:20001 to 10.0.0.2:5000), at #"
    assert [line.split(place)[0] for line in lines] == [
        "missed --expect: ",
        "missed --forbid: ",
        "missed --conversations: there are 2 conversations",
    ]
    assert lines[0].endswith(": refused")
    assert lines[1].endswith(": reset")


@pytest.mark.usefixtures("judge")
def test_what_was_missed_is_said_in_the_language_that_was_asked_for(capsys: Capture) -> None:
    """But the file for CI is in English, as all data are."""
    arguments = ("--expect", "closed", "--conversations", "1", "--max-handshake-ms", "1e9", "--junit", "j.xml")
    assert main(["x.pcap", "--json", "--lang", "zh", *arguments]) == 99
    place = "会话 2（10.0.0.1:20001 到 10.0.0.2:5000），在 #12：被拒绝"
    assert [line for line in capsys.readouterr().err.splitlines() if "不符合" in line] == [
        f"scope: 不符合 --expect：{place}",
        "scope: 不符合 --max-handshake-ms：会话 2（10.0.0.1:20001 到 10.0.0.2:5000），在 #12：握手没有完成",
        "scope: 不符合 --conversations：共有 2 个会话",
    ]
    assert "conversation 2 (10.0.0.1:20001 to 10.0.0.2:5000), at #12: refused" in Path("j.xml").read_text("utf-8")


def test_only_what_was_chosen_is_judged(judge: Judge) -> None:
    """The refused one is another."""
    assert judge("--conversation", "1", "--expect", "closed", "--conversations", "1") == (0, [])
    assert judge("--outcome", "reset", "--conversations", "0") == (0, [])


def test_a_file_for_ci_has_a_test_for_each(judge: Judge) -> None:
    """One that was missed fails, with the lines."""
    assert judge("--expect", "closed", "--max-duration-ms", "100000", "--junit", "j.xml")[0] == 99
    suite = ET.parse("j.xml").getroot()  # noqa: S314 -- our own
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failures = {case.get("name"): case.findtext("failure") for case in suite}
    assert failures["--max-duration-ms"] is None
    assert "conversation 2 " in (failures["--expect"] or "")


def test_a_file_that_cannot_be_written_is_named(judge: Judge) -> None:
    """What was missed is said all the same."""
    code, lines = judge("--expect", "closed", "--junit", "nowhere/j.xml")
    assert (code, len(lines)) == (2, 1)


def test_what_is_said_is_bounded() -> None:
    """And so is the memory for it."""
    (conversation,) = followed(talk("nobody_listens"))
    verdict = Verdict(Expectations(frozenset({Outcome.CLOSED})))
    for _ in verdict.watch((number, conversation) for number in range(1, 1001)):
        pass
    lines = list(verdict.lines(Words("en")))
    assert (len(lines), lines[-1]) == (101, "missed: 900 more")


def test_a_files_name_may_hold_anything() -> None:
    """XML may not."""
    verdict = Verdict(Expectations(conversations=1))
    verdict.end()
    assert ET.fromstring(verdict.junit("a\x00b\udcff<"))[0].get("classname") == "a?b?<"  # noqa: S314 -- our own
