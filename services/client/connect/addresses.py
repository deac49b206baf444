"""The addresses of a name: asked for with a deadline, and put in order for each new connection."""

import errno
import queue
import socket
import threading
import time
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any, TypeAlias

Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

# Least time between two look-ups; a server that moved is found within it.
_ASK_EVERY_S = 1.0


class Lookup:
    """Getaddrinfo in a thread: it has no deadline of its own, and a thread that it blocks does no harm."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._answers: queue.Queue[Sequence[Address] | OSError] = queue.Queue()
        self._asked_s = 0.0
        self._is_asking = False

    def ask(self) -> None:
        """Ask the name server, unless it is being asked, or was a moment ago."""
        now_s = time.monotonic()
        if self._is_asking or now_s - self._asked_s < _ASK_EVERY_S:
            return
        self._asked_s, self._is_asking = now_s, True
        try:
            threading.Thread(target=self._run, daemon=True).start()
        except RuntimeError:  # how the threading module passes on EAGAIN: pids.max, RLIMIT_NPROC
            self._answers.put(OSError(errno.EAGAIN, "no thread to be had for asking the name server"))

    def answer(self, timeout_s: float = 0) -> Sequence[Address] | None:
        """Return what the name means, None if there is no answer (yet); raise OSError if that is the answer."""
        try:
            answer = self._answers.get(timeout=timeout_s) if timeout_s else self._answers.get_nowait()
        except queue.Empty:
            return None
        self._is_asking = False
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _run(self) -> None:
        try:
            self._answers.put(socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM))
        except OSError as error:
            self._answers.put(error)
        except UnicodeError:  # a label that is empty or over 63 characters
            self._answers.put(socket.gaierror(socket.EAI_NONAME, "not a valid host name"))


def resolve(host: str, port: int, timeout_s: float) -> Sequence[Address]:
    """Return the addresses of a name, within `timeout_s`; raise OSError."""
    lookup = Lookup(host, port)
    lookup.ask()
    answer = lookup.answer(max(timeout_s, 0.001))
    if answer is None:
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer")
    return answer


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """Return them with the families in turn, the first one's first (RFC 8305 4): one may not work at all."""
    first = [one for one in addresses if one[0] == addresses[0][0]]
    others = [one for one in addresses if one[0] != addresses[0][0]]
    pairs = chain.from_iterable(zip_longest(first, others))
    return list(dict.fromkeys(one for one in pairs if one is not None))


class Rota:
    """The addresses of a server, which take turns: each new connection begins with the next one.

    An address that failed, or was overtaken by a later one, comes last until the name server has been asked again.
    `moves` counts the answers that differed from the one before.
    """

    def __init__(self, addresses: Sequence[Address], lookup: Lookup | None = None) -> None:
        self._lookup = lookup
        self.moves = 0
        self._turn = 0
        self._addresses = interleaved(addresses)
        self._poor: set[Address] = set()

    def order(self) -> list[Address]:
        """Return the addresses for one more connection, the one whose turn it is first; none if there is none."""
        self.take_answer()
        good = [one for one in self._addresses if one not in self._poor]
        turning = good or self._addresses
        at = self._turn % len(turning) if turning else 0
        self._turn += 1
        return turning[at:] + turning[:at] + [one for one in self._addresses if good and one in self._poor]

    def won(self, address: Address) -> None:
        """Note that an address gave a connection."""
        self._poor.discard(address)

    def lost(self, address: Address) -> None:
        """Note that an address gave no connection, or that one tried after it was faster."""
        self._poor.add(address)

    def ask_again(self) -> None:
        """Ask the name server again, as the server may have moved."""
        if self._lookup is not None:
            self._lookup.ask()

    def take_answer(self) -> None:
        """Go by the name server's last answer from now on, if there is a new one."""
        try:
            answer = self._lookup.answer() if self._lookup is not None else None
        except OSError:
            return  # the old addresses stay until there is a new answer
        if answer:
            if set(answer) != set(self._addresses):
                self.moves += 1
            self._addresses, self._poor = interleaved(answer), set()
