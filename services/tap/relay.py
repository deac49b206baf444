"""The tap's loop: it moves packets from the interface to the stream, and logs what was lost on the way."""

import select
import socket
import time

from services.tap.capturing import Capture
from services.tap.streaming import Stream
from shared.log import Log
from shared.pcap import Lost, record

_REPORT_S = 1.0

# So often the scope is told what the kernel has dropped: it waits half a second after a conversation's last packet for
# all that belongs to it (services.scope.live.loop).
_TELL_S = 0.2

# The loop sleeps so long between two turns, and then takes all packets that have come. A turn for each packet would
# take the processor away from the echo. The ring has room for forty times as long (services.tap.ring).
_GATHER_S = 0.01


class Relay:
    """Moves packets from a capture to a stream; `packets` and `lost` count what it did so far."""

    def __init__(self, capture: Capture, stream: Stream, log: Log) -> None:
        self._capture = capture
        self._stream = stream
        self._log = log
        self.packets = 0
        self.lost = 0
        self._by_kernel = 0
        self._counted_ns = time.time_ns()

    def run(self, stop: socket.socket) -> None:
        """Run until `stop` is readable; raise OSError when the interface is gone or down."""
        poll = select.poll()
        poll.register(self._capture, select.POLLIN)
        poll.register(stop, select.POLLIN)
        tell_at = time.monotonic() + _TELL_S
        report_at = time.monotonic() + _REPORT_S
        stopped = False
        while not stopped:
            stopped = any(fd == stop.fileno() for fd, _ in poll.poll(_REPORT_S * 1000))
            for packet in self._capture.packets():
                self._stream.put(record(packet.t_ns, packet.data, packet.original_length))
                self.packets += 1
            if time.monotonic() >= tell_at:
                self._count_drops()
                tell_at = time.monotonic() + _TELL_S
            if time.monotonic() >= report_at:
                self.report()
                report_at = time.monotonic() + _REPORT_S
            select.select([stop], [], [], _GATHER_S)
        self._count_drops()

    def report(self) -> None:
        """Log what was lost since the last call, if anything was."""
        self._count_drops()
        by_kernel, by_stream = self._by_kernel, self._stream.count_lost()
        self._by_kernel = 0
        if by_kernel or by_stream:
            self.lost += by_kernel + by_stream
            self._log.warning("packets_lost", by_kernel=by_kernel, on_the_way_to_scope=by_stream)

    def _count_drops(self) -> None:
        """Have the scope told what the kernel has dropped since the last call."""
        drops, since_ns, self._counted_ns = self._capture.count_drops(), self._counted_ns, time.time_ns()
        if drops:
            self._by_kernel += drops
            self._stream.tell(Lost(drops, since_ns, max(since_ns, self._counted_ns)))
