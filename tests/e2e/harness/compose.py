"""The user's own command, `docker compose`, unmoved by the settings of whoever runs the tests."""

import functools
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

REPOSITORY = Path(__file__).parents[3]

# What the project keeps on a machine: in `hosts` those of tests/e2e/hosts, and in `hosts-NAME` those of another name.
STATES = Path("/var/lib/echoscope")

SERVICES = ("server", "client", "tap", "scope")

# And one without a program of ours.
EVERY_SERVICE = (*SERVICES, "netns")

# What `make trace` starts instead: they have a profile.
TRACED_SERVICES = ("traced-server", "traced-client", "traced-tap")

# To bring a stack up, a busy machine has taken more than a minute.
_WITHIN_S = 150

# Settings in the caller's shell or .env are meant for the caller's stack; PYTHON_IMAGE is about the machine.
_CALLERS = ("ECHO_", "COMPOSE_", "FORCE_COLOR", "NO_COLOR")


class ComposeFailed(Exception):
    """A compose command ended with an error; `str()` holds what it printed."""

    def __init__(self, arguments: tuple[str, ...], done: "subprocess.CompletedProcess[str]") -> None:
        self.done = done
        super().__init__(f"docker compose {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def compose(
    *arguments: str, environment: Mapping[str, str] | None = None, within_s: float = _WITHIN_S
) -> "subprocess.CompletedProcess[str]":
    """Run `docker compose` where a user would, with these variables set; raise ComposeFailed unless it exits 0."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CALLERS)}
    done = subprocess.run(
        ["docker", "compose", *arguments],
        cwd=REPOSITORY,
        env={**kept, "COMPOSE_DISABLE_ENV_FILE": "1", "PYTHON_IMAGE": python_image(), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=within_s,
        # A session of its own: Ctrl-C is for pytest, which then takes the stack down.
        start_new_session=True,
    )
    if done.returncode:
        raise ComposeFailed(arguments, done)
    return done


def configuration(*options: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the services of the compose file as Compose understands them in this environment."""
    done = compose(*options, "config", "--format", "json", environment=environment)
    return cast("dict[str, Any]", json.loads(done.stdout)["services"])


def image_of(service: str) -> str:
    """Return the name of a service's image."""
    return str(_services()[service]["image"])


@functools.cache
def python_image() -> str:
    """Return the base image that the caller's shell or .env chose for this machine."""
    done = subprocess.run(
        ["docker", "compose", "config", "--format", "json"], cwd=REPOSITORY, capture_output=True, check=True, timeout=60
    )
    arguments = json.loads(done.stdout)["services"]["server"]["build"]["args"]
    return arguments["PYTHON_IMAGE"] or "python:3.13-slim"


@functools.cache
def _services() -> dict[str, Any]:
    return configuration()
