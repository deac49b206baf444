"""tshark is in the tool image."""

import pytest
from docker import DockerClient


@pytest.fixture(autouse=True, scope="session")
def _tools(engine: DockerClient) -> None:
    """Have the engine there, and with it the tool image."""
    assert engine
