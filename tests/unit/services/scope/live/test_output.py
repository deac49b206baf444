"""How conversations are shown."""

import io
import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from services.scope.live.output import presenter
from services.scope.live.settings import LiveSettings
from tests.unit.harness.facts import Journal
from tests.unit.services.scope.harness.calls import CLIENT, joined, session, session_calls

SESSION = joined(session(), session_calls())


class Terminal(io.TextIOWrapper):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def shown(make: Callable[[Any], io.TextIOWrapper], *arguments: str, encoding: str = "utf-8", times: int = 1) -> str:
    """Return what is written of the session, so many times."""
    written = io.BytesIO()
    stream = make(written)
    stream.reconfigure(encoding=encoding)
    shows = presenter(stream, LiveSettings.load(arguments), 100, Journal().log)
    for number in range(1, times + 1):
        shows.offer(SESSION, number, 10.0 * number)
    return written.getvalue().decode(encoding)


def test_machines_get_a_line_of_json() -> None:
    """The element of a ladder's document."""
    text = shown(io.TextIOWrapper)
    assert text.count("\n") == 1
    assert json.loads(text)["client"] == CLIENT


@pytest.mark.parametrize("show", ["all", "new", "lines"])
def test_machines_get_every_conversation_whole(show: str) -> None:
    """Each is one line in any case."""
    lines = shown(io.TextIOWrapper, "--show", show, times=3).splitlines()
    assert [len(json.loads(line)["segments"]) for line in lines] == [len(SESSION.segments)] * 3


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_none_is_nothing(log_format: str) -> None:
    """In either format."""
    assert shown(io.TextIOWrapper, "--show", "none", "--log-format", log_format) == ""


@pytest.mark.parametrize(("make", "arguments"), [(Terminal, []), (io.TextIOWrapper, ["--log-format", "console"])])
def test_people_get_a_drawing(make: Callable[[Any], io.TextIOWrapper], arguments: list[str]) -> None:
    """On a terminal, or where the log is for them."""
    text = shown(make, *arguments)
    assert "connect()" in text
    assert "SYN-SENT" in text


def test_a_drawing_is_numbered_and_the_next_like_it_a_line() -> None:
    """Which names it."""
    text = shown(io.TextIOWrapper, "--log-format", "console", times=2)
    assert text.startswith(f"#1 {CLIENT} → ")
    assert text.splitlines()[-1].startswith(f"#2 {CLIENT} closed, ")
    assert text.endswith(", like #1\n")


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    """Compose has a prefix of its own."""
    assert max(map(len, shown(io.TextIOWrapper, "--log-format", "console", times=2).splitlines())) <= 100


def test_an_encoding_without_arrows_is_no_failure() -> None:
    """A ladder with question marks is better than none."""
    assert "?" in shown(io.TextIOWrapper, "--log-format", "console", encoding="ascii")


def test_on_a_terminal_too_the_format_can_be_json() -> None:
    """Whoever asks for it gets it."""
    assert json.loads(shown(Terminal, "--log-format", "json"))["client"] == CLIENT


def test_a_full_disk_costs_what_would_have_been_shown(tmp_path: Any) -> None:
    """And the log says how many that were, when there is room again."""
    journal = Journal()
    with open("/dev/full", "w") as stream, (tmp_path / "out").open("w") as file:  # noqa: PTH123 - a device
        shows = presenter(stream, LiveSettings.load([]), 100, journal.log)
        for number in (1, 2):
            shows.offer(SESSION, number, 10.0 * number)
        os.dup2(file.fileno(), stream.fileno())
        shows.offer(SESSION, 3, 30.0)
    assert (tmp_path / "out").read_text().count("\n") == 1
    (line,) = journal.lines()
    assert (line["event"], line["count"]) == ("conversations_not_written", 2)


def test_a_reader_that_has_left_ends_it() -> None:
    """It has seen enough."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    with pytest.raises(BrokenPipeError):
        presenter(stream, LiveSettings.load([]), 100, Journal().log).offer(SESSION, 1, 10.0)
    stream.close()
