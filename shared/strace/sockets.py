"""What traced calls do to TCP sockets: create them and move bytes; other descriptors are ignored."""

import re
from collections.abc import Iterable

from shared.strace.connecting import Connecting
from shared.strace.descriptors import Descriptors, Handler
from shared.strace.drafts import Draft
from shared.strace.names import read_name, read_sockaddr
from shared.strace.passing import Passing
from shared.strace.syscalls import RECEIVES, SENDS, Syscall, descriptor, did_nothing, moved
from shared.strace.tables import OpenSocket, Tables

# Families and types by their names, by their numbers (-X raw), or by numbers with the names behind (-X verbose).
_TCP_SOCKET = re.compile(
    r"(?:[AP]F_INET6?|0x2|0xa)\b[^,]*, (?:SOCK_STREAM|0x[0-9a-f]*1\b)[^,]*, (?:IPPROTO_)?(\w+)(?: /\*.*)?$"
)
_TCP_PROTOCOLS = ("IP", "TCP", "MPTCP", "0", "0x6", "0x106")
_HOW = re.compile(r"(SHUT_\w+)|, (?:0x)?([0-2])$")
_HOWS = ("SHUT_RD", "SHUT_WR", "SHUT_RDWR")
_FAMILY = re.compile(r"sa_family=(?:AF_INET6?|0x2|0xa)\b")
_ASKED_FOR_NOTHING = re.compile(r'\d+(?:<[^ ]*>)?, (?:""|NULL|0x[0-9a-f]+), 0(?:,|$)')

_MOST_FD = 2**31


class Sockets:
    """The sockets of all traced processes; `takers` give the records that a system call results in."""

    def __init__(self, tables: Tables, descriptors: Descriptors, connecting: Connecting) -> None:
        self._passing = Passing(tables, descriptors)
        self.raw = 0  # that were told by numbers alone
        self._tables = tables
        self._descriptors = descriptors
        self._connecting = connecting
        self.takers: dict[str, Handler] = {  # of a call that has ended, by its name
            **dict.fromkeys(RECEIVES, self._receive),
            **dict.fromkeys(SENDS, self._send),
            "recvmsg": self._receive_message,
            "sendmsg": self._send_message,
            **dict.fromkeys(("accept", "accept4"), self._accept),
            **dict.fromkeys(("getsockname", "getpeername"), self._named),
            **dict.fromkeys(("sendfile", "sendfile64"), self._send),
            "socket": self._socket,
            "bind": self._bind,
            "listen": self._listen,
            "connect": self._connect,
            "splice": self._splice,
            "shutdown": self._shutdown,
            "getsockopt": self._option,
        }

    def _socket(self, syscall: Syscall) -> Iterable[Draft]:
        result = syscall.result
        found = _TCP_SOCKET.match(result.arguments)
        if result.value is None or not 0 <= result.value < _MOST_FD:
            return ()
        if found is None or found[1] not in _TCP_PROTOCOLS:
            self._tables.release(syscall.process, result.value)
            return ()
        if result.arguments.startswith("0x") and "/*" not in result.arguments:
            self.raw += 1
        sock = OpenSocket(is_whole=True)
        if result.target is not None:
            sock_name = read_name(result.target)
            self._tables.name(sock, None, None, sock_name.inode)
        is_cloexec = "SOCK_CLOEXEC" in result.arguments
        self._tables.install(syscall.process, result.value, sock, cloexec=is_cloexec)
        return (Draft(syscall, "socket", result.value, sock),)

    def _bind(self, syscall: Syscall) -> Iterable[Draft]:
        sock, fd = self._find(syscall)
        if sock is None or did_nothing(syscall.result.errno):
            return ()
        local = read_sockaddr(syscall.result.arguments)
        if local is not None and not local.endswith(":0") and syscall.result.errno is None:
            self._tables.name(sock, local, None)
        return (Draft(syscall, "bind", fd, sock),)

    def _listen(self, syscall: Syscall) -> Iterable[Draft]:
        sock, fd = self._find(syscall)
        if sock is None or did_nothing(syscall.result.errno):
            return ()
        sock.is_listener = syscall.result.errno is None
        return (Draft(syscall, "listen", fd, sock),)

    def _connect(self, syscall: Syscall) -> Iterable[Draft]:
        result = syscall.result
        sock, fd = self._find(syscall)
        if sock is None:
            return ()
        if sock.connecting is None:
            peer = read_sockaddr(result.arguments)
            if peer is None:
                return ()  # AF_UNSPEC takes a connection apart
            self._tables.name(sock, None, peer)
        return self._connecting.connect(syscall, fd, sock)

    def _accept(self, syscall: Syscall) -> Iterable[Draft]:
        result = syscall.result
        listener, _ = self._find(syscall)
        if result.value is None or result.errno is not None or not 0 <= result.value < _MOST_FD:
            return ()
        name = read_name(result.target) if result.target is not None else None
        if name is not None and name.is_tcp is False:
            return ()
        if listener is None and (name is None or name.is_tcp is None) and not _FAMILY.search(result.arguments):
            return ()
        sock = OpenSocket(is_whole=True)
        peer = (name.peer if name is not None else None) or read_sockaddr(result.arguments)
        local = (name.local if name is not None else None) or (listener.local if listener is not None else None)
        self._tables.name(sock, local, peer, name.inode if name is not None else None)
        is_cloexec = "SOCK_CLOEXEC" in result.arguments
        self._tables.install(syscall.process, result.value, sock, cloexec=is_cloexec)
        return (Draft(syscall, "accept", result.value, sock),)

    def _receive(self, syscall: Syscall) -> Iterable[Draft]:
        sock, fd = self._find(syscall)
        return self._moved(syscall, fd, sock, "recv") if sock is not None else ()

    def _send(self, syscall: Syscall) -> Iterable[Draft]:
        sock, fd = self._find(syscall)
        return self._moved(syscall, fd, sock, "send") if sock is not None else ()

    def _receive_message(self, syscall: Syscall) -> Iterable[Draft]:
        self._passing.received(syscall)
        return self._receive(syscall)

    def _send_message(self, syscall: Syscall) -> Iterable[Draft]:
        self._passing.sent(syscall)
        return self._send(syscall)

    def _splice(self, syscall: Syscall) -> Iterable[Draft]:
        drafts: list[Draft] = []
        for which, call in ((0, "recv"), (2, "send")):
            found = descriptor(syscall.result.arguments, which)
            sock = self._descriptors.socket_of(syscall.process, found)
            if sock is not None and found is not None:
                drafts += self._moved(syscall, found.number, sock, call)
        return drafts

    def _moved(self, syscall: Syscall, fd: int, sock: OpenSocket, call: str) -> list[Draft]:
        result = syscall.result
        if result.value is None or did_nothing(result.errno):
            return []
        told = [] if sock.connecting is None else list(self._connecting.used(sock, syscall))
        if result.errno is not None:
            if result.errno != "ENOTCONN":
                told.append(Draft(syscall, call, fd, sock, offset=sock.sent if call == "send" else sock.received))
        elif call == "send":
            count = moved(syscall)
            told.append(Draft(syscall, call, fd, sock, moved=count, offset=sock.sent))
            sock.sent = None if sock.sent is None or count is None else sock.sent + count
        else:
            told += self._received(syscall, fd, sock)
        return told

    def _received(self, syscall: Syscall, fd: int, sock: OpenSocket) -> Iterable[Draft]:
        arguments, count = syscall.result.arguments, moved(syscall)
        flags = arguments[arguments.rfind('"') + 1 :]
        if "MSG_ERRQUEUE" in flags or (count == 0 and _ASKED_FOR_NOTHING.match(arguments)):
            return ()
        draft = Draft(syscall, "recv", fd, sock, moved=count, offset=sock.received)
        if "MSG_PEEK" in flags:
            draft.told = "MSG_PEEK"
        elif "MSG_OOB" in flags:  # an urgent byte is read out of order: from here on, stream offsets are unknown
            draft.told, draft.offset, sock.received = "MSG_OOB", None, None
        else:
            sock.received = None if sock.received is None or count is None else sock.received + count
        return (draft,)

    def _shutdown(self, syscall: Syscall) -> Iterable[Draft]:
        sock, fd = self._find(syscall)
        if sock is None:
            return ()
        draft = Draft(syscall, "shutdown", fd, sock)
        how = _HOW.search(syscall.result.arguments)
        if how is not None:
            draft.told = how[1] or _HOWS[int(how[2])]
        return (draft,)

    def _named(self, syscall: Syscall) -> Iterable[Draft]:
        sock, _ = self._find(syscall)
        told = read_sockaddr(syscall.result.arguments)
        if sock is not None and syscall.result.errno is None and told is not None and not told.endswith(":0"):
            is_own = syscall.name == "getsockname"
            self._tables.name(sock, told if is_own else None, None if is_own else told)
            if not is_own:
                return self._connecting.used(sock, syscall)
        return ()

    def _option(self, syscall: Syscall) -> Iterable[Draft]:
        sock, _ = self._find(syscall)
        return self._connecting.asked(sock, syscall) if sock is not None else ()

    def _find(self, syscall: Syscall) -> tuple[OpenSocket | None, int]:
        """Return the socket that a call is on, and its descriptor."""
        found = descriptor(syscall.result.arguments)
        return self._descriptors.socket_of(syscall.process, found), found.number if found is not None else -1
