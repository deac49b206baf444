"""`read` of a ladder's JSON: all that it does with a capture."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest

from services.scope.document import document
from services.scope.read import ladders
from services.scope.read.edge import main
from tests.unit.services.scope.harness.calls import joined, session, session_calls
from tests.unit.services.scope.harness.pages import data
from tests.unit.services.scope.harness.wire import Talk, capture, followed


@pytest.fixture(autouse=True)
def _written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a document of one conversation, and a remark on the whole."""
    monkeypatch.chdir(tmp_path)
    conversation = joined(session(), session_calls())
    Path("x.json").write_bytes(b"".join(document([conversation], lambda: {"calls": [], "notes": ["said then"]})))


def test_it_is_drawn_and_its_remarks_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """In the language that is asked for; what was remarked is in the language that it was written in."""
    assert main(["x.json", "--explain", "--lang", "zh"]) == 0
    out, err = capsys.readouterr()
    assert "客户端" in out
    assert err.endswith("said then\n")


def test_its_data_are_what_they_were(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """To the byte."""
    assert main(["x.json", "--json"]) == 0
    assert capsysbinary.readouterr().out == Path("x.json").read_bytes()


def test_it_is_made_a_picture_and_a_page() -> None:
    """The page has no packets' bytes: there are none in it."""
    assert main(["x.json", "--json", "--svg", "x.svg", "--html", "x.html"]) == 0
    assert Path("x.svg").read_text().startswith("<svg")
    (one,) = data(Path("x.html").read_text())["conversations"]
    assert {segment["bytes"] for segment in one["walks"]["zh"]["segments"]} == {None}


def test_it_comes_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`curl …/api/conversations/7 | … read -`."""
    stdin = io.BufferedReader(io.BytesIO(b" \n" + Path("x.json").read_bytes()))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stdin))
    assert main(["-", "--json"]) == 0
    assert capsysbinary.readouterr().out == Path("x.json").read_bytes()


@pytest.mark.parametrize(("content", "line"), [("{}", "JSON, but no ladder's: client: "), ("[", "damaged JSON: ")])
def test_json_that_is_no_ladders_is_one_line(content: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code of a wrong file."""
    Path("y.json").write_text(content)
    assert main(["y.json"]) == 2
    assert capsys.readouterr().err.startswith(f"scope: y.json: {line}")


@pytest.mark.parametrize("flags", [("--calls", "x.json"), ("--port", "5000")])
def test_what_only_a_capture_needs_is_refused(flags: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Its calls are joined, and its sides known."""
    assert main(["x.json", *flags]) == 2
    line = f"scope: x.json: a ladder's JSON, which is joined already: {flags[0]} is for captures\n"
    assert capsys.readouterr().err == line


def test_a_document_that_is_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be in memory as a whole."""
    monkeypatch.setattr(ladders, "MAX_BYTES", 100)
    assert main(["x.json"]) == 2
    assert capsys.readouterr().err == "scope: x.json: JSON of more than 100 bytes\n"


def write(name: str, *talks: Talk, note: str) -> None:
    """Write a document of these conversations, with a remark."""
    found = followed(*talks)
    Path(name).write_bytes(b"".join(document(found, lambda: {"calls": [], "notes": [note]})))


def talk(port: int, after_ms: float) -> Talk:
    """Return one of a client's port, which begins so late."""
    spoken = Talk(port)
    spoken.client("SYN", 0, after_ms=after_ms)
    spoken.server("RST ACK", 0, 1)
    return spoken


def test_several_are_read_as_one(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Their conversations in the order in which they began, their remarks with the files' names."""
    write("a.json", talk(40_001, 10), talk(40_003, 30), note="of a")
    write("b.json", talk(40_002, 20), talk(40_000, 0), note="of b")
    assert main(["b.json", "a.json", "--json", "--html", "x.html"]) == 0
    out, err = capsysbinary.readouterr()
    found = orjson.loads(out)
    clients = ["10.0.0.1:40000", "10.0.0.1:40001", "10.0.0.1:40002", "10.0.0.1:40003"]
    assert [one["client"] for one in found["conversations"]] == clients
    assert found["notes"] == ["b.json: of b", "a.json: of a"]
    assert err == b"scope: b.json: of b\nscope: a.json: of a\n"
    assert len(data(Path("x.html").read_text())["conversations"]) == 4


def test_of_several_the_one_that_is_wrong_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """And it alone."""
    Path("y.json").write_text("{}")
    assert main(["x.json", "y.json"]) == 2
    assert capsys.readouterr().err.startswith("scope: y.json: JSON, but no ladder's: client: ")


@pytest.mark.parametrize("files", [("x.json", "x.pcap"), ("x.pcap", "x.json")])
def test_a_ladder_is_not_joined_with_a_capture(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Its segments are those of one conversation already: one line says which file is which."""
    Path("x.pcap").write_bytes(capture(session().packets))
    assert main([*files]) == 2
    line = "a ladder's JSON, joined already: it cannot be read together with x.pcap, which is none"
    assert capsys.readouterr().err == f"scope: x.json: {line}\n"


def test_only_those_that_are_chosen_are_shown(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """As of a capture."""
    assert main(["x.json", "--json", "--outcome", "reset"]) == 1
    assert b'"conversations":[]' in capsysbinary.readouterr().out


def test_several_share_what_one_may_have(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is small leaves its room to the others; which one is too much is said."""
    write("a.json", talk(40_000, 0), note="of a")
    write("b.json", *(talk(port, 0) for port in range(40_001, 40_010)), note="of b")
    small, large = (Path(name).stat().st_size for name in ("a.json", "b.json"))
    monkeypatch.setattr(ladders, "MAX_BYTES", small + large)
    assert main(["a.json", "b.json"]) == 0
    capsys.readouterr()
    monkeypatch.setattr(ladders, "MAX_BYTES", small + large - 1)
    assert main(["a.json", "b.json"]) == 2
    told = f"scope: b.json: with what was given before it, JSON of more than {small + large - 1:,} bytes\n"
    assert capsys.readouterr().err == told
