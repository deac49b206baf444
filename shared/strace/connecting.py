"""Non-blocking connect(): its end is known when poll(), epoll or SO_ERROR tells, or when the socket is used.

select() is ignored: it reports failure and success in the same way.
"""

import re
from collections.abc import Iterable, Iterator

from shared.strace.drafts import Draft
from shared.strace.syscalls import POLLS, Syscall, descriptor, did_nothing
from shared.strace.tables import OpenSocket, Process

_IN_PROGRESS = ("EINPROGRESS", "EINTR", "ERESTARTSYS")

_POLLED = re.compile(r"\{fd=(\d{1,10})(?:<[^ ]*>)?, revents=([A-Z|]+)\}")
_EPOLL_DATA = r"(?:data=)?(\{u32=[^}]*\}|0x[0-9a-f]+|\d+)"
_ADDED = re.compile(r"\{(?:events=)?[A-Z|0-9a-fx]+, " + _EPOLL_DATA)
_HAPPENED = re.compile(r"\{(?:events=)?([A-Z|]+), " + _EPOLL_DATA)
_ERROR = re.compile(r"SO_ERROR, \[(E[A-Z0-9]+|0)\]")

# Events that mean "connected", unless others mean that it failed.
_WRITABLE, _FAILED = ("POLLOUT", "EPOLLOUT"), ("POLLERR", "EPOLLERR", "POLLHUP", "EPOLLHUP")

# So many entries of one epoll descriptor are remembered.
_MAX_ENTRIES = 65_536


class Connecting:
    """The connects that are under way, of all sockets."""

    names = frozenset((*POLLS, "epoll_ctl"))

    def connect(self, syscall: Syscall, fd: int, sock: OpenSocket) -> Iterable[Draft]:
        """Follow what a socket was asked to connect to."""
        errno = syscall.result.errno
        if sock.connecting is not None:  # asked again
            if errno in ("EALREADY", *_IN_PROGRESS):
                return ()
            return self._tell(sock, syscall, None if errno in (None, "EISCONN") else errno)
        if sock.is_connected and errno in (None, "EISCONN"):
            return ()  # a second connect() asks whether it is connected: Linux returns 0 once
        draft = Draft(syscall, "connect", fd, sock)
        if errno in _IN_PROGRESS:
            draft.errno = None
            sock.connecting = draft
            return ()
        sock.is_connected = errno is None
        return () if errno == "EISCONN" or did_nothing(errno) else (draft,)

    def take(self, syscall: Syscall) -> Iterator[Draft]:
        """Follow a call that may tell how connects ended."""
        process, result = syscall.process, syscall.result
        if syscall.name == "epoll_ctl":
            self._remember(syscall)
            return
        if not result.value:
            return
        for fd, events in self._find_ready(syscall):
            sock = process.fds.get(fd)
            # On failure, SO_ERROR will tell which one.
            if sock is not None and sock.connecting is not None and not any(word in _FAILED for word in events):
                yield from self._tell(sock, syscall, None)

    def asked(self, sock: OpenSocket, syscall: Syscall) -> Iterable[Draft]:
        """Follow getsockopt(SO_ERROR)."""
        found = _ERROR.search(syscall.result.arguments)
        if found is None or sock.connecting is None:
            return ()
        return self._tell(sock, syscall, None if found[1] == "0" else found[1])

    def used(self, sock: OpenSocket, syscall: Syscall) -> Iterable[Draft]:
        """Follow a call that succeeds only on a connection, or says why there is none."""
        if sock.connecting is None or syscall.result.errno == "ENOTCONN":
            return ()
        return self._tell(sock, syscall, syscall.result.errno)

    def give_up(self, sock: OpenSocket) -> Iterable[Draft]:
        """Give the connect() of a socket that is closed before anybody has asked."""
        draft, sock.connecting = sock.connecting, None
        if draft is None:
            return ()
        draft.errno = draft.syscall.result.errno
        return (draft,)

    def _tell(self, sock: OpenSocket, syscall: Syscall, errno: str | None) -> Iterable[Draft]:
        draft, sock.connecting = sock.connecting, None
        if draft is None:
            return ()
        draft.errno = errno
        sock.is_connected = errno is None
        draft.t1_ns = max(draft.t1_ns, syscall.t1_ns)
        return (draft,)

    def _remember(self, syscall: Syscall) -> None:
        arguments = syscall.result.arguments
        epoll, added = descriptor(arguments), descriptor(arguments, 2)
        found = _ADDED.search(arguments)
        if epoll is not None and added is not None and found is not None:
            entries = syscall.process.epolls
            entries[epoll.number, found[1]] = added.number
            if len(entries) > _MAX_ENTRIES:
                del entries[next(iter(entries))]

    def _find_ready(self, syscall: Syscall) -> Iterator[tuple[int, list[str]]]:
        """Give the descriptors that a call reported events for, with the events."""
        process: Process = syscall.process
        text = syscall.result.rest
        if syscall.name.startswith("epoll"):
            epoll = descriptor(syscall.result.arguments)
            for events, data in _HAPPENED.findall(syscall.result.arguments):
                fd = process.epolls.get((epoll.number, data)) if epoll is not None else None
                words = events.split("|")
                if fd is not None and any(word in _WRITABLE for word in words):
                    yield fd, words
        else:
            for fd_text, events in _POLLED.findall(text):
                words = events.split("|")
                if any(word in _WRITABLE for word in words):
                    yield int(fd_text), words
