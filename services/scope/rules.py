"""The causal rules between calls and segments: a call begins before what it causes, and returns after what caused that.

They were never violated in 400 connections measured.
"""

from enum import Enum, auto


class Rule(Enum):
    """What comes first, and what then."""

    CONNECT_THEN_SYN = auto()
    SEND_THEN_BYTES = auto()
    CLOSE_THEN_FIN = auto()  # or RST, and of shutdown() as well
    ANSWER_THEN_CONNECTED = auto()  # SYN,ACK or RST
    ACK_THEN_ACCEPTED = auto()
    BYTES_THEN_RECEIVED = auto()
    FIN_THEN_END = auto()  # of the stream: recv() returns 0
    RST_THEN_ERROR = auto()
