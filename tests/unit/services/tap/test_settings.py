"""The tap's own knobs."""

import socket

import pytest
from hypothesis import strategies as st

from services.tap.__main__ import main
from services.tap.settings import TapSettings
from tests.unit.harness.edge import OF_EVERY_SERVICE, assert_refused, defaults

_RULE = "host:port, an IPv6 address in brackets"


@pytest.mark.parametrize(
    ("setting", "wrong", "rule"),
    [
        ("ECHO_PORT (--port)", st.integers(max_value=0), "greater than or equal to 1"),
        ("ECHO_TAP_NAME (--name)", st.sampled_from(["x" * 65, "a\x1b[2J", "a\tb"]), "at most 64 printable characters"),
        ("ECHO_TAP_PACKETS (--packets)", st.sampled_from(["scope", ":5002", "::1:5002", "scope:²"]), _RULE),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(setting: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """The line has variable, flag, value and rule, and the exit code is 2."""
    assert_refused(main, setting, wrong, rule)


@pytest.mark.parametrize(
    ("scope", "address"),
    [("scope:5002", ("scope", 5002)), ("10.0.0.1:1", ("10.0.0.1", 1)), ("[::1]:65535", ("::1", 65_535))],
)
def test_the_scopes_port_for_packets_is_a_host_and_a_port(scope: str, address: tuple[str, int]) -> None:
    """An IPv6 address is in brackets."""
    assert TapSettings.load(["--packets", scope]).packets_address == address


def test_a_tap_without_a_name_has_its_hosts() -> None:
    """So that the scope can tell several taps apart."""
    assert TapSettings.load([]).told_name == socket.gethostname()
    assert TapSettings.load(["--name", "host-1"]).told_name == "host-1"


def test_the_defaults_are_the_contract() -> None:
    """Variables and defaults are those of the design."""
    assert defaults(TapSettings) == {
        **OF_EVERY_SERVICE,
        "ECHO_TAP_INTERFACE": "eth0",
        "ECHO_TAP_PACKETS": "scope:5002",
        "ECHO_TAP_NAME": "",
    }
