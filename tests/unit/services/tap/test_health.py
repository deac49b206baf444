"""The health check of the tap."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from services.tap.health import is_capturing
from tests.unit.harness.processes import ROOT
from tests.unit.services.tap.namespaces import needs_root

_TABLE = """sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   {index}     {running} 0      0      12345
"""


@pytest.mark.parametrize(("of", "running", "healthy"), [(0, 1, True), (0, 0, False), (7, 1, False)])
def test_a_packet_socket_that_is_bound_to_the_interface_and_runs_is_healthy(
    tmp_path: Path,
    of: int,
    running: int,
    healthy: bool,  # noqa: FBT001 - pytest gives it
) -> None:
    """One of another interface is not, nor one whose interface is down."""
    table = tmp_path / "packet"
    table.write_text(_TABLE.format(index=socket.if_nametoindex("lo") + of, running=running))
    assert is_capturing("lo", str(table)) is healthy


@needs_root
def test_the_kernels_own_table_is_understood() -> None:
    """As /proc has it for a socket of this process."""
    before = is_capturing("lo")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind(("lo", 3))
        assert is_capturing("lo")
    assert is_capturing("lo") is before


def test_an_interface_that_is_not_there_is_not_captured() -> None:
    """Its network is gone, or it was never there."""
    assert not is_capturing("nowhere0")


def test_it_imports_the_standard_library_alone() -> None:
    """It is run every few hundred milliseconds while the tap starts."""
    find = "import sys, services.tap.health; print({'pydantic', 'structlog', 'orjson'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", find], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
