"""The load's knobs."""

import math
from pathlib import Path

import pytest
from hypothesis import strategies as st

from services.client.load.edge import main
from services.client.load.settings import MAX_FILE_BYTES, LoadSettings
from tests.unit.harness.edge import OF_EVERY_SERVICE, assert_refused, defaults, refusal

ENDLESS = st.sampled_from([math.inf, -math.inf, math.nan])
NOT_POSITIVE = st.floats(max_value=0, allow_infinity=False)
NEGATIVE = st.floats(max_value=0, exclude_max=True, allow_infinity=False)
OVER_AN_HOUR = st.floats(min_value=3600, exclude_min=True, allow_infinity=False)
OVER_A_DAY = st.floats(min_value=86_400, exclude_min=True, allow_infinity=False)

POSITIVE_TIMES = ["DURATION_S", "CONNECT_TIMEOUT_S", "TIMEOUT_S"]
TIMES = ["WARMUP_S", "RAMP_S"]


def both(name: str) -> str:
    """Write a setting's two names as the line does."""
    return f"ECHO_LOAD_{name} (--{name.lower().replace('_', '-')})"


@pytest.mark.parametrize(
    ("name", "wrong", "rule"),
    [
        ("CONNECTIONS", st.integers(max_value=0), "greater than or equal to 1"),
        ("CONNECTIONS", st.integers(min_value=100_001), "less than or equal to 100000"),
        ("RATE", NEGATIVE, "greater than or equal to 0"),
        ("RATE", ENDLESS, "a finite number"),
        ("SIZE_BYTES", st.integers(max_value=0), "greater than or equal to 1"),
        ("SIZE_BYTES", st.integers(min_value=2**30 + 1), "less than or equal to 1073741824"),
        ("PIPELINE", st.integers(max_value=0), "greater than or equal to 1"),
        ("PIPELINE", st.integers(min_value=1025), "less than or equal to 1024"),
        ("MESSAGES_PER_CONNECTION", st.integers(max_value=-1), "greater than or equal to 0"),
        ("EXPECT_CLIENTS", st.integers(max_value=0), "greater than or equal to 1"),
        ("PEERS_PORT", st.integers(min_value=65_536), "less than or equal to 65535"),
        ("MAX_P99_US", NOT_POSITIVE, "greater than 0"),
        ("MAX_ERROR_RATE", st.floats(min_value=1, exclude_min=True, allow_infinity=False), "less than or equal to 1"),
        ("MIN_RATE", NOT_POSITIVE, "greater than 0"),
        *((name, NOT_POSITIVE, "greater than 0") for name in POSITIVE_TIMES),
        *((name, NEGATIVE, "greater than or equal to 0") for name in TIMES),
        *(
            (name, OVER_AN_HOUR, "less than or equal to 3600")
            for name in TIMES + POSITIVE_TIMES
            if name != "DURATION_S"
        ),
        (
            "DURATION_S",
            st.floats(min_value=86_400, exclude_min=True, allow_infinity=False),
            "less than or equal to 86400",
        ),
        ("RATE_TO", NOT_POSITIVE, "greater than 0"),
        ("STEPS", st.integers(max_value=1), "greater than or equal to 2"),
        *((name, ENDLESS, "a finite number") for name in POSITIVE_TIMES + TIMES),
    ],
)
def test_a_value_out_of_range_is_refused_in_one_line(name: str, wrong: st.SearchStrategy[object], rule: str) -> None:
    """The line has variable, flag, value and rule, and the exit code is 2."""
    assert_refused(main, both(name), wrong, rule)


def test_the_defaults_are_the_contract() -> None:
    """Variables and defaults are those of the design."""
    assert defaults(LoadSettings) == {
        **OF_EVERY_SERVICE,
        "ECHO_SCOPE": "",
        "ECHO_LOAD_CONNECTIONS": 10,
        "ECHO_LOAD_RATE": 0,
        "ECHO_LOAD_RATE_TO": None,
        "ECHO_LOAD_STEPS": 5,
        "ECHO_LOAD_DURATION_S": 10,
        "ECHO_LOAD_WARMUP_S": 1,
        "ECHO_LOAD_RAMP_S": 0,
        "ECHO_LOAD_SIZE_BYTES": 64,
        "ECHO_LOAD_MESSAGE": None,
        "ECHO_LOAD_FILE": None,
        "ECHO_LOAD_PIPELINE": 1,
        "ECHO_LOAD_MESSAGES_PER_CONNECTION": 0,
        "ECHO_LOAD_EXPECT_CLIENTS": 1,
        "ECHO_LOAD_PEERS": "client",
        "ECHO_LOAD_PEERS_PORT": 5001,
        "ECHO_LOAD_HTTP_PORT": 8000,
        "ECHO_LOAD_OUT": None,
        "ECHO_LOAD_MAX_P99_US": None,
        "ECHO_LOAD_MAX_ERROR_RATE": None,
        "ECHO_LOAD_MIN_RATE": None,
        "ECHO_LOAD_CONNECT_TIMEOUT_S": 10,
        "ECHO_LOAD_TIMEOUT_S": 5,
    }


@pytest.mark.parametrize(
    "arguments",
    [["--rate", "1000..20000"], ["--rate=1000", "--rate-to=20000"], ["--rate", "1000..20000", "--steps", "5"]],
    ids=str,
)
def test_a_rate_from_to_is_climbed_in_equal_steps(arguments: list[str]) -> None:
    """Both ends are steps themselves, and both ways to say it mean the same."""
    assert LoadSettings.load(arguments).rates == [1000, 5750, 10_500, 15_250, 20_000]


def test_a_rate_alone_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment as on the command line."""
    assert LoadSettings.load([]).rates == [0]
    monkeypatch.setenv("ECHO_LOAD_RATE", "7.5")
    assert LoadSettings.load([]).rates == [7.5]
    monkeypatch.setenv("ECHO_LOAD_RATE", "1..2")
    assert LoadSettings.load(["--steps", "2"]).rates == [1, 2]


@pytest.mark.parametrize(("rate", "first"), [("20..10", "20"), ("0..10", "0"), ("10..10", "10")])
def test_a_rate_that_does_not_climb_is_refused(rate: str, first: str) -> None:
    """Steps go up, from more than nothing."""
    last = rate.rpartition(".")[2]
    rule = f"should be greater than the first rate, and that greater than 0 (it is {first})"
    assert refusal(main, "--rate", rate) == f"client: {both('RATE_TO')} is '{last}': {rule}"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (
            ["--size-bytes", "3", "--message", "x"],
            "ECHO_LOAD_SIZE_BYTES (--size-bytes) and ECHO_LOAD_MESSAGE (--message)",
        ),
        (["--message", "x", "--file", __file__], "ECHO_LOAD_MESSAGE (--message) and ECHO_LOAD_FILE (--file)"),
    ],
)
def test_there_is_one_payload(arguments: list[str], names: str) -> None:
    """Two at once leave open what to send."""
    assert refusal(main, *arguments) == f"client: {names} cannot go together: choose one"


def test_a_file_that_cannot_be_sent_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, empty, or too large to be held: the line says which."""
    empty, large = tmp_path / "empty", tmp_path / "large"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    for path, rule in (
        (tmp_path / "missing", "cannot be read (No such file or directory)"),
        (tmp_path, "should be a regular file"),
        (empty, f"should hold 1 to {MAX_FILE_BYTES} bytes"),
        (large, f"should hold 1 to {MAX_FILE_BYTES} bytes"),
    ):
        assert refusal(main, "--file", str(path)) == f"client: {both('FILE')} is '{path}': {rule}"


def test_a_result_that_could_not_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    """Not when it is there, and lost."""
    for path, why in (
        (tmp_path / "no-such-folder" / "result.json", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        assert refusal(main, "--out", str(path)) == f"client: {both('OUT')} is '{path}': cannot be written ({why})"


def test_more_connections_than_descriptors_are_refused() -> None:
    """The line names the limit that is in the way."""
    line = refusal(main, "--connections", "100000")
    assert line.startswith(f"client: {both('CONNECTIONS')} is 100000: should be at most ")
    assert "RLIMIT_NOFILE" in line
