"""The health check of the tap."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from services.tap.health import is_capturing
from tests.unit.harness.processes import ROOT
from tests.unit.services.tap.namespaces import needs_root

_TABLE = """sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   {interface}     {running} 0      0      {inode}
"""


@pytest.mark.parametrize(
    ("interface", "running", "is_own", "healthy"),
    [(2, 1, True, True), (2, 0, True, False), (0, 1, True, False), (2, 1, False, False)],
)
def test_a_packet_socket_of_its_own_that_is_bound_and_runs_is_healthy(
    tmp_path: Path,
    interface: int,
    running: int,
    *,
    is_own: bool,
    healthy: bool,
) -> None:
    """Somebody else's in the same network is not, nor one whose interface is down, or that has none yet."""
    (tmp_path / "net").mkdir()
    (tmp_path / str(os.getpid())).symlink_to("/proc/self")
    with socket.socket() as own:
        inode = os.fstat(own.fileno()).st_ino if is_own else 1
        (tmp_path / "net/packet").write_text(_TABLE.format(interface=interface, running=running, inode=inode))
        assert is_capturing(tmp_path) is healthy


@needs_root
def test_the_kernels_own_table_is_understood(tmp_path: Path) -> None:
    """As /proc has it for a socket of this process, and for none."""
    (tmp_path / "net").symlink_to("/proc/net")
    (tmp_path / str(os.getpid())).symlink_to("/proc/self")
    assert not is_capturing(tmp_path)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        assert not is_capturing(tmp_path)
        sock.bind(("lo", 3))
        assert is_capturing(tmp_path)


def test_it_imports_the_standard_library_alone() -> None:
    """It is run every few hundred milliseconds while the tap starts."""
    find = "import sys, services.tap.health; print({'pydantic', 'structlog', 'orjson'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", find], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
