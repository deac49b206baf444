"""docker-stack.yml says of each service what docker-compose.yml says of it, as far as Swarm has it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.client.settings import ClientSettings
from services.scope.live.settings import LiveSettings
from services.server.settings import ServerSettings
from services.tap.settings import TapSettings
from shared.settings import Settings
from tests.unit.harness.processes import ROOT

# Swarm has these as well; it ignores some others, and says nothing (security_opt, cpu_shares, tmpfs, depends_on).
_ALIKE = ("init", "read_only", "user", "cap_drop", "cap_add", "logging", "stop_grace_period")

_SETTINGS: dict[str, type[Settings]] = {
    "server": ServerSettings,
    "client": ClientSettings,
    "tap": TapSettings,
    "scope": LiveSettings,
}

_IGNORED = {"security_opt", "cpu_shares", "tmpfs", "depends_on", "restart", "build", "network_mode", "container_name"}


def services(file: str) -> dict[str, dict[str, Any]]:
    """Return the services of a file as they stand there, with merges and without variables."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(Path(ROOT, file).read_text())["services"]
    return found


STACK, COMPOSE = services("docker-stack.yml"), services("docker-compose.yml")


def probe(service: dict[str, Any]) -> dict[str, Any]:
    """Return a health check without how often it runs: Swarm acts upon it, and Compose at the start alone."""
    return {name: value for name, value in service.get("healthcheck", {}).items() if name != "interval"}


def test_it_has_the_services_of_one_machine() -> None:
    """But for the owner of a network that Swarm cannot share, and those of `make trace`."""
    assert set(STACK) == set(_SETTINGS)
    assert set(COMPOSE) - set(STACK) == {"netns", "traced-server", "traced-client", "traced-tap"}


@pytest.mark.parametrize("service", STACK)
def test_a_service_is_bounded_and_hardened_as_on_one_machine(service: str) -> None:
    """Same user, capabilities, log, limits, health check and time to end."""
    there, here = STACK[service], COMPOSE[service]
    assert {name: there.get(name) for name in _ALIKE} == {name: here.get(name) for name in _ALIKE}
    assert there["deploy"]["resources"] == here["deploy"]["resources"]
    assert probe(there) == probe(here)


@pytest.mark.parametrize("service", STACK)
def test_nothing_in_it_is_ignored(service: str) -> None:
    """Swarm takes no notice of these, and mostly does not say so."""
    assert not _IGNORED & set(STACK[service])


@pytest.mark.parametrize("service", STACK)
def test_every_variable_in_it_is_a_known_setting(service: str) -> None:
    """pydantic-settings ignores a misspelt variable: so none may be in the file."""
    settings = _SETTINGS[service]
    in_the_file = {name for name in STACK[service]["environment"] if name.startswith("ECHO_")}
    assert in_the_file <= {settings.variable(name) for name in settings.model_fields}


def test_a_shell_variable_has_the_name_of_the_setting_that_it_sets() -> None:
    """Whatever begins with ECHO_; and it may be left out."""
    for service in STACK.values():
        for name, value in service["environment"].items():
            passed = re.fullmatch(r"\$\{(ECHO_\w+):?-.*\}", str(value))
            assert passed is None or passed[1] == name


def test_the_scope_is_published_for_the_taps_alone() -> None:
    """Nothing else, and no page: that is for those who ask for it."""
    published = {name: [port["target"] for port in service.get("ports", [])] for name, service in STACK.items()}
    assert published == {
        "server": [],
        "client": [],
        "tap": [],
        "scope": [LiveSettings.model_fields["packets_port"].default],
    }


def test_taps_are_told_where_the_scope_is_pinned() -> None:
    """Both by whoever deploys it; without that nothing is deployed."""
    assert STACK["scope"]["deploy"]["placement"]["constraints"] == ["node.id == ${SCOPE_NODE:?make swarm sets it}"]
    (port,) = STACK["scope"]["ports"]
    to = "${SCOPE_ADDRESS:?make swarm sets it}:"
    assert STACK["tap"]["environment"]["ECHO_TAP_PACKETS"] == f"{to}{port['published']}"


def test_who_is_watched_is_settled_by_one_variable() -> None:
    """As on one machine: set to nothing it ends the watching."""
    for service in ("server", "client"):
        assert STACK[service]["environment"]["ECHO_SCOPE"] == COMPOSE[service]["environment"]["ECHO_SCOPE"]
