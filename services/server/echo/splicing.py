"""Moving bytes from a socket back to itself through a pipe, and keeping what the peer does not take yet.

Back-pressure: where the peer does not read, its receive window closes, our send buffer fills, and splice() out of the
pipe takes less than there is. The rest is set aside. Nothing more is read from that connection until it is sent, so our
receive buffer fills too, our window closes, and the peer's own send() stops: at most one turn's bytes are held for it.
"""

import contextlib
import fcntl
import os

# Most bytes that one turn reads from one connection, and so the most that the server holds for a peer that does not
# read. Larger turns measured no faster.
TURN_BYTES = 65_536

# Room for a turn of the smallest segments: a pipe has one slot for each 4 KiB of its size, and even a segment of a few
# bytes takes a whole slot.
_PIPE_BYTES = 1_048_576

# Above this total of unsent bytes a turn reads only 4 KiB: 10,000 peers that stop reading then cost 64 MiB and 40 MiB
# more, where full turns would cost 640 MiB.
_UNSENT_BUDGET_BYTES = 64 * 1_048_576
_SMALL_TURN_BYTES = 4_096

# Linux lets a user have 64 pipes of this size (/proc/sys/fs/pipe-user-pages-soft): every worker needs some of them.
_MAX_PIPES = 16


class Pipe:
    """A non-blocking pipe, which makes splice() non-blocking: bytes go in at `inlet`, and come out at `outlet`."""

    __slots__ = ("inlet", "outlet")

    def __init__(self, *, of_any_size: bool = False) -> None:
        """Raise OSError where descriptors have run out, or, unless `of_any_size`, the user's pipe pages."""
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


class Unsent:
    """Bytes read from a connection and not sent back yet: still in the pipe they came through, or a copy of them."""

    __slots__ = ("_data", "left", "pipe")

    def __init__(self, left: int, pipe: Pipe | None, data: bytes = b"") -> None:
        self.left = left
        self.pipe = pipe
        self._data = memoryview(data)

    def send(self, fd: int) -> int:
        """Send what the kernel takes, and return how much. Raises OSError; BlockingIOError where it takes nothing."""
        if self.pipe is not None:
            sent = os.splice(self.pipe.outlet, fd, self.left)
        else:
            sent = os.write(fd, self._data[-self.left :])
        self.left -= sent
        return sent


class Pipes:
    """The pipe that every turn uses, and spare ones: a connection with unsent bytes keeps the pipe that they are in.

    `turn_bytes` is what one turn may read now.
    """

    def __init__(self) -> None:
        # Other workers may have used up the user's pipe pages: a worker with a small pipe is slow, but it works.
        self._use(Pipe(of_any_size=True))
        self._spare: list[Pipe] = []
        self._pipes = 1
        self._unsent_bytes = 0
        self.turn_bytes = TURN_BYTES

    def keep(self, left: int) -> Unsent:
        """Set aside the `left` bytes in the current pipe: with the pipe, or as a copy if no other pipe can be had."""
        self._count(left)
        replacement = self._open_another()
        if replacement is None:
            return Unsent(left, None, _read(self.outlet, left))
        unsent = Unsent(left, self._current)
        self._use(replacement)
        return unsent

    def copy(self, data: bytes) -> Unsent:
        """Set aside what did not come through a pipe."""
        self._count(len(data))
        return Unsent(len(data), None, data)

    def send(self, unsent: Unsent, fd: int) -> int:
        """Send what the kernel takes of what was set aside, and return how much. Raises as Unsent.send does."""
        sent = unsent.send(fd)
        self._count(-sent)
        return sent

    def release(self, unsent: Unsent) -> None:
        """Drop what is still unsent, and take its pipe back, empty."""
        self._count(-unsent.left)
        if unsent.pipe is not None:
            _read(unsent.pipe.outlet, unsent.left)
            self._spare.append(unsent.pipe)
            unsent.pipe = None

    def discard(self, count: int) -> None:
        """Drop the bytes that a lost connection left in the current pipe."""
        _read(self.outlet, count)

    def close(self) -> None:
        """Close the pipes that no connection holds."""
        for pipe in (self._current, *self._spare):
            pipe.close()

    def _use(self, pipe: Pipe) -> None:
        self._current, self.inlet, self.outlet = pipe, pipe.inlet, pipe.outlet

    def _count(self, more: int) -> None:
        """Count what is set aside, or sent of it (negative)."""
        self._unsent_bytes += more
        self.turn_bytes = TURN_BYTES if self._unsent_bytes < _UNSENT_BUDGET_BYTES else _SMALL_TURN_BYTES

    def _open_another(self) -> Pipe | None:
        if self._spare:
            return self._spare.pop()
        if self._pipes < _MAX_PIPES:
            with contextlib.suppress(OSError):
                pipe = Pipe()
                self._pipes += 1
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
