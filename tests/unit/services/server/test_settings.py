"""The server's own knobs."""

import math

import pytest
from hypothesis import strategies as st

from services.server.__main__ import main
from services.server.settings import ServerSettings
from shared.flags import SettingsInvalid
from tests.unit.harness.edge import OF_EVERY_SERVICE, OF_THE_WATCHED, assert_refused, defaults

# Seconds that are no duration at all.
ENDLESS = st.sampled_from([math.inf, -math.inf, math.nan])


@pytest.mark.parametrize(
    ("setting", "wrong", "rule"),
    [
        ("ECHO_PORT (--port)", st.integers(max_value=-1), "greater than or equal to 0"),
        ("ECHO_PORT (--port)", st.integers(min_value=65_536), "less than or equal to 65535"),
        ("ECHO_SERVER_WORKERS (--workers)", st.integers(max_value=-1), "greater than or equal to 0"),
        ("ECHO_SERVER_WORKERS (--workers)", st.integers(min_value=257), "less than or equal to 256"),
        ("ECHO_SERVER_HTTP_PORT (--http-port)", st.integers(max_value=-1), "greater than or equal to 0"),
        ("ECHO_SERVER_HTTP_PORT (--http-port)", st.integers(min_value=65_536), "less than or equal to 65535"),
        ("ECHO_SERVER_BACKLOG (--backlog)", st.integers(max_value=-1), "greater than or equal to 0"),
        ("ECHO_SERVER_BACKLOG (--backlog)", st.integers(min_value=65_536), "less than or equal to 65535"),
        ("ECHO_SERVER_MAX_CONNECTIONS (--max-connections)", st.integers(max_value=0), "greater than or equal to 1"),
        (
            "ECHO_SERVER_MAX_CONNECTIONS_PER_PEER (--max-connections-per-peer)",
            st.integers(max_value=-1),
            "greater than or equal to 0",
        ),
        (
            "ECHO_SERVER_IDLE_TIMEOUT_S (--idle-timeout-s)",
            st.floats(max_value=0, exclude_max=True, allow_infinity=False),
            "greater than or equal to 0",
        ),
        (
            "ECHO_SERVER_IDLE_TIMEOUT_S (--idle-timeout-s)",
            st.floats(min_value=86_400, exclude_min=True, allow_infinity=False),
            "less than or equal to 86400",
        ),
        ("ECHO_SERVER_IDLE_TIMEOUT_S (--idle-timeout-s)", ENDLESS, "a finite number"),
        (
            "ECHO_SERVER_DRAIN_TIMEOUT_S (--drain-timeout-s)",
            st.floats(max_value=0, allow_infinity=False),
            "greater than 0",
        ),
        (
            "ECHO_SERVER_DRAIN_TIMEOUT_S (--drain-timeout-s)",
            st.floats(min_value=3600, exclude_min=True, allow_infinity=False),
            "less than or equal to 3600",
        ),
        ("ECHO_SERVER_DRAIN_TIMEOUT_S (--drain-timeout-s)", ENDLESS, "a finite number"),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_line(setting: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """The line has variable, flag, value and rule, and the exit code is 2."""
    assert_refused(main, setting, wrong, rule)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workers=0", "--max-connections-per-peer=0", "--http-port=0"],
        ["--workers=256", "--http-port=65535"],
        ["--port=0", "--backlog=0", "--max-connections=1", "--idle-timeout-s=0", "--drain-timeout-s=0.001"],
        ["--port=65535", "--backlog=65535", "--idle-timeout-s=86400", "--drain-timeout-s=3600"],
    ],
)
def test_the_ends_of_the_ranges_are_allowed(arguments: list[str]) -> None:
    """A bound that the rule names is itself a good value."""
    ServerSettings.load(arguments)


def test_the_defaults_are_the_contract() -> None:
    """Variables and defaults are those of the design."""
    assert defaults(ServerSettings) == {
        **OF_EVERY_SERVICE,
        **OF_THE_WATCHED,
        "ECHO_SERVER_WORKERS": 1,
        "ECHO_SERVER_BACKLOG": 1024,
        "ECHO_SERVER_MAX_CONNECTIONS": 10_000,
        "ECHO_SERVER_MAX_CONNECTIONS_PER_PEER": 0,
        "ECHO_SERVER_IDLE_TIMEOUT_S": 300,
        "ECHO_SERVER_DRAIN_TIMEOUT_S": 8,
        "ECHO_SERVER_HTTP_PORT": 8000,
    }


def test_any_port_is_for_the_flag_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients and tap have the same variable, and cannot know the port: one line names it, its value and the rule."""
    assert ServerSettings.load(["--port", "0"]).port == 0
    monkeypatch.setenv("ECHO_PORT", "0")
    with pytest.raises(SettingsInvalid, match=r"^ECHO_PORT is '0': should be a port that clients know"):
        ServerSettings.load([])
    assert ServerSettings.load(["--port", "5001"]).port == 5001
    monkeypatch.setenv("ECHO_PORT", "5000")
    assert ServerSettings.load(["--port", "0"]).port == 0
