"""Settings that cannot be: one clear line, exit 2, before anything starts."""

import pytest
from docker.models.containers import Container

from tests.e2e.harness.compose import image_of
from tests.e2e.harness.containers import exit_code, stderr
from tests.e2e.harness.stack import Stack


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("ECHO_PORT", "70000", "should be less than or equal to 65535"),
        ("ECHO_CLIENT_TIMEOUT_S", "soon", "should be a valid number"),
        ("ECHO_CLIENT_FILE", "/nowhere", "cannot be read (No such file or directory)"),
    ],
)
def test_the_client_names_what_is_wrong(stack: Stack, variable: str, value: str, rule: str) -> None:
    """One line on stderr has the variable, its value and the rule; stdout stays empty; exit 2."""
    client = stack.start_client(**{variable: value})
    assert exit_code(client) == 2
    _assert_one_line(client, variable, value, rule)


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("ECHO_SERVER_DRAIN_TIMEOUT_S", "0", "should be greater than 0"),
        ("ECHO_HOST", "no.such.host.invalid", "does not resolve"),
        ("ECHO_PORT", "5000", "Address already in use"),
    ],
)
def test_the_server_names_what_is_wrong(stack: Stack, variable: str, value: str, rule: str) -> None:
    """One line on stderr has the variable, its value and the rule; exit 2: here beside a server that has the port."""
    server = stack.start_beside(stack.server, image_of("server"), **{"ECHO_HOST": "::", variable: value})
    assert exit_code(server) == 2
    _assert_one_line(server, variable, value, rule)


def test_the_client_knows_its_flags(stack: Stack) -> None:
    """A flag that is not one is named in one line; exit 2."""
    client = stack.start_client("--mesage", "typo")
    assert exit_code(client) == 2
    _assert_one_line(client, "--mesage")


def _assert_one_line(container: Container, *parts: str) -> None:
    assert container.logs(stderr=False) == b""
    (line,) = stderr(container).splitlines()
    assert all(part in line for part in parts), line
