"""An unfinished call record: the latest time at which the call can have ended is known only from later lines."""

from shared.calls import Call
from shared.strace.syscalls import Syscall
from shared.strace.tables import OpenSocket


class Draft:
    """A call record under construction: later lines may still set some of its fields."""

    __slots__ = ("bytes", "call", "errno", "fd", "offset", "slack_ns", "socket", "syscall", "t1_ns", "told")

    def __init__(
        self,
        syscall: Syscall,
        call: str,
        fd: int,
        socket: OpenSocket,
        *,
        moved: int | None = None,
        offset: int | None = None,
    ) -> None:
        self.syscall = syscall
        self.call = call
        self.fd = fd
        self.socket = socket
        self.bytes = moved
        self.offset = offset
        self.errno = syscall.result.errno
        self.t1_ns = syscall.t1_ns
        self.slack_ns = 0
        self.told = ""  # how the call was made, beside its name

    def finish(self, host: str, service: str | None, slack_ns: int) -> Call:
        """Return the record of a call that ended so much later than `t1_ns` at the most."""
        syscall = self.syscall
        program = syscall.process.program
        name = None if syscall.name == self.call else syscall.name
        if self.told:
            name = f"{syscall.name}({self.told})"
        return Call(
            service or program or "traced",
            host,
            syscall.process.pid,
            self.fd,
            self.call,
            syscall.t0_ns,
            self.t1_ns,
            syscall.t0_ns,  # there is no other clock in a trace: it tells the order
            self.socket.local,
            self.socket.peer,
            self.bytes,
            self.offset,
            self.errno,
            None,
            slack_ns or None,
            program,
            name,
        )
