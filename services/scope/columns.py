"""The columns of the table of conversations."""

from enum import StrEnum


class Column(StrEnum):
    """What the table tells of a conversation, and can be sorted by."""

    NUMBER = "number"
    CLIENT = "client"
    SERVER = "server"
    OUTCOME = "outcome"
    SEGMENTS = "segments"
    DURATION = "duration"
    NOTES = "notes"
