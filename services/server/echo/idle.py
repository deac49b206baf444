"""Finds connections without progress, at a cost that does not grow with their number."""

from collections import defaultdict


class IdleWheel:
    """A timer wheel of descriptors, turned by the loop's ticks.

    An entry is only looked at when its time comes; progress in between costs nothing here, and the owner reschedules.
    A descriptor has at most one entry: a connection that takes over the number of a closed one is looked at a little
    early, never late, and the wheel never holds more entries than the process has descriptors.
    """

    def __init__(self) -> None:
        self._slots: defaultdict[int, list[int]] = defaultdict(list)
        self._scheduled: set[int] = set()

    def schedule(self, fd: int, tick: int) -> None:
        """Ask for `fd` to be looked at when `tick` comes, unless it already is at some time."""
        if fd not in self._scheduled:
            self._scheduled.add(fd)
            self._slots[tick].append(fd)

    def due(self, tick: int) -> list[int]:
        """Take the descriptors to look at now; call it for every tick."""
        fds = self._slots.pop(tick, [])
        self._scheduled.difference_update(fds)
        return fds
