"""A log that cannot be written, between containers."""

from tests.e2e.harness.containers import exit_code, result
from tests.e2e.harness.stack import Stack

# What a full disk under the engine's log files looks like from inside.
_ON_A_FULL_DISK = """
import os, runpy, sys
os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
sys.argv = ["{service}"]
runpy.run_module("services.{service}", run_name="__main__")
"""


def test_a_full_disk_costs_lines_and_no_echo(stack: Stack) -> None:
    """The server echoes and drains, the client verifies and prints its result, both with every call in their logs."""
    code = {service: _ON_A_FULL_DISK.format(service=service) for service in ("server", "client")}
    debug = {"ECHO_LOG_LEVEL": "debug", "ECHO_LOG_FORMAT": "json"}
    server = stack.start_actor("-c", code["server"], service="server", ECHO_HOST="::", **debug)
    sessions = {"ECHO_CLIENT_SESSIONS": "3", "ECHO_CLIENT_INTERVAL_S": "0"}
    client = stack.start_actor("-c", code["client"], ECHO_HOST=str(server.name), **sessions, **debug)
    assert exit_code(client) == 0
    assert result(client)["messages_verified"] == 3
    server.stop()
    assert exit_code(server) == 0
    assert server.logs() == b""
