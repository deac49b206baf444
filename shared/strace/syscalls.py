"""What a traced system call does to a socket: which family it is of, and how many bytes it moved."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from shared.strace.lines import Result
from shared.strace.tables import Process

RECEIVES = frozenset(
    ("read", "readv", "preadv2", "recv", "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64", "recvmmsg_time32")
)
SENDS = frozenset(("write", "writev", "pwritev2", "send", "sendto", "sendmsg", "sendmmsg"))
FORKS = frozenset(("clone", "clone2", "clone3", "fork", "vfork"))
POLLS = frozenset(("poll", "ppoll", "ppoll_time64", "epoll_wait", "epoll_pwait", "epoll_pwait2"))
_MANY = frozenset(("recvmmsg", "recvmmsg_time64", "recvmmsg_time32", "sendmmsg"))

# Errors of calls that did nothing and will be repeated.
_NOTHING_DONE = ("EAGAIN", "EWOULDBLOCK", "EINTR", "EINPROGRESS", "EALREADY", "EBADF", "EFAULT", "EINVAL", "ENOTSOCK")

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_MESSAGE_LENGTH = re.compile(r"\bmsg_len=(\d{1,19})")
_FD = re.compile(r"(-?\d{1,10})(?:<(.*?)>)?(?=, |\]|\}|$)")

# Every line of a socket repeats its descriptor, with its names: parsed once, it is found in this cache. One with two
# addresses of IPv6 has 130 characters.
_MAX_DESCRIPTORS = 1024
_LONGEST_DESCRIPTOR = 160


class Syscall(NamedTuple):
    """A system call from its beginning to its end: it ended `slack_ns` later than `t1_ns` at the most."""

    process: Process
    pid: int
    name: str
    result: Result
    t0_ns: int
    t1_ns: int


class Descriptor(NamedTuple):
    """A descriptor as it is written: its number, and what stands behind it between < and >."""

    number: int
    annotation: str | None


def descriptor(arguments: str, which: int = 0) -> Descriptor | None:
    """Return the descriptor that a call's argument is; None where it is none."""
    at = 0
    for _ in range(which):
        at = _end_of_argument(arguments, at) + 2
    end = arguments.find(", ", at)
    text = arguments[at:end] if end >= 0 else arguments[at:]
    usual = _read_whole(text) if len(text) <= _LONGEST_DESCRIPTOR else None
    return usual if usual is not None else _read(arguments, at)


@lru_cache(maxsize=_MAX_DESCRIPTORS)
def _read_whole(text: str) -> Descriptor | None:
    """Return the descriptor that a text is from its first character to its last: a file's name may have commas."""
    found = _FD.match(text)
    return Descriptor(int(found[1]), found[2]) if found is not None and found.end() == len(text) else None


def _read(text: str, at: int) -> Descriptor | None:
    found = _FD.match(text, at)
    return Descriptor(int(found[1]), found[2]) if found is not None else None


def descriptors_of(text: str, behind: str) -> Iterator[Descriptor]:
    """Give the descriptors in each list that stands behind some words."""
    at = text.find(behind)
    while at >= 0:
        at += len(behind)
        while (found := _FD.match(text, at)) is not None:
            yield Descriptor(int(found[1]), found[2])
            at = found.end() + len(", ")
        at = text.find(behind, at)


def _end_of_argument(arguments: str, at: int) -> int:
    found = _FD.match(arguments, at)
    end = found.end() if found is not None else at
    comma = arguments.find(", ", end)
    return comma if comma >= 0 else len(arguments)


def did_nothing(errno: str | None) -> bool:
    """Tell whether a call failed for a reason that says nothing of the connection: it would block, or was invalid."""
    return errno is not None and (errno in _NOTHING_DONE or errno.startswith("ERESTART"))


def unquoted(text: str) -> str:
    """Return a call's text without the program's own data in it."""
    return _QUOTED.sub('""', text) if '"' in text else text


def moved(syscall: Syscall) -> int | None:
    """Return how many bytes a call moved; None where the trace does not tell all of them."""
    result = syscall.result
    if syscall.name not in _MANY:
        return result.value
    lengths = _MESSAGE_LENGTH.findall(unquoted(result.arguments + result.rest))
    return sum(map(int, lengths)) if len(lengths) == result.value else None
