"""System calls that fail on demand, by a seccomp filter of one thread: failures that no test can bring about otherwise.

Linux keeps a filter for as long as its thread lives, and hands it on to what that thread forks.
"""

import ctypes
import platform
import struct
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# Numbers of system calls (asm/unistd.h). os.fork() is clone().
_NUMBERS = {
    "x86_64": {"ioctl": 16, "socket": 41, "clone": 56, "epoll_ctl": 233},
    "aarch64": {"ioctl": 29, "socket": 198, "clone": 220, "epoll_ctl": 21},
}

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 22, 38, 2  # linux/prctl.h, linux/seccomp.h
_RET_ERRNO, _RET_ALLOW = 0x0005_0000, 0x7FFF_0000
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h
_NUMBER_AT, _ARGUMENTS_AT = 0, 16  # struct seccomp_data


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def have_fail(call: str, error: int, *arguments: tuple[int, int]) -> None:
    """From now on have a system call fail in this thread, where its arguments are these (index, value)."""
    conditions = [(_NUMBER_AT, _NUMBERS[platform.machine()][call])]
    conditions += [(_ARGUMENTS_AT + 8 * index, value) for index, value in arguments]
    steps = list[bytes]()
    for number, (offset, value) in enumerate(conditions):
        to_the_end = 2 * (len(conditions) - number - 1) + 1
        steps.append(struct.pack("=HBBI", _LOAD, 0, 0, offset))
        steps.append(struct.pack("=HBBI", _JUMP_IF_EQUAL, 0, to_the_end, value))
    steps.append(struct.pack("=HBBI", _RETURN, 0, 0, _RET_ERRNO | error))
    steps.append(struct.pack("=HBBI", _RETURN, 0, 0, _RET_ALLOW))
    program = _Program(len(steps), b"".join(steps))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0, ctypes.get_errno()


class _Work(threading.Thread, Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__()
        self._work = work
        self.result: T | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001 - raised again in the thread of the test
            self.error = error


def in_a_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns in a thread of its own, or raise what it raises: a filter set there ends with it."""
    thread = _Work(work)
    thread.start()
    thread.join()
    if thread.error is not None:
        raise thread.error
    return thread.result  # type: ignore[return-value]
