"""Fixtures of the server's tests: the spliced and the copying path make the same promises."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shared.calls import Call, Report
from tests.unit.loops import RunningLoop, running_loop


def unread(_: Call) -> None:
    """Have calls reported to nobody."""


@pytest.fixture(params=[pytest.param(None, id="spliced"), pytest.param(unread, id="copied")])
def path(request: pytest.FixtureRequest) -> Report | None:
    """Give what makes a loop take one path or the other."""
    report: Report | None = request.param
    return report


@pytest.fixture
def watch() -> Iterator[Callable[..., RunningLoop]]:
    """Start echo loops on free ports of loopback with a reporter, or None; each is ended with the test."""
    with ExitStack() as stack:

        def start(report: Report | None, **settings: Any) -> RunningLoop:
            return stack.enter_context(running_loop(report, **settings))

        yield start


@pytest.fixture
def serve(path: Report | None, watch: Callable[..., RunningLoop]) -> Callable[..., RunningLoop]:
    """Start echo loops of which each test sees both paths."""
    return lambda **settings: watch(path, **settings)
