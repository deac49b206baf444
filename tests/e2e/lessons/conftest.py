"""A stage for each lesson."""

from pathlib import Path

import pytest

from tests.e2e.harness.stack import Stack, StartStack
from tests.e2e.lessons.stage import Stage


@pytest.fixture
def stage(stack: Stack, tmp_path: Path) -> Stage:
    """Give a stage in a stack that lessons share: they leave its server as it is."""
    return Stage(stack, tmp_path)


@pytest.fixture
def own_stage(start_stack: StartStack, tmp_path: Path) -> Stage:
    """Give a stage whose server's accept queue holds two, to do anything to."""
    return Stage(start_stack(ECHO_SERVER_BACKLOG="1"), tmp_path)
