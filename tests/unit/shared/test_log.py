"""The log: what is on each line, and for whom it is written."""

import io
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
import structlog

from shared.calls import Call, log_calls
from shared.log import Log, configure_logging
from shared.settings import Settings

CALL = Call("server", "box", 7, 5, "recv", 1_000_000, 1_250_000, 3, "1.1.1.1:5", "2.2.2.2:6", 4, 0, None, "ESTABLISHED")


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    """Leave structlog as it was."""
    yield
    structlog.reset_defaults()


def written(act: Callable[[Log], Any], **settings: Any) -> str:
    """Return what `act` logs to a standard error that is no terminal."""
    stderr = io.TextIOWrapper(io.BytesIO())
    with redirect_stderr(stderr):
        act(configure_logging("server", Settings(**settings)))
        stderr.flush()
    return stderr.buffer.getvalue().decode()


def on_a_terminal(act: Callable[[Log], Any], **settings: Any) -> str:
    """Return what `act` logs to a standard error that is a terminal."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal, redirect_stderr(terminal):
        act(configure_logging("server", Settings(**settings)))
        terminal.flush()
        text = os.read(ours, 65_536).decode()
    os.close(ours)
    return text


def test_each_line_is_one_json_object() -> None:
    """Whatever stands in a value, a line of the log is a line of the file."""
    text = written(lambda log: [log.info("one", text="two\nlines"), log.warning("two", text="你好")])
    first, second = map(json.loads, text.splitlines())
    assert (first["event"], first["level"], first["text"]) == ("one", "info", "two\nlines")
    assert (second["event"], second["level"], second["text"]) == ("two", "warning", "你好")


def test_each_line_says_who_wrote_it_and_when() -> None:
    """Service, host name and process tell replicas apart; the time is UTC, to order their lines by."""
    line = json.loads(written(lambda log: log.info("one")))
    assert (line["service"], line["host"], line["pid"]) == ("server", socket.gethostname(), os.getpid())
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("level", "events"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_the_least_that_is_written(level: str, events: list[str]) -> None:
    """What is below the level leaves no line."""

    def each(log: Log) -> None:
        for name in ("debug", "info", "warning", "error"):
            getattr(log, name)(name)

    text = written(each, log_level=level)
    assert [json.loads(line)["event"] for line in text.splitlines()] == events


def test_an_exception_is_one_line() -> None:
    """A traceback does not break a log of JSON lines."""

    def fail(log: Log) -> None:
        try:
            int("broken")
        except ValueError:
            log.exception("session_crashed")

    (line,) = written(fail).splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


def test_auto_is_json_where_there_is_no_terminal() -> None:
    """A container's log is for machines unless somebody asks otherwise."""
    assert json.loads(written(lambda log: log.info("one"), log_format="auto"))["event"] == "one"


def test_auto_is_for_people_on_a_terminal() -> None:
    """Who looks at it sees sentences in colour, not JSON."""
    text = on_a_terminal(lambda log: log.info("capture_not_written", bytes=5), log_format="auto")
    assert "\x1b[" in text
    assert "5 B of packets not written" in text
    assert "{" not in text


def test_json_is_json_on_a_terminal_too() -> None:
    """What was asked for is what is written."""
    assert json.loads(on_a_terminal(lambda log: log.info("one"), log_format="json"))["event"] == "one"


def test_a_value_that_json_cannot_hold_is_written_all_the_same() -> None:
    """No log line is an error of the program that logs."""
    line = json.loads(written(lambda log: log.info("one", text="\udc80", number=2**70, thing=CALL)))
    assert (line["event"], line["text"], line["number"]) == ("one", "\udc80", 2**70)


def test_a_line_for_people_is_the_time_and_a_sentence() -> None:
    """To the millisecond, and nothing of who wrote it where Compose says that already."""
    line = written(lambda log: log.info("capture_not_written", bytes=5), log_format="console")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} 5 B of packets not written to the capture\n", line)


def test_on_a_terminal_a_line_names_its_service() -> None:
    """Server and client may share one, and nothing else tells them apart."""
    line = on_a_terminal(lambda log: log.info("capture_not_written", bytes=5), log_format="console")
    assert "server 5 B of packets" in line


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_colour_where_there_is_no_terminal(log_format: str) -> None:
    """Escape sequences are for terminals."""
    assert "\x1b[" not in written(lambda log: log.error("one", bytes=5), log_format=log_format)


def test_no_color_switches_colour_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR wins, on a terminal and over FORCE_COLOR (no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" not in on_a_terminal(lambda log: log.info("one"), log_format="console")


def test_an_empty_no_color_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose and shells set a variable to nothing to unset it."""
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b[" in on_a_terminal(lambda log: log.info("one"), log_format="console")


def test_force_color_switches_colour_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container has no terminal, and whoever looks at its log may have one."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in written(lambda log: log.info("one"), log_format="console")


def test_a_severity_has_a_colour_and_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word is for who sees no colour; what is normal needs neither."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = written(lambda log: [log.info("one"), log.warning("two"), log.error("three")], log_format="console")
    sentences = [line.split(" ", 1)[1] for line in text.splitlines()]
    assert sentences == ["one", "\x1b[33mwarning: two\x1b[0m", "\x1b[31merror: three\x1b[0m"]


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    """A long sentence goes on under its own beginning."""
    text = written(lambda log: log.error("load_failed", why="word " * 50), log_format="console")
    lines = text.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 100
    assert all(line.startswith(" " * 13 + "word") for line in lines[1:])


def test_people_see_a_traceback_as_python_writes_it() -> None:
    """Under the sentence, its lines not broken."""

    def fail(log: Log) -> None:
        try:
            int("broken")
        except ValueError:
            log.exception("session_crashed")

    first, second, *_, last = written(fail, log_format="console").splitlines()
    assert first.endswith("error: session crashed")
    assert second == "Traceback (most recent call last):"
    assert last == "ValueError: invalid literal for int() with base 10: 'broken'"


def test_people_are_told_of_a_call_what_it_did() -> None:
    """What it moved, with whom, and how long it took."""
    text = written(lambda log: log_calls(log)(CALL), log_format="console", log_level="debug")
    assert text.endswith(" received 4 B from 2.2.2.2:6 in 250 us\n")


def test_a_call_is_logged_at_debug_only() -> None:
    """At info an echo costs no line for its calls."""
    assert written(lambda log: log_calls(log)(CALL), log_level="info") == ""


def after_a_full_disk(log_format: str, path: Path) -> list[str]:
    """Return the lines of a log whose disk was full for its first two."""
    with open("/dev/full", "w") as stderr, redirect_stderr(stderr), path.open("w") as file:  # noqa: PTH123 - no file
        log = configure_logging("server", Settings(log_format=log_format))
        log.info("one")
        log.info("two")
        os.dup2(file.fileno(), stderr.fileno())
        log.info("three")
    return path.read_text().splitlines()


def test_dropped_lines_are_told_when_there_is_room_again(tmp_path: Path) -> None:
    """Before the first line that is written: how many they were, and the reason."""
    told, line = map(json.loads, after_a_full_disk("json", tmp_path / "log"))
    assert (told["event"], told["count"], told["why"]) == ("log_lines_dropped", 2, "No space left on device")
    assert (told["level"], told["service"]) == ("warning", "server")
    assert line["event"] == "three"


def test_people_are_told_of_dropped_lines_in_words(tmp_path: Path) -> None:
    """As of everything else."""
    told, _ = after_a_full_disk("console", tmp_path / "log")
    assert told.endswith("warning: 2 lines of this log could not be written: No space left on device")


def test_without_a_standard_error_nothing_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was started with it closed works all the same."""
    monkeypatch.setattr("sys.stderr", None)
    configure_logging("server", Settings()).error("one")
