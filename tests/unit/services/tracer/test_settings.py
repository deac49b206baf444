"""The tracer's own knobs."""

import pytest
from hypothesis import strategies as st

from services.tracer.__main__ import main
from services.tracer.settings import TracerSettings
from shared.flags import SettingsInvalid
from tests.unit.harness.edge import assert_refused


@pytest.mark.parametrize(
    ("setting", "wrong", "rule"),
    [
        ("ECHO_TRACER_PID (--pid)", st.integers(max_value=0), "greater than or equal to 1"),
        ("ECHO_SCOPE (--scope)", st.sampled_from(["scope", ":5001"]), "host:port, an IPv6 address in brackets"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(setting: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """The line has variable, flag, value and rule, and the exit code is 2."""
    assert_refused(main, setting, wrong, rule)


def test_the_command_is_what_stands_behind_the_dashes() -> None:
    """It may have flags like the tracer's own, and dashes."""
    settings, command = TracerSettings.load_with_command(["--name", "x", "--", "ls", "--name", "y", "--", "-p"])
    assert (settings.name, command) == ("x", ["ls", "--name", "y", "--", "-p"])


def test_a_process_is_traced_instead_of_a_command() -> None:
    """-p is strace's own flag for it."""
    settings, command = TracerSettings.load_with_command(["-p", "12"])
    assert (settings.pid, command) == (12, [])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "there is no command: python -m services.tracer [--name server] -- COMMAND…"),
        (["--"], "there is no command: python -m services.tracer [--name server] -- COMMAND…"),
        (["-p", "1", "--", "ls"], "a command and --pid exclude each other"),
    ],
)
def test_there_is_one_thing_to_trace(arguments: list[str], why: str) -> None:
    """A command or a process."""
    with pytest.raises(SettingsInvalid) as caught:
        TracerSettings.load_with_command(arguments)
    assert str(caught.value) == why
