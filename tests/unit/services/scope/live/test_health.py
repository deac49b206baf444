"""The health check of the scope."""

import socket
import subprocess
import sys

from services.scope.live.health import is_listening
from tests.unit.harness.processes import ROOT


def test_a_scope_that_takes_packets_is_healthy() -> None:
    """On IPv4 or IPv6; nothing connects to it for that."""
    for host in ("127.0.0.1", "::1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, 0), family=family) as listener:
            assert is_listening(listener.getsockname()[1])


def test_a_connection_is_no_listener() -> None:
    """Of the same port, on which nobody listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    with client, accepted:
        assert not is_listening(port)


def test_it_imports_the_standard_library_alone() -> None:
    """It is run every few hundred milliseconds while the scope starts."""
    find = "import sys, services.scope.live.health; print({'pydantic', 'structlog', 'orjson'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", find], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
