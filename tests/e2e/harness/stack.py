"""A stack: the compose file's system under a project name of its own, from up to down."""

import contextlib
import functools
import itertools
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from tests.e2e.harness.compose import ComposeFailed, compose, image_of
from tests.e2e.harness.sweeping import COMPOSE_LABEL, OUR_LABEL, project_name
from tests.e2e.harness.tools import TOOLS_IMAGE
from tests.e2e.harness.waiting import wait_until

# Of a container's log, what is shown when a test fails.
_SHOWN_LINES = 40


class StartStack(Protocol):
    """Starts a stack of a test's own: these services, or the server alone, with these variables set for Compose."""

    def __call__(self, *services: str, **environment: str) -> "Stack":
        """Return it running."""


class Stack:
    """A server, its network, and the clients and peers that a test starts there.

    The project's name is unique, so that two runs never meet.
    """

    def __init__(self, engine: DockerClient, *services: str, **environment: str) -> None:
        self.engine = engine
        self._services = services or ("server",)
        self.project = project_name()
        self._numbers = itertools.count(1)
        # Tests read facts, calls among them. What is not about watching is not watched: nothing about a scope that is
        # not there is in the logs.
        facts = {"ECHO_LOG_FORMAT": "json", "ECHO_LOG_LEVEL": "debug"}
        self._environment = {**facts, "ECHO_SCOPE": "", **environment}

    def compose(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a compose command on this stack."""
        return compose("-p", self.project, *arguments, environment={**self._environment, **environment})

    def up(self) -> None:
        """Start the server, alone unless told otherwise, and wait until it is healthy."""
        try:
            self.compose("up", "--detach", "--wait", *self._services)
        except ComposeFailed as error:
            for name, log in self.logs():
                error.add_note(f"log of {name}:\n{log}")
            raise

    def down(self) -> None:
        """Remove everything that has this stack's labels, whoever made it; a Ctrl-C meanwhile is heard afterwards."""
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self._remove_all()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)

    @property
    def network(self) -> Network:
        """The network of the compose file."""
        (network,) = self.engine.networks.list(filters={"label": f"{COMPOSE_LABEL}={self.project}"})
        return network

    @property
    def server(self) -> Container:
        """The one server, with its state as of now."""
        (container,) = self.service("server")
        return container

    @property
    def netns(self) -> Container:
        """The container whose network namespace is the server's: its end on the network."""
        (container,) = self.service("netns")
        return container

    def service(self, name: str) -> list[Container]:
        """Return a service's containers as of now, also those that have ended."""
        labels = [f"{COMPOSE_LABEL}={self.project}", f"com.docker.compose.service={name}"]
        return self.engine.containers.list(all=True, ignore_removed=True, filters={"label": labels})

    def create_client(self, *flags: str, **environment: str) -> Container:
        """Make a client on the stack's network, not yet started: one session with `server` unless told otherwise."""
        defaults = {"ECHO_HOST": "server", "ECHO_LOG_FORMAT": "json", "ECHO_LOG_LEVEL": "debug"}
        return self._create(image_of("client"), flags, {**defaults, **environment})

    def start_client(self, *flags: str, **environment: str) -> Container:
        """Start a client, detached."""
        client = self.create_client(*flags, **environment)
        client.start()
        return client

    def start_peer(self, *command: str, user: str | None = None) -> Container:
        """Start a program of the tool image on the stack's network, detached; its name is a host name there.

        As another `user`, root, it has the capabilities that Docker gives to one.
        """
        peer = self._create(TOOLS_IMAGE, command, {}, user=user)
        peer.start()
        return peer

    @functools.cached_property
    def bystander(self) -> Container:
        """A container on the stack's network that does nothing: to run commands in."""
        return self.start_peer("sleep", "infinity")

    def start_actor(self, *command: str, service: str = "client", **environment: str) -> Container:
        """Start a Python program on the stack's network that has what a service's image has."""
        actor = self._create(image_of(service), command, environment, entrypoint="python3")
        actor.start()
        return actor

    def start_tool_beside(self, neighbour: Container, *command: str) -> Container:
        """Start a program of the tool image in another's network namespace, as root and able to capture and filter."""
        network = f"container:{neighbour.id}"
        tool = self._create(TOOLS_IMAGE, command, {}, network, user="0:0", cap_add=["NET_ADMIN"])
        tool.start()
        return tool

    def start_beside(self, neighbour: Container, image: str, **environment: str) -> Container:
        """Start a container in another's network namespace: its addresses, its ports."""
        container = self._create(image, (), {"ECHO_LOG_FORMAT": "json", **environment}, f"container:{neighbour.id}")
        container.start()
        return container

    def start_program(
        self, image: str, command: Sequence[str], environment: dict[str, str], network: str | None, **options: Any
    ) -> Container:
        """Start a program of any image, on the stack's network or in another's namespace."""
        program = self._create(image, command, environment, network, **options)
        program.start()
        return program

    def create_ipv6_network(self) -> Network:
        """Make another network, with IPv6, whose prefix is as unique as the project's name."""
        digits = self.project.removeprefix("e2e-")
        pool = IPAMPool(subnet=f"fd00:{digits[:4]}:{digits[4:8]}:{digits[8:]}::/64")
        return self.engine.networks.create(
            f"{self.project}_ipv6",
            labels={OUR_LABEL: self.project},
            enable_ipv6=True,
            ipam=IPAMConfig(pool_configs=[pool]),
        )

    def logs(self, since_s: float = 0) -> Iterator[tuple[str, str]]:
        """Yield each container's name and the end of what it wrote since then (Unix time)."""
        for label in (COMPOSE_LABEL, OUR_LABEL):
            for container in self._labelled(label):
                with contextlib.suppress(NotFound):  # a one-off that removes itself
                    log = container.logs(since=since_s or None, tail=_SHOWN_LINES).decode(errors="replace")
                    if log:
                        yield container.name or "", log

    def _create(
        self,
        image: str,
        command: Sequence[str],
        environment: dict[str, str],
        network: str | None = None,
        **options: Any,
    ) -> Container:
        return self.engine.containers.create(
            image,
            list(command),
            # Compose gives its own numbers to the containers of a service.
            name=f"{self.project}-own-{image.rpartition('/')[2].partition(':')[0]}-{next(self._numbers)}",
            init=True,
            environment=environment,
            # Not the project that the image was built in, whose name it has: whose end would be the end of this, too.
            labels={OUR_LABEL: self.project, COMPOSE_LABEL: "echoscope-images"},
            network_mode=network or self.network.name,
            **options,
        )

    def _remove_all(self) -> None:
        self._remove_containers(OUR_LABEL)  # the network cannot go before what is attached to it
        try:
            self.compose("down", "--remove-orphans", "--volumes", "--timeout", "0")
        finally:
            # What a compose command that was cut short was still making.
            self._remove_containers(COMPOSE_LABEL)
            for label in (OUR_LABEL, COMPOSE_LABEL):
                for network in self.engine.networks.list(filters={"label": f"{label}={self.project}"}):
                    network.remove()

    def _labelled(self, label: str) -> list[Container]:
        filters: dict[str, str | list[str] | bool] = {"label": f"{label}={self.project}"}
        return self.engine.containers.list(all=True, ignore_removed=True, filters=filters)

    def _remove_containers(self, label: str) -> None:
        # Removing one takes the engine up to half a second, mostly of waiting.
        with ThreadPoolExecutor() as threads:
            list(threads.map(_remove, self._labelled(label)))


def _remove(container: Container) -> None:
    """Remove a container; where the engine of a busy machine gives up waiting for its end, ask again."""

    def is_removed() -> bool:
        try:
            container.remove(force=True, v=True)
        except NotFound:
            pass
        except APIError:
            return False
        return True

    wait_until(is_removed, f"{container.name} is removed")


@contextlib.contextmanager
def running(engine: DockerClient, *services: str, **environment: str) -> Iterator[Stack]:
    """Bring a stack up, and always take it down: also when it did not come up, and on Ctrl-C at any moment."""
    stack = Stack(engine, *services, **environment)
    try:
        stack.up()
        yield stack
    finally:
        stack.down()
