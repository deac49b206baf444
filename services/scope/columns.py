"""The columns of the table of conversations."""

from enum import StrEnum


class Column(StrEnum):
    """A column; the table can be sorted by each."""

    NUMBER = "number"
    CLIENT = "client"
    SERVER = "server"
    OUTCOME = "outcome"
    SEGMENTS = "segments"
    DURATION = "duration"
    NOTES = "notes"
