"""Fixtures of the server's tests: the spliced and the copying path, and the way between, make the same promises."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shared.calls import Call, Report
from shared.feeding.feed import Feed
from shared.watch import Watch
from tests.unit.harness.facts import Journal
from tests.unit.harness.loops import RunningLoop, running_loop
from tests.unit.services.server.supervised import Supervised, Work


def unread(_: Call) -> None:
    """Have calls reported to nobody."""


def spliced() -> Watch | None:
    """Have nothing watched: every connection is spliced."""
    return None


def copied() -> Watch | None:
    """Have everything watched for good: every connection is copied."""
    return Watch(unread)


def handed_over() -> Watch | None:
    """Have a connection watched for four calls, by a scope that is not found: it is copied first, and then spliced."""
    return Watch(None, Feed(("scope.test", 1), "server", Journal().log), calls=4)


PATHS = [spliced, copied, handed_over]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> Watch | None:
    """Give what makes a loop take one path or the other."""
    watch: Watch | None = request.param()
    return watch


@pytest.fixture
def watch() -> Iterator[Callable[..., RunningLoop]]:
    """Start echo loops on free ports of loopback with a reporter, or None; each is ended with the test."""
    with ExitStack() as stack:

        def start(report: Report | None, **settings: Any) -> RunningLoop:
            return stack.enter_context(running_loop(Watch(report) if report else None, **settings))

        yield start


@pytest.fixture
def serve(path: Watch | None) -> Iterator[Callable[..., RunningLoop]]:
    """Start echo loops of which each test sees every path."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running_loop(path, **settings))


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervised]]:
    """Start supervisors; each is ended with the test."""
    with ExitStack() as stack:

        def start(*workers: Work, **options: Any) -> Supervised:
            running = Supervised(*workers, **options)
            stack.callback(running.close)
            return running

        yield start
