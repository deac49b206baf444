"""Ranges of bytes, each with an owner."""

from bisect import bisect_left, bisect_right


class Ranges:
    """Disjoint ranges [start, end) of a stream, each with its owner, a number."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._owners: list[int] = []

    def give(self, start: int, end: int, owner: int) -> None:
        """Give a range to an owner, and take it from earlier ones."""
        if self._appended(start, end, owner):
            return
        first, last = self._touched(start, end)
        pieces = [(start, end, owner)]
        if first < last:
            if self._starts[first] < start:
                pieces.insert(0, (self._starts[first], start, self._owners[first]))
            if self._ends[last - 1] > end:
                pieces.append((end, self._ends[last - 1], self._owners[last - 1]))
        self._replace(first, last, pieces)

    def give_free(self, start: int, end: int, owner: int) -> None:
        """Give an owner the parts of a range that have no owner yet."""
        if self._appended(start, end, owner):
            return
        first, last = self._touched(start, end)
        pieces = []
        for at in range(first, last):
            if start < self._starts[at]:
                pieces.append((start, self._starts[at], owner))
            pieces.append((self._starts[at], self._ends[at], self._owners[at]))
            start = self._ends[at]
        if start < end:
            pieces.append((start, end, owner))
        self._replace(first, last, pieces)

    def owners(self, start: int, end: int) -> list[int]:
        """Return the owners of any part of a range, each once, in the order of their numbers."""
        first, last = self._touched(start, end)
        return sorted(set(self._owners[first:last])) if start < end else []

    def _appended(self, start: int, end: int, owner: int) -> bool:
        """Handle the usual case, a range behind the last one; an empty range is ignored."""
        if start >= end:
            return True
        if self._ends and start < self._ends[-1]:
            return False
        self._starts.append(start)
        self._ends.append(end)
        self._owners.append(owner)
        return True

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and last index (exclusive) of the ranges that overlap this one."""
        return bisect_right(self._ends, start), bisect_left(self._starts, end)

    def _replace(self, first: int, last: int, pieces: list[tuple[int, int, int]]) -> None:
        self._starts[first:last] = [piece[0] for piece in pieces]
        self._ends[first:last] = [piece[1] for piece in pieces]
        self._owners[first:last] = [piece[2] for piece in pieces]
