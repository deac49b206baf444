"""Moving bytes from a socket back to itself through a pipe, and keeping what the peer does not take yet.

Back-pressure: where the peer does not read, its receive window closes, our send buffer fills, and splice() out of the
pipe takes less than there is. The rest is owed. Nothing more is read from that connection until it is sent, so our
receive buffer fills too, our window closes, and the peer's own send() stops: at most one turn's bytes are held for it.
"""

import contextlib
import fcntl
import os

# One turn reads at most so much from one connection. So this is also what a peer that does not read can make the server
# hold. Larger turns measured no faster: with this one a message of 64 KiB is read whole, and the pipe is empty again.
TURN_BYTES = 65_536

# Room for a turn of the smallest segments: a pipe has one slot for each 4 KiB of its size, and even a segment of a few
# bytes takes a whole slot.
_PIPE_BYTES = 1_048_576

# When this much is owed in all, turns become small. 10,000 peers that stop reading then cost 64 MiB and 40 MiB more,
# where full turns would cost 640 MiB.
_OWED_BUDGET_BYTES = 64 * 1_048_576
_SMALL_TURN_BYTES = 4_096

# Linux lets a user have 64 pipes of this size (/proc/sys/fs/pipe-user-pages-soft): every worker needs some of them.
_MAX_PIPES = 16


class Pipe:
    """A non-blocking pipe, which makes splice() non-blocking: bytes go in at `inlet`, and come out at `outlet`."""

    __slots__ = ("inlet", "outlet")

    def __init__(self, *, of_any_size: bool = False) -> None:
        """Raise OSError where descriptors have run out, or the user's pipe pages and a small one will not do."""
        self.outlet, self.inlet = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.fcntl(self.inlet, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:
            if not of_any_size:
                self.close()
                raise

    def close(self) -> None:
        """Give both descriptors back."""
        os.close(self.inlet)
        os.close(self.outlet)


class Owed:
    """Bytes read from a connection that its peer has not taken yet: in the pipe they came through, or as a copy."""

    __slots__ = ("_data", "left", "pipe")

    def __init__(self, left: int, pipe: Pipe | None, data: bytes = b"") -> None:
        self.left = left
        self.pipe = pipe
        self._data = memoryview(data)

    def pay(self, fd: int) -> int:
        """Send what the kernel takes, and return how much; raise OSError, BlockingIOError if that is nothing."""
        if self.pipe is not None:
            sent = os.splice(self.pipe.outlet, fd, self.left)
        else:
            sent = os.write(fd, self._data[-self.left :])
        self.left -= sent
        return sent


class Pipes:
    """The pipe that every turn goes through, and spare ones to replace it when a connection keeps it.

    `turn_bytes` is what one turn may read now.
    """

    def __init__(self) -> None:
        # The other workers may have used up the user's pipe pages: a worker with a small pipe is slow, and better than
        # none.
        self._use(Pipe(of_any_size=True))
        self._spare: list[Pipe] = []
        self._count = 1
        self._owed_bytes = 0
        self.turn_bytes = TURN_BYTES

    def keep(self, left: int) -> Owed:
        """Set the `left` bytes in the current pipe aside: with the pipe, or copied where no other pipe can be had."""
        self._owe(left)
        replacement = self._another()
        if replacement is None:
            return Owed(left, None, _read(self.outlet, left))
        owed = Owed(left, self._current)
        self._use(replacement)
        return owed

    def copy(self, data: bytes) -> Owed:
        """Owe what did not come through a pipe."""
        self._owe(len(data))
        return Owed(len(data), None, data)

    def pay(self, owed: Owed, fd: int) -> int:
        """Send what the kernel takes of what is owed, and return how much; raise as Owed.pay does."""
        sent = owed.pay(fd)
        self._owe(-sent)
        return sent

    def release(self, owed: Owed) -> None:
        """Forget what is still owed, and take its pipe back, empty."""
        self._owe(-owed.left)
        if owed.pipe is not None:
            _read(owed.pipe.outlet, owed.left)
            self._spare.append(owed.pipe)
            owed.pipe = None

    def discard(self, count: int) -> None:
        """Throw away what a lost connection left in the current pipe."""
        _read(self.outlet, count)

    def close(self) -> None:
        """Close the pipes that no connection holds."""
        for pipe in (self._current, *self._spare):
            pipe.close()

    def _use(self, pipe: Pipe) -> None:
        self._current, self.inlet, self.outlet = pipe, pipe.inlet, pipe.outlet

    def _owe(self, more: int) -> None:
        self._owed_bytes += more
        self.turn_bytes = TURN_BYTES if self._owed_bytes < _OWED_BUDGET_BYTES else _SMALL_TURN_BYTES

    def _another(self) -> Pipe | None:
        if self._spare:
            return self._spare.pop()
        if self._count < _MAX_PIPES:
            with contextlib.suppress(OSError):
                pipe = Pipe()
                self._count += 1
                return pipe
        return None


def _read(fd: int, count: int) -> bytes:
    """Read up to `count` bytes out of a pipe; fewer only if a failed splice() had sent some of them."""
    chunks = []
    with contextlib.suppress(BlockingIOError):
        while count:
            chunks.append(os.read(fd, count))
            count -= len(chunks[-1])
    return b"".join(chunks)
