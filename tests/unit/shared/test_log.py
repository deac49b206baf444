"""The log: what is on each line, and for whom it is written."""

import io
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
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
    """Who looks at it sees events in colour, not JSON."""
    text = on_a_terminal(lambda log: log.info("one", bytes=5), log_format="auto")
    assert "\x1b[" in text
    assert "one" in text
    assert "{" not in text


def test_json_is_json_on_a_terminal_too() -> None:
    """What was asked for is what is written."""
    assert json.loads(on_a_terminal(lambda log: log.info("one"), log_format="json"))["event"] == "one"


def test_console_has_no_colour_where_there_is_no_terminal() -> None:
    """Escape sequences are for terminals."""
    text = written(lambda log: log.info("one", bytes=5), log_format="console")
    assert "one" in text
    assert "bytes=5" in text
    assert "\x1b[" not in text


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


def test_a_call_is_shown_to_people_without_its_stamps() -> None:
    """They see what it moved and how long it took, not descriptors and clocks, and nothing that is empty."""
    text = written(lambda log: log_calls(log)(CALL), log_format="console", log_level="debug")
    assert "bytes_received" in text
    assert "took_us=250" in text
    for absent in ("t0_ns", "mono_ns", "fd=", "pid=", "call=", "errno"):
        assert absent not in text


def test_people_see_which_call_failed() -> None:
    """The event of a failure is the same for all calls."""
    failed = replace(CALL, call="connect", errno="ECONNREFUSED")
    text = written(lambda log: log_calls(log)(failed), log_format="console", log_level="debug")
    assert "call_failed" in text
    assert "call=connect" in text
    assert "errno=ECONNREFUSED" in text


def test_people_see_who_speaks_on_every_line() -> None:
    """Replicas, workers and the two ends may share a terminal: service, host name and pid tell them apart."""
    text = written(lambda log: log.info("one"), log_format="console")
    assert f"[server@{socket.gethostname()}:{os.getpid()}]" in text


def test_a_call_is_logged_at_debug_only() -> None:
    """At info an echo costs no line for its calls."""
    assert written(lambda log: log_calls(log)(CALL), log_level="info") == ""
