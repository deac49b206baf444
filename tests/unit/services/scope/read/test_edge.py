"""The command `read`: what it prints where, and with which exit code."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from services.scope.model import Conversation
from services.scope.read.edge import main
from tests.unit.harness.processes import ROOT, service
from tests.unit.services.scope.harness.calls import session
from tests.unit.services.scope.harness.talks import talk
from tests.unit.services.scope.harness.wire import capture
from tests.unit.services.scope.read.conftest import Ask


def test_a_capture_and_its_calls_are_printed_as_json(ask: Ask) -> None:
    """Nothing else is on stdout, and nothing on stderr."""
    code, document, lines = ask("x.pcap", "--calls", "calls")
    assert (code, lines) == (0, [])
    assert [one["segments"] for one in document["conversations"][0]["calls"]][:6] == [[], [], [2], [], [0, 1], [3]]


def test_calls_come_from_several_files(ask: Ask) -> None:
    """A server's log and a client's."""
    whole = Path("calls").read_bytes().splitlines(keepends=True)
    Path("server.log").write_bytes(b"".join(line for line in whole if b'"service":"server"' in line))
    Path("client.log").write_bytes(b"".join(line for line in whole if b'"service":"client"' in line))
    document = ask("x.pcap", "--calls", "server.log", "--calls", "client.log").document
    assert document == ask("x.pcap", "--calls", "calls").document


def test_a_capture_comes_from_standard_input(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """`docker compose exec … cat` and its like."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("x.pcap").read_bytes())))
    assert len(ask("-", "--calls", "calls").document["conversations"]) == 1


def test_packets_alone_are_shown(ask: Ask) -> None:
    """And it says that they are alone."""
    code, document, lines = ask("x.pcap")
    assert (code, len(document["conversations"])) == (0, 1)
    assert lines == ["scope: x.pcap: no calls are of a conversation in it: the packets stand alone"]


def test_calls_alone_are_shown(ask: Ask) -> None:
    """And it says that no packet was captured."""
    Path("empty.pcap").write_bytes(capture([]))
    code, document, lines = ask("empty.pcap", "--calls", "calls")
    assert (code, document["conversations"][0]["outcome"]) == (0, "not captured")
    assert lines == [
        "scope: empty.pcap: there is no frame in it",
        "scope: empty.pcap: of 1 connection there are calls, but no packet was captured",
    ]


def test_a_capture_without_tcp_is_nothing_to_show(ask: Ask) -> None:
    """The document is there, and empty."""
    Path("empty.pcap").write_bytes(capture([]))
    code, document, lines = ask("empty.pcap")
    assert (code, document["conversations"], lines) == (1, [], ["scope: empty.pcap: there is no frame in it"])


def test_of_a_half_written_capture_what_was_whole_is_shown(ask: Ask) -> None:
    """In one line it says where it ends."""
    Path("half.pcap").write_bytes(Path("x.pcap").read_bytes()[:-1])
    code, document, lines = ask("half.pcap", "--calls", "calls")
    assert (code, len(document["conversations"][0]["segments"])) == (0, 9)
    assert len(lines) == 1
    assert lines[0].startswith("scope: half.pcap: the capture is damaged at byte ")
    assert document["notes"] == [lines[0].removeprefix("scope: half.pcap: ")]


def test_one_conversation_is_chosen_by_its_number(ask: Ask) -> None:
    """From 1; one that there is not is nothing to show."""
    Path("two.pcap").write_bytes(capture([*session().packets, *talk("nobody_listens", 50_000).packets]))
    _, document, lines = ask("two.pcap", "--conversation", "1", "--calls", "calls")
    assert ([one["client"] for one in document["conversations"]], lines) == (["10.0.0.1:40000"], [])
    assert ask("two.pcap", "--conversation", "2").document["conversations"][0]["client"] == "10.0.0.1:50000"
    code, document, lines = ask("two.pcap", "--conversation", "3")
    assert (code, document["conversations"]) == (1, [])
    assert lines[-1] == "scope: --conversation is 3: there are 2"


def test_lines_that_are_no_records_are_named(ask: Ask) -> None:
    """The first of them, and how many; what is a record is taken."""
    with Path("calls").open("ab") as file:
        file.write(b"Hello\nworld\n")
    code, document, lines = ask("x.pcap", "--calls", "calls")
    assert (code, len(document["conversations"][0]["calls"])) == (0, 14)
    assert lines == ["scope: calls: line 15 is not a JSON object: 'Hello' (the first of 2 such lines)"]


def test_a_file_without_records_is_named(ask: Ask) -> None:
    """A log at info, for one."""
    Path("server.log").write_bytes(b'{"event":"connection_closed"}\n')
    lines = ask("x.pcap", "--calls", "server.log").lines
    assert lines[0] == (
        "scope: server.log: there is no call record in it "
        "(a service logs its calls at debug, as JSON; or use strace -f -ttt -T -yy)"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nowhere"], "FILE is 'nowhere': cannot be read (No such file or directory)"),
        (["."], "FILE is '.': cannot be read (Is a directory)"),
        (["x.pcap", "--calls", "nowhere"], "--calls is 'nowhere': cannot be read (No such file or directory)"),
        (["calls"], "calls: JSON, but no ladder's: line 1, client: Field required"),
        (["nothing"], "nothing: neither pcap nor pcapng: it is empty"),
        (["x\0.pcap"], "FILE is 'x\\x00.pcap': cannot be read (embedded null byte)"),
    ],
)
def test_what_cannot_be_read_is_named(ask: Ask, arguments: list[str], line: str) -> None:
    """In one line, before anything is printed."""
    Path("nothing").touch()
    assert ask(*arguments) == (2, {}, [f"scope: {line}"])


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Give what the drawing functions were asked for: how they draw is their own tests' matter."""
    asked: list[tuple[Any, ...]] = []

    def draw(conversation: Conversation, console: Console, *, explain: bool, lang: str) -> None:
        asked.append(("draw", conversation.client.port, explain, lang))
        console.print("a ladder →")

    def picture(conversation: Conversation, *, explain: bool, lang: str) -> str:
        asked.append(("picture", conversation.client.port, explain, lang))
        return "<svg>→</svg>"

    monkeypatch.setitem(sys.modules, "services.scope.draw.terminal", SimpleNamespace(draw=draw))
    monkeypatch.setitem(sys.modules, "services.scope.draw.svg", SimpleNamespace(picture=picture))
    return asked


def test_conversations_are_drawn_one_after_another(
    ask: Ask, drawn: list[tuple[Any, ...]], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """And of the first there is a picture, where one is asked for."""
    assert ask("x.pcap").code == 0
    Path("two.pcap").write_bytes(capture([*session().packets, *talk("nobody_listens", 50_000).packets]))
    assert main(["two.pcap", "--svg", "p.svg", "--explain", "--lang", "zh"]) == 0
    assert drawn == [
        (what, port, True, "zh") for what, port in (("picture", 40_000), ("draw", 40_000), ("draw", 50_000))
    ]
    assert Path("p.svg").read_text(encoding="utf-8") == "<svg>→</svg>"
    assert capsysbinary.readouterr().out.count(b"a ladder") == 2


@pytest.mark.usefixtures("drawn")
def test_a_picture_that_cannot_be_written_is_named(ask: Ask) -> None:
    """Behind the data, which are whole."""
    code, document, lines = ask("x.pcap", "--calls", "calls", "--svg", "no/where.svg")
    assert (code, lines) == (2, ["scope: --svg is 'no/where.svg': cannot be written (No such file or directory)"])
    assert (len(document["conversations"]), document["notes"]) == (1, [])


@pytest.mark.usefixtures("drawn")
def test_one_file_that_cannot_be_written_costs_no_other(ask: Ask) -> None:
    """What is asked for beside the data is written as far as it can be."""
    junit = ("--expect", "closed", "--junit", "x.xml")
    assert ask("x.pcap", "--calls", "calls", "--svg", "no/where.svg", *junit).code == 2
    assert Path("x.xml").read_bytes()


@pytest.mark.usefixtures("ask")
def test_whoever_has_seen_enough_is_left_in_peace() -> None:
    """A closed pipe is no failure, and no traceback; the picture that was asked for is there."""
    reader, writer = os.pipe()
    os.close(reader)
    capture_path = str(Path("x.pcap").absolute())
    svg_path = Path("p.svg").absolute()
    with service("scope", "read", capture_path, "--json", "--svg", str(svg_path), stdout=writer) as reading:
        assert reading.outcome()[::2] == (0, [])
    assert svg_path.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.usefixtures("ask")
def test_an_output_that_takes_no_more_is_named() -> None:
    """A full disk is one line and no traceback."""
    capture_path = str(Path("x.pcap").absolute())
    full = os.open("/dev/full", os.O_WRONLY)
    with service("scope", "read", capture_path, "--json", stdout=full) as reading:
        assert reading.outcome()[::2] == (1, ["scope: the output cannot be written (No space left on device)"])


@pytest.mark.usefixtures("ask")
@pytest.mark.parametrize("flags", ["", "--json"])
def test_an_output_that_is_closed_is_named(flags: str) -> None:
    """As one that is full: nothing could be shown."""
    command = ["bash", "-c", f'exec "$0" -m services.scope read "$1" {flags} >&-', sys.executable]
    done = subprocess.run([*command, str(Path("x.pcap").absolute())], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"scope: the output cannot be written (Bad file descriptor)\n")
