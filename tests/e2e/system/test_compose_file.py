"""What docker-compose.yml promises: every setting reaches its service, and none is misspelt."""

import re
from pathlib import Path

import pytest

from services.client.load.settings import LoadSettings
from services.client.settings import ClientSettings
from services.scope.live.settings import LiveSettings
from services.server.settings import ServerSettings
from services.tap.settings import TapSettings
from shared.settings import Settings
from tests.e2e.harness.compose import EVERY_SERVICE, SERVICES, TRACED_SERVICES, configuration
from tests.e2e.harness.containers import address, events, exit_code
from tests.e2e.harness.stack import StartStack

_SETTINGS: dict[str, tuple[type[Settings], ...]] = {
    "server": (ServerSettings,),
    "client": (ClientSettings, LoadSettings),
    "tap": (TapSettings,),
    "scope": (LiveSettings,),
}


def _variables(service: str) -> set[str]:
    return {settings.variable(name) for settings in _SETTINGS[service] for name in settings.model_fields}


def _wanted(service: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return a value for each setting of a service, and what the caller sets for that.

    The host means another machine to each of them, and the tap has none: the caller's name for it says whose it is.
    """
    names = _variables(service)
    wanted = {name: f"value of {name}" for name in (names - {"ECHO_HOST"} if service == "tap" else names)}
    host = f"{service.upper()}_HOST"
    return wanted, {host if name == "ECHO_HOST" else name: value for name, value in wanted.items()}


def test_every_service_is_held_to_these_promises() -> None:
    """The compose file has the services that these tests go through, and no other."""
    assert set(configuration()) == set(EVERY_SERVICE)
    assert set(configuration("--profile", "*")) == {*EVERY_SERVICE, *TRACED_SERVICES}
    assert set(SERVICES) == set(_SETTINGS)


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_in_it_is_a_known_setting(service: str) -> None:
    """pydantic-settings ignores a misspelt variable: so none may be in the file."""
    in_the_file = {name for name in configuration()[service]["environment"] if name.startswith("ECHO_")}
    assert in_the_file <= _variables(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_in_the_shell_reaches_its_service(service: str) -> None:
    """Each known variable, set in the caller's shell, is in the service's environment with that value."""
    wanted, environment = _wanted(service)
    found = configuration(environment=environment)[service]["environment"]
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_in_an_env_file_reaches_its_service(service: str, tmp_path: Path) -> None:
    """Each known variable, set in a file like .env, is in the service's environment with that value."""
    wanted, environment = _wanted(service)
    env_file = tmp_path / "settings"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
    found = configuration("--env-file", str(env_file))[service]["environment"]
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_logs_are_for_people_unless_a_setting_says_otherwise(service: str, tmp_path: Path) -> None:
    """`docker compose up` is read by somebody; who has set ECHO_LOG_FORMAT, also in .env, gets that."""
    assert configuration()[service]["environment"]["ECHO_LOG_FORMAT"] == "console"
    env_file = tmp_path / "settings"
    env_file.write_text("ECHO_LOG_FORMAT=json\n")
    assert configuration("--env-file", str(env_file))[service]["environment"]["ECHO_LOG_FORMAT"] == "json"


def test_a_variable_that_nobody_sets_is_left_to_the_code() -> None:
    """Where neither shell nor file sets a limit or a deadline, the default in the code is the one that counts."""
    environment = configuration()["server"]["environment"]
    limits = {name: value for name, value in environment.items() if name.startswith("ECHO_SERVER_")}
    assert set(limits.values()) == {None}


def test_a_host_of_one_service_is_no_others() -> None:
    """ECHO_HOST means another machine to each: what the caller's shell has for one does not reach them."""
    before, after = configuration(), configuration(environment={"ECHO_HOST": "192.0.2.1"})
    hosts = [{name: found[name]["environment"].get("ECHO_HOST") for name in SERVICES} for found in (before, after)]
    assert hosts[0] == hosts[1] == {"server": "*", "client": "server", "tap": None, "scope": "*"}


def test_who_is_watched_is_settled_by_one_variable() -> None:
    """Told nothing, server and client report to the scope of this file; told nothing on purpose, to nobody."""
    for service in ("server", "client"):
        assert configuration()[service]["environment"]["ECHO_SCOPE"] == "scope:5001"
        assert configuration(environment={"ECHO_SCOPE": ""})[service]["environment"]["ECHO_SCOPE"] == ""


def test_the_echo_does_not_depend_on_who_watches_it() -> None:
    """The server waits for nobody; the client waits for tap and scope, and goes on where they do not come."""
    services = configuration()
    assert set(services["server"]["depends_on"]) == {"netns"}
    needed = {name: condition["required"] for name, condition in services["client"]["depends_on"].items()}
    assert needed == {"server": True, "tap": False, "scope": False}


def test_the_drain_ends_before_docker_loses_patience() -> None:
    """Docker kills a server that has not ended by stop_grace_period: the drain time-out has to be shorter."""
    grace = re.fullmatch(r"(\d+)s", configuration()["server"]["stop_grace_period"])
    assert grace
    assert ServerSettings.model_fields["drain_timeout_s"].default < int(grace[1])


def test_one_variable_moves_the_echo_to_another_port(start_stack: StartStack) -> None:
    """ECHO_PORT is heeded by the server, by its health check, and by the client that Compose starts."""
    stack = start_stack(ECHO_PORT="5999")  # it is up, so it is healthy
    stack.compose("up", "--detach", "client", ECHO_PORT="5999", ECHO_CLIENT_SESSIONS="1")
    (client,) = stack.service("client")
    assert exit_code(client) == 0
    assert events(client, "connection_established")[0]["peer"] == f"{address(stack.server)}:5999"
