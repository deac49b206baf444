"""A process at its limit of threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# More than a process has addresses for (x86-64, arm64: 2^47 or 2^48 bytes). So a start fails as it does at the limit:
# root, who runs these tests, has no limit of processes.
_IMPOSSIBLE_STACK_BYTES = 2**50


@contextmanager
def no_threads() -> Iterator[None]:
    """Let this process start no thread meanwhile."""
    before = threading.stack_size(_IMPOSSIBLE_STACK_BYTES)
    try:
        yield
    finally:
        threading.stack_size(before)
