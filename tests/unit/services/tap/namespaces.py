"""A network of the tests' own: two namespaces with an Ethernet between them. Needs root."""

import ctypes
import itertools
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import pytest

from tests.unit.harness.facts import DEADLINE_S

T = TypeVar("T")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="AF_PACKET needs root")

_numbers = itertools.count()

_CLONE_NEWNET = 0x40000000  # include/uapi/linux/sched.h


class Network(NamedTuple):
    """Names of two namespaces; in each, eth0 has an address of 10.9.0.0/24: the server's ends in 2."""

    client: str
    server: str


@contextmanager
def network() -> Iterator[Network]:
    """Make two namespaces, and take them down."""
    number = f"{os.getpid()}-{next(_numbers)}"
    names = Network(f"tap-client-{number}", f"tap-server-{number}")
    try:
        for name in names:
            ip("netns", "add", name)
        peer = ["peer", "name", "eth0", "netns", names.server]
        ip("link", "add", "eth0", "netns", names.client, "type", "veth", *peer)
        for host, name in enumerate(names, 1):
            ip("-n", name, "address", "add", f"10.9.0.{host}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        yield names
    finally:
        for name in names:
            ip("netns", "delete", name)


@contextmanager
def tunnelled(names: Network) -> Iterator[None]:
    """Join two namespaces by VXLAN over their Ethernet: in each, vxlan0 has an address of 10.8.0.0/24, as eth0 has."""
    try:
        for host, name in enumerate(names, 1):
            far = ["remote", f"10.9.0.{3 - host}", "dstport", "4789", "dev", "eth0"]
            ip("-n", name, "link", "add", "vxlan0", "type", "vxlan", "id", "42", *far)
            ip("-n", name, "address", "add", f"10.8.0.{host}/24", "dev", "vxlan0")
            ip("-n", name, "link", "set", "vxlan0", "up")
    except subprocess.CalledProcessError:
        pytest.skip("this kernel has no VXLAN")
    yield


def made_in(namespace: str, make: Callable[[], T]) -> T:
    """Return what `make` makes in a namespace: a socket stays where it was made."""
    made: list[T] = []

    def run() -> None:
        with open(f"/run/netns/{namespace}") as file:  # noqa: PTH123 - its descriptor is what is wanted
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        made.append(make())

    # Of a thread of its own: the test's thread stays where it is.
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(DEADLINE_S)
    return made[0]


def ip(*arguments: str) -> None:
    """Configure the network with iproute2."""
    subprocess.run(["ip", *arguments], check=True, timeout=DEADLINE_S)
