"""The edge of a service, asked in this process for what it says about wrong settings."""

import io
import os
from collections.abc import Callable
from contextlib import redirect_stderr

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.settings import Settings

Main = Callable[[list[str]], int]

# What every service is told, and the server and the client besides, as the contract has it.
OF_EVERY_SERVICE = {"ECHO_HOST": "localhost", "ECHO_PORT": 5000, "ECHO_LOG_LEVEL": "info", "ECHO_LOG_FORMAT": "auto"}
OF_THE_WATCHED = {"ECHO_SCOPE": "", "ECHO_WATCH_CALLS": 64}


def defaults(settings: type[Settings]) -> dict[str, object]:
    """Return the variables of a service with their defaults."""
    return {settings.variable(name): field.default for name, field in settings.model_fields.items()}


def refusal(main: Main, *arguments: str, **variables: str) -> str:
    """Return the one line that a service with these settings writes to stderr before it exits with 2."""
    stderr = io.TextIOWrapper(io.BytesIO())
    # A setting that is taken after all must not make this process a server: no service gets anywhere with that host.
    variables = {"ECHO_HOST": "a..b", "ECHO_CLIENT_CONNECT_TIMEOUT_S": "0.1"} | variables
    with redirect_stderr(stderr), pytest.MonkeyPatch.context() as patch:
        for name, text in variables.items():
            patch.setitem(os.environ, name, text)
        assert main(list(arguments)) == 2
    stderr.seek(0)
    (line,) = stderr.read().splitlines()
    return line


def assert_refused(main: Main, setting: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """Any such value, as flag or as variable, is answered with the setting's two names, the value and the rule.

    `setting` is written as the line writes it: `VARIABLE (--flag)`.
    """
    variable, flag = setting.rstrip(")").split(" (")

    @hypothesis_settings(max_examples=3)
    @given(value=wrong.map(str))
    def is_refused(value: str) -> None:
        line = f"{setting} is {value!r}: should be {rule}"
        assert refusal(main, f"{flag}={value}").partition(": ")[2] == line
        assert refusal(main, **{variable: value}).partition(": ")[2] == line

    is_refused()
