"""Programs that nobody here wrote, on the other end: socat and ncat, as client and as server."""

import pytest

from tests.e2e.harness.containers import exit_code, result
from tests.e2e.harness.stack import Stack

# They read standard input, send it, finish sending, and write what comes back until the server finishes.
_CLIENTS = {"socat": "socat -t 30 - TCP:server:5000", "ncat": "ncat server 5000"}

# EXEC:cat and --exec: the oldest echo servers there are. Given more than two pipes hold, ncat waits for cat to read and
# cat for ncat, for good: its relay writes to cat without reading from it.
_SERVERS = {
    "socat": (["socat", "TCP-LISTEN:5000,fork,reuseaddr", "EXEC:cat"], 3_000_000),
    "ncat": (["ncat", "--listen", "--keep-open", "--exec", "/bin/cat", "5000"], 60_000),
}


@pytest.mark.parametrize("size_bytes", [5, 3_000_000])
@pytest.mark.parametrize("program", _CLIENTS)
def test_our_server_echoes_to(stack: Stack, program: str, size_bytes: int) -> None:
    """Random bytes go through the other program to our server and come back the same."""
    command = (
        f"set -o pipefail; head -c {size_bytes} /dev/urandom > /tmp/sent; "
        f"{_CLIENTS[program]} < /tmp/sent | cmp - /tmp/sent"
    )
    assert exit_code(stack.start_peer("bash", "-c", command)) == 0


@pytest.mark.parametrize("program", _SERVERS)
def test_our_client_verifies_the_echo_of(stack: Stack, program: str) -> None:
    """Our client gets every byte back from the other program, and sees it finish, session after session."""
    command, size_bytes = _SERVERS[program]
    peer = stack.start_peer(*command)
    flags = ("--size-bytes", str(size_bytes), "--sessions", "5", "--interval-s", "0")
    # It takes its time to start, and again for each connection.
    patience = ("--connect-timeout-s", "60", "--timeout-s", "60")
    client = stack.start_client(*flags, *patience, ECHO_HOST=peer.name or "")
    assert exit_code(client) == 0
    assert result(client)["bytes_verified"] == 5 * size_bytes
