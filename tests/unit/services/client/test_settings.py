"""The client's own knobs."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import strategies as st

from services.client.edge import main
from services.client.settings import ClientSettings
from tests.unit.harness.edge import OF_EVERY_SERVICE, OF_THE_WATCHED, assert_refused, defaults, refusal

# Seconds that are no duration at all.
ENDLESS = st.sampled_from([math.inf, -math.inf, math.nan])
NOT_POSITIVE = st.floats(max_value=0, allow_infinity=False)
OVER_AN_HOUR = st.floats(min_value=3600, exclude_min=True, allow_infinity=False)


@pytest.mark.parametrize(
    ("setting", "wrong", "rule"),
    [
        ("ECHO_PORT (--port)", st.integers(max_value=0), "greater than or equal to 1"),
        ("ECHO_PORT (--port)", st.integers(min_value=65_536), "less than or equal to 65535"),
        ("ECHO_CLIENT_SIZE_BYTES (--size-bytes)", st.integers(max_value=-1), "greater than or equal to 0"),
        (
            "ECHO_CLIENT_SIZE_BYTES (--size-bytes)",
            st.integers(min_value=10**15 + 1),
            "less than or equal to 1000000000000000",
        ),
        ("ECHO_CLIENT_SESSIONS (--sessions)", st.integers(max_value=-1), "greater than or equal to 0"),
        ("ECHO_CLIENT_SESSIONS (--sessions)", st.integers(min_value=10**9 + 1), "less than or equal to 1000000000"),
        (
            "ECHO_CLIENT_INTERVAL_S (--interval-s)",
            st.floats(max_value=0, exclude_max=True, allow_infinity=False),
            "greater than or equal to 0",
        ),
        (
            "ECHO_CLIENT_INTERVAL_S (--interval-s)",
            st.floats(min_value=86_400, exclude_min=True, allow_infinity=False),
            "less than or equal to 86400",
        ),
        ("ECHO_CLIENT_INTERVAL_S (--interval-s)", ENDLESS, "a finite number"),
        ("ECHO_CLIENT_CONNECT_TIMEOUT_S (--connect-timeout-s)", NOT_POSITIVE, "greater than 0"),
        ("ECHO_CLIENT_CONNECT_TIMEOUT_S (--connect-timeout-s)", OVER_AN_HOUR, "less than or equal to 3600"),
        ("ECHO_CLIENT_CONNECT_TIMEOUT_S (--connect-timeout-s)", ENDLESS, "a finite number"),
        ("ECHO_CLIENT_TIMEOUT_S (--timeout-s)", NOT_POSITIVE, "greater than 0"),
        ("ECHO_CLIENT_TIMEOUT_S (--timeout-s)", OVER_AN_HOUR, "less than or equal to 3600"),
        ("ECHO_CLIENT_TIMEOUT_S (--timeout-s)", ENDLESS, "a finite number"),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_line(setting: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """The line has variable, flag, value and rule, and the exit code is 2."""
    assert_refused(main, setting, wrong, rule)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port=1", "--size-bytes=0", "--sessions=0", "--interval-s=0", "--timeout-s=0.001"],
        ["--port=65535", "--sessions=1000000000", "--interval-s=86400", "--timeout-s=3600"],
    ],
)
def test_the_ends_of_the_ranges_are_allowed(arguments: list[str]) -> None:
    """A bound that the rule names is itself a good value."""
    ClientSettings.load(arguments)


def test_the_defaults_are_the_contract() -> None:
    """Variables and defaults are those of the design."""
    assert defaults(ClientSettings) == {
        **OF_EVERY_SERVICE,
        **OF_THE_WATCHED,
        "ECHO_CLIENT_MESSAGE": "Hello",
        "ECHO_CLIENT_FILE": None,
        "ECHO_CLIENT_SIZE_BYTES": None,
        "ECHO_CLIENT_SESSIONS": 1,
        "ECHO_CLIENT_INTERVAL_S": 2,
        "ECHO_CLIENT_CONNECT_TIMEOUT_S": 10,
        "ECHO_CLIENT_TIMEOUT_S": 5,
    }


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The line says why it cannot be read."""
    path = tmp_path / "missing"
    assert refusal(main, "--file", str(path)) == (
        f"client: ECHO_CLIENT_FILE (--file) is '{path}': cannot be read (No such file or directory)"
    )


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder has no bytes, and a FIFO would be waited for without a deadline."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo):
        assert refusal(main, "--file", str(path)).endswith(f"is '{path}': should be a regular file")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/proc/version", "should have a size, which what the kernel writes as it is read (/proc) has not"),
        ("/proc/self/mem", "cannot be read (Input/output error)"),
    ],
)
def test_a_file_without_a_size_and_one_that_fails_are_refused(path: str, rule: str) -> None:
    """To send none of its bytes would be a success that means nothing."""
    assert refusal(main, "--file", path) == f"client: ECHO_CLIENT_FILE (--file) is '{path}': {rule}"


def test_one_session_has_one_payload(tmp_path: Path) -> None:
    """A file and a size at once leave open what to send."""
    path = tmp_path / "payload"
    path.write_bytes(b"?")
    line = refusal(main, "--file", str(path), "--size-bytes", "1")
    assert line.endswith("cannot go with ECHO_CLIENT_FILE (--file): choose one")
