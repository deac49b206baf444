"""Settings: where they come from, and what is said about wrong ones."""

import io
import os
from contextlib import redirect_stdout

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.client.edge import main as client
from services.client.load.settings import LoadSettings
from services.client.settings import ClientSettings
from services.server.__main__ import main as server
from services.server.settings import ServerSettings
from services.tap.settings import TapSettings
from shared.flags import SettingsInvalid
from shared.settings import Settings, WatchedSettings
from tests.unit.harness.edge import Main, refusal


def test_a_flag_beats_a_variable_beats_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest word counts."""
    assert Settings.load([]).port == 5000
    monkeypatch.setenv("ECHO_PORT", "5001")
    assert Settings.load([]).port == 5001
    assert Settings.load(["--port", "5002"]).port == 5002


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose passes on what is not set as an empty text, and that is no number."""
    monkeypatch.setenv("ECHO_PORT", "")
    monkeypatch.setenv("ECHO_LOG_LEVEL", "")
    assert Settings.load([]) == Settings()


def test_an_empty_text_is_unset_where_none_may_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it cannot be meant: Compose passes on `ECHO_TAP_INTERFACE=` of an .env file."""
    monkeypatch.setenv("ECHO_TAP_INTERFACE", "")
    monkeypatch.setenv("ECHO_HOST", "")
    assert TapSettings.load([]) == TapSettings()


def test_an_empty_text_is_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message may be empty, and that is not the default message."""
    monkeypatch.setenv("ECHO_CLIENT_MESSAGE", "")
    assert ClientSettings.load([]).message == ""


@pytest.mark.parametrize("variable", ["PORT", "ECHO_SERVER_PORT", "ECHO_BACKLOG", "echo_server_backlog"])
def test_only_the_documented_variable_is_read(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A field has one variable, whichever class introduced it, and no other name is taken for it."""
    monkeypatch.setenv(variable, "7")
    assert ServerSettings.load([]) == ServerSettings()


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
@example(text="two\nlines")
@example(text="null")
@example(text="None")
@example(text='{"a": [1]}')
def test_any_text_is_taken_as_it_stands(text: str) -> None:
    """A message is never read as JSON, a list or a number, from a flag or from a variable."""
    assume(text != "--")  # Python 3.11's argparse loses it
    assert ClientSettings.load([f"--message={text}"]).message == text
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "ECHO_CLIENT_MESSAGE", text)
        assert ClientSettings.load([]).message == text


@pytest.mark.parametrize("flag", ["--message", "--host", "--file"])
def test_what_is_not_utf_8_is_refused(flag: str) -> None:
    """Bytes that no log line and no document can hold are named at once, not when they are written."""
    assert refusal(client, flag, os.fsdecode(b"\xff")).endswith(r"is '\udcff': should be UTF-8")


@pytest.mark.parametrize(
    ("scope", "address"),
    [
        ("", None),
        ("scope:5001", ("scope", 5001)),
        ("127.0.0.1:65535", ("127.0.0.1", 65_535)),
        ("[::1]:1", ("::1", 1)),
        ("[fe80::1%eth0]:1", ("fe80::1%eth0", 1)),
    ],
)
def test_the_scope_is_a_host_and_a_port(scope: str, address: tuple[str, int] | None) -> None:
    """As people write it; empty is no scope."""
    assert WatchedSettings.load([f"--scope={scope}"]).scope_address == address


@pytest.mark.parametrize(
    "scope",
    [
        ":5001",
        "scope:",
        "scope:0",
        "scope:65536",
        "scope:-1",
        "scope:٣",
        "::1:5001",
        "[]:5001",
        "[::1]",
        "[scope]:1",
        " :1",
    ],
)
def test_what_is_no_host_and_port_is_refused(scope: str) -> None:
    """One line, at start: not a feed that leads nowhere."""
    with pytest.raises(SettingsInvalid, match=r"^ECHO_SCOPE \(--scope\) is .*: should be host:port"):
        WatchedSettings.load([f"--scope={scope}"])


@pytest.mark.parametrize("main", [server, client])
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--port", "ten"], "ECHO_PORT (--port) is 'ten': should be a valid integer"),
        (["--host", ""], "ECHO_HOST (--host) is '': "),
        (["--log-level", "loud"], "ECHO_LOG_LEVEL (--log-level) is 'loud': should be 'debug', 'info', 'warning' or"),
        (["--log-format", "xml"], "ECHO_LOG_FORMAT (--log-format) is 'xml': should be 'auto', 'console' or 'json'"),
        (["--scope", "scope"], "ECHO_SCOPE (--scope) is 'scope': should be host:port, an IPv6 address in brackets"),
        (["--watch-calls", "0"], "ECHO_WATCH_CALLS (--watch-calls) is '0': should be greater than or equal to 1"),
        (["--prot", "1"], "unrecognized arguments: --prot 1"),
        (["stray"], "unrecognized arguments: stray"),
        (["--port"], "argument --port: expected one argument"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(main: Main, arguments: list[str], line: str) -> None:
    """The line says what is wrong and what the rule is, and the exit code is 2."""
    assert refusal(main, *arguments).partition(": ")[2].startswith(line)


def test_each_wrong_setting_has_its_line() -> None:
    """Two mistakes are told at once, not one after the other."""
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load(["--port", "0", "--log-level", "loud"])
    first, second = str(caught.value).splitlines()
    assert first.startswith("ECHO_PORT")
    assert second.startswith("ECHO_LOG_LEVEL")


@pytest.mark.parametrize("known", [ServerSettings, ClientSettings])
def test_help_names_flag_variable_default_and_meaning(known: type[Settings]) -> None:
    """Whoever reads `--help` needs no other document."""
    stdout = io.StringIO()
    with redirect_stdout(stdout), pytest.raises(SystemExit) as caught:
        known.load(["--help"])
    assert caught.value.code == 0
    text = " ".join(stdout.getvalue().split())
    for name, field in known.model_fields.items():
        default = "null" if field.default is None else field.default
        assert f"--{name.replace('_', '-')} " in text
        assert f"{field.description} (default: {default})" in text
        assert (field.description or "").endswith(f"[{known.variable(name)}]")


def test_settings_do_not_change() -> None:
    """What a process was told at its start holds until its end."""
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(("written", "meant"), [("[::1]", "::1"), ("::1", "::1"), ("*", "*"), ("[name]", "[name]")])
def test_an_ipv6_address_may_stand_in_brackets(written: str, meant: str) -> None:
    """As it must in host:port, so that one habit serves for both."""
    assert Settings.load([f"--host={written}"]).host == meant


@pytest.mark.parametrize("level", ["DEBUG", "Debug", "debug"])
def test_the_log_level_may_be_written_in_any_case(level: str) -> None:
    """Other programs take it in capitals."""
    assert Settings.load([f"--log-level={level}"]).log_level == "debug"


@pytest.mark.parametrize(
    ("known", "command"),
    [
        (ServerSettings, "python -m services.server"),
        (ClientSettings, "python -m services.client"),
        (LoadSettings, "python -m services.client load"),
    ],
)
def test_help_names_the_command_as_it_is_called(known: type[Settings], command: str) -> None:
    """And not the file that Python found for it."""
    stdout = io.StringIO()
    with redirect_stdout(stdout), pytest.raises(SystemExit):
        known.load(["--help"])
    assert stdout.getvalue().startswith(f"usage: {command} [-h]")
