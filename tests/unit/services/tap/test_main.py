"""The tap as a process: its stream, exit codes and signals."""

import json
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from services.scope.capture.decode import Decoder
from services.scope.capture.reader import read_capture
from services.server.worker import fork
from services.tap.__main__ import main
from shared.pcap import name_in
from tests.unit.harness.edge import refusal
from tests.unit.harness.facts import DEADLINE_S
from tests.unit.harness.processes import exit_code, service
from tests.unit.harness.threads import no_threads
from tests.unit.services.tap.namespaces import ip, needs_root

pytestmark = needs_root


@pytest.fixture
def scope() -> Iterator[socket.socket]:
    """Give the scope's listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE_S)
        yield listener


def test_it_streams_until_it_is_told_to_stop(scope: socket.socket) -> None:
    """The scope reads a capture of the echo's packets, which ends when the tap does, with exit code 0."""
    with socket.create_server(("127.0.0.1", 0)) as echo:
        port, scope_port = echo.getsockname()[1], scope.getsockname()[1]
        arguments = ["--interface", "lo", "--port", str(port), "--packets", f"127.0.0.1:{scope_port}"]
        with service("tap", *arguments) as tap:
            tap.wait_for("capture_started", interface="lo", port=port)
            stream, _ = scope.accept()
            stream.settimeout(DEADLINE_S)
            socket.create_connection(echo.getsockname()).close()
            with stream, stream.makefile("rb") as file:
                decoder, frames = Decoder(), read_capture(file)
                assert name_in(next(frames).captured) == socket.gethostname()
                packets = [decoder.decode(next(frames)) for _ in range(3)]
                tap.signal(signal.SIGTERM)
                packets += [decoder.decode(frame) for frame in frames]
            code, stdout, lines = tap.outcome()
    assert (code, stdout) == (0, "")
    assert [packet.flags for packet in packets[:3] if packet] == [2, 18, 16]
    last = json.loads(lines[-1])
    assert (last["event"], last["packets"], last["lost"]) == ("capture_stopped", len(packets), 0)


def test_an_interface_that_goes_away_is_exit_code_1(scope: socket.socket) -> None:
    """Whoever runs the tap starts it again."""
    name = f"tap{os.getpid()}"
    ip("link", "add", name, "type", "veth", "peer", "name", f"{name}p")
    try:
        ip("link", "set", name, "up")
        with service("tap", "--interface", name, "--packets", f"127.0.0.1:{scope.getsockname()[1]}") as tap:
            tap.wait_for("scope_connected")
            ip("link", "delete", name)
            tap.wait_for("interface_lost", interface=name)
            code, _, _ = tap.outcome()
    finally:
        if os.path.exists(f"/sys/class/net/{name}"):  # noqa: PTH110 - a path of the kernel's
            ip("link", "delete", name)
    assert code == 1


def test_a_thread_that_cannot_be_had_is_exit_code_1(capfd: pytest.CaptureFixture[str]) -> None:
    """One line with the reason; whoever runs the tap starts it again."""

    def run() -> int:
        with no_threads():
            return main(["--interface", "lo"])

    assert exit_code(fork(run)) == 1
    assert capfd.readouterr().err == "tap: can't start new thread\n"


def test_an_interface_that_is_not_there_is_refused_in_one_line() -> None:
    """Variable, flag, value and reason, and exit code 2."""
    assert refusal(main, "--interface", "nowhere0") == (
        "tap: ECHO_TAP_INTERFACE (--interface) is 'nowhere0': cannot be captured (No such device)"
    )


def test_an_interface_is_found_by_where_it_leads(scope: socket.socket) -> None:
    """Each host may call its own another name."""
    with service("tap", "--interface", "auto", "--packets", f"127.0.0.1:{scope.getsockname()[1]}") as tap:
        tap.wait_for("capture_started", interface="lo")


def test_a_scope_to_which_no_interface_leads_is_refused_in_one_line() -> None:
    """Variable, flag, value and reason, and exit code 2."""
    assert refusal(main, "--interface", "auto", "--packets", "a..b:5002") == (
        "tap: ECHO_TAP_INTERFACE (--interface) is 'auto': no interface leads to a..b (it is no host name)"
    )
