"""Numbers the datagrams of a feed, so that whoever gets them can tell which were lost on the way."""

import os
import time

import orjson

FEED, NTH, SENT = "feed", "nth", "sent"


class Numbering:
    """The numbers of what one socket sends, from 0: the caller counts with `sent` what the kernel has taken.

    Its name is when it began (CLOCK_REALTIME), and a random number: two processes may begin at the same time.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew: what was lost before is told otherwise, or was sent to somebody else."""
        self.sent = self.told = 0
        self.name = [time.time_ns(), int.from_bytes(os.urandom(4), "little")]
        self._before_number = b',"%b":%b,"%b":' % (FEED.encode(), orjson.dumps(self.name), NTH.encode())

    def numbered(self, datagram: bytes) -> bytes:
        """Return a datagram, a line with an object of JSON, with the next number behind its fields."""
        # Some 0.3 us; a number among the fields, before they become bytes, could not be left to the last moment.
        return b"%b%b%d}\n" % (datagram[:-2], self._before_number, self.sent)
