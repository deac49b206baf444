"""The live scope's own knobs."""

import pytest
from hypothesis import strategies as st

from services.scope.live.edge import main
from services.scope.live.settings import LiveSettings
from shared.flags import SettingsInvalid
from tests.unit.harness.edge import assert_refused, defaults, refusal

_NOT_NEGATIVE = "greater than or equal to 0"


@pytest.mark.parametrize(
    ("setting", "wrong", "rule"),
    [
        ("ECHO_SCOPE_CALLS_PORT (--calls-port)", st.integers(max_value=-1), _NOT_NEGATIVE),
        ("ECHO_SCOPE_PACKETS_PORT (--packets-port)", st.integers(min_value=65_536), "less than or equal to 65535"),
        ("ECHO_SCOPE_CAPTURE_FILES (--capture-files)", st.integers(max_value=0), "greater than or equal to 1"),
        ("ECHO_SCOPE_CAPTURE_MIB (--capture-mib)", st.integers(min_value=4097), "less than or equal to 4096"),
        ("ECHO_SCOPE_CONVERSATIONS (--conversations)", st.integers(max_value=-1), _NOT_NEGATIVE),
        ("ECHO_SCOPE_LANG (--lang)", st.sampled_from(["fr", "EN"]), "'en' or 'zh'"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(setting: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """The line has variable, flag, value and rule, and the exit code is 2."""
    assert_refused(main, setting, wrong, rule)


@pytest.mark.parametrize(
    ("variable", "flag", "who"),
    [("ECHO_SCOPE_CALLS_PORT", "--calls-port", "services"), ("ECHO_SCOPE_PACKETS_PORT", "--packets-port", "taps")],
)
def test_any_port_is_for_the_flag_alone(variable: str, flag: str, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends records and packets cannot know such a port: one line names the variable, its value and the rule."""
    monkeypatch.setenv(variable, "5009")
    assert LiveSettings.load([flag, "0"]).model_dump()[flag.strip("-").replace("-", "_")] == 0
    monkeypatch.setenv(variable, "0")
    with pytest.raises(SettingsInvalid) as refused:
        LiveSettings.load([])
    assert str(refused.value) == f"{variable} is '0': should be a port that {who} know; any free one is {flag} 0"
    LiveSettings.load([flag, "5001"])


def test_explain_is_yes_or_no() -> None:
    """As a flag it stands alone."""
    assert LiveSettings.load(["--explain"]).explain is True
    assert LiveSettings.load([]).explain is False
    assert "ECHO_SCOPE_EXPLAIN" in refusal(main, ECHO_SCOPE_EXPLAIN="perhaps")


def test_the_defaults_are_the_contract() -> None:
    """Variables and defaults, beside those that every service has."""
    assert {name: default for name, default in defaults(LiveSettings).items() if name.startswith("ECHO_SCOPE_")} == {
        "ECHO_SCOPE_CALLS_PORT": 5001,
        "ECHO_SCOPE_PACKETS_PORT": 5002,
        "ECHO_SCOPE_CAPTURES": "",
        "ECHO_SCOPE_CAPTURE_FILES": 4,
        "ECHO_SCOPE_CAPTURE_MIB": 16,
        "ECHO_SCOPE_CONVERSATIONS": 0,
        "ECHO_SCOPE_SHOW": "new",
        "ECHO_SCOPE_PAGE_PORT": 8080,
        "ECHO_SCOPE_PAGE_HOSTS": "",
        "ECHO_SCOPE_KEEP": 200,
        "ECHO_SCOPE_METRICS": "",
        "ECHO_SCOPE_EXPLAIN": False,
        "ECHO_SCOPE_LANG": "en",
    }


def test_the_servers_metrics_are_at_a_host_and_port() -> None:
    """Or nowhere."""
    assert LiveSettings.load(["--metrics", "server:8000"]).metrics_address == ("server", 8000)
    assert LiveSettings.load([]).metrics_address is None
    with pytest.raises(SettingsInvalid, match="should be host:port"):
        LiveSettings.load(["--metrics", "server"])
