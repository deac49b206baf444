"""What can go wrong with a session: one small tree, each with its `kind` in the result and its numbers in its text."""

from typing import ClassVar


class SessionError(Exception):
    """A session that did not bring every byte back."""

    kind: ClassVar[str]


class ConnectError(SessionError):
    """No connection within the deadline; `attempts` were made."""

    def __init__(self, where: str, attempts: int, within_s: float, why: str) -> None:
        self.where, self.attempts, self.within_s, self.why = where, attempts, within_s, why
        super().__init__(f"no connection to {where} within {within_s:g} s ({attempts} attempts): {why}")


class Refused(ConnectError):
    """The peer's kernel answered with RST: nobody listens there."""

    kind = "refused"


class Unreachable(ConnectError):
    """The name does not resolve, or no route leads there."""

    kind = "unreachable"


class Exhausted(ConnectError):
    """The client's machine has no more local ports, descriptors, threads or memory for it: not the server's doing."""

    kind = "exhausted"


class ConnectTimedOut(ConnectError):
    """Nothing answered the SYN."""

    kind = "timed_out"


class ExchangeError(SessionError):
    """The connection failed after it was made: `sent` and `received` bytes of `size` had passed."""

    def __init__(self, what: str, sent: int, received: int, size: int) -> None:
        self.sent, self.received, self.size = sent, received, size
        super().__init__(f"{what} (sent {sent} of {size} bytes, received {received})")


class TimedOut(ExchangeError):
    """No progress within the deadline."""

    kind = "timed_out"


class Reset(ExchangeError):
    """The peer reset the connection."""

    kind = "reset"


class ClosedEarly(ExchangeError):
    """The peer finished before everything was back."""

    kind = "closed_early"


class EchoMismatch(SessionError):
    """A byte came back wrong: `offset` is the first one's, `sent` and `received` up to 16 bytes from there."""

    kind = "mismatch"

    def __init__(self, offset: int, sent: bytes, received: bytes) -> None:
        self.offset, self.sent, self.received = offset, sent, received
        super().__init__(f"byte {offset} came back wrong: sent {sent.hex(' ')}, received {received.hex(' ')}")


class SurplusBytes(SessionError):
    """More came back than was sent; `received` is the first of it, `size` where it should have ended."""

    kind = "surplus"

    def __init__(self, size: int, received: bytes) -> None:
        self.size, self.received = size, received
        super().__init__(f"more than the {size} bytes sent came back: {received.hex(' ')}")


class FileUnreadable(SessionError):
    """The file to send could not be read at `offset`."""

    kind = "file_unreadable"

    def __init__(self, name: str, offset: int, why: str) -> None:
        self.name, self.offset = name, offset
        super().__init__(f"{name} cannot be read at byte {offset}: {why}")


class FileRewritten(SessionError):
    """The file to send has other bytes now: nobody can tell whether what came back from `offset` on is right."""

    kind = "file_changed"

    def __init__(self, name: str, offset: int) -> None:
        self.name, self.offset = name, offset
        super().__init__(f"{name} was written to while it was being sent: what came back differs from byte {offset} on")


class FileShrunk(SessionError):
    """The file to send ended at `offset` while it was being sent."""

    kind = "file_changed"

    def __init__(self, name: str, offset: int) -> None:
        self.name, self.offset = name, offset
        super().__init__(f"{name} ends before byte {offset}, and was longer: it has shrunk")
