"""Fixtures of the unit tests."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import hypothesis
import pytest

from tests.unit.harness.loops import RunningLoop, running_loop
from tests.unit.harness.sockets import tcp_pair

# No deadline: a busy machine is slow, not wrong. Enough examples to find a mistake within a few runs of the suite.
hypothesis.settings.register_profile("unit", max_examples=40, deadline=None)
hypothesis.settings.load_profile("unit")


def pytest_xdist_auto_num_workers() -> int:
    """Run three times as many tests at once as there are processors: many of them wait most of their time."""
    return 3 * (os.cpu_count() or 1)


@pytest.fixture(scope="session", autouse=True)
def _no_variables() -> Iterator[None]:
    """Nothing that the developer's shell or make sets reaches a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("ECHO_") or name in {"NO_COLOR", "FORCE_COLOR"}:
                patch.delenv(name)
        yield


@pytest.fixture
def serve() -> Iterator[Callable[..., RunningLoop]]:
    """Start echo loops on free ports of loopback; each is ended with the test."""
    with ExitStack() as stack:

        def start(*arguments: Any, **settings: Any) -> RunningLoop:
            return stack.enter_context(running_loop(*arguments, **settings))

        yield start


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give the client's and the server's end of a connection on loopback."""
    with tcp_pair() as ends:
        yield ends
