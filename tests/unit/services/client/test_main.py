"""The client's command, before it knows what it is to do."""

import signal
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.harness.facts import DEADLINE_S, eventually
from tests.unit.harness.processes import Service, service
from tests.unit.harness.sockets import receive


def is_ready_for_signals(process: Service) -> bool:
    """Tell whether a process has its last handler, that for SIGHUP: Python itself has one for SIGINT, to begin with."""
    (mask,) = (
        int(line.split()[1], 16)
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        if line.startswith("SigCgt:")
    )
    return bool(mask >> (signal.SIGHUP - 1) & 1)


@pytest.mark.parametrize("arguments", [["--sessions", "0"], ["load", "--duration-s", "60"]], ids=str)
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_imports_is_no_traceback(arguments: Sequence[str], signum: signal.Signals) -> None:
    """The exit code tells of it, and nothing else does: there is no result of what has not begun."""
    with service("client", *arguments, "--host", "a..b") as client:
        assert eventually(lambda: is_ready_for_signals(client))
        client.signal(signum)
        assert client.outcome() == (128 + signum, "", [])


def test_two_signals_at_once_are_one_end() -> None:
    """The first is the exit code's; the second is not complained of."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(DEADLINE_S)
        port = silent.getsockname()[1]
        with service("client", "--host", "127.0.0.1", "--port", str(port), "--log-format", "json") as client:
            peer, _ = silent.accept()
            with peer:
                assert receive(peer, 5) == b"Hello"
                client.wait_until_asleep()
                client.signal(signal.SIGSTOP)
                client.signal(signal.SIGTERM)
                client.signal(signal.SIGINT)
                client.signal(signal.SIGCONT)
                code, stdout, lines = client.outcome()
    assert code in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    assert stdout.count("\n") == 1
    assert lines == []
