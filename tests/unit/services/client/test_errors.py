"""The tree of a session's errors."""

import pytest

from services.client import errors
from services.client.errors import (
    ClosedEarly,
    ConnectTimedOut,
    EchoMismatch,
    Exhausted,
    FileRewritten,
    FileShrunk,
    FileUnreadable,
    Refused,
    Reset,
    SessionError,
    SurplusBytes,
    TimedOut,
    Unreachable,
)

CONNECTING = ("server:5000", 3, 10.0, "why")
EXCHANGING = ("what", 5, 2, 7)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (Refused(*CONNECTING), "refused", "no connection to server:5000 within 10 s (3 attempts): why"),
        (Unreachable(*CONNECTING), "unreachable", "no connection to server:5000 within 10 s (3 attempts): why"),
        (ConnectTimedOut(*CONNECTING), "timed_out", "no connection to server:5000 within 10 s (3 attempts): why"),
        (TimedOut(*EXCHANGING), "timed_out", "what (sent 5 of 7 bytes, received 2)"),
        (Reset(*EXCHANGING), "reset", "what (sent 5 of 7 bytes, received 2)"),
        (ClosedEarly(*EXCHANGING), "closed_early", "what (sent 5 of 7 bytes, received 2)"),
        (EchoMismatch(9, b"ab", b"cb"), "mismatch", "byte 9 came back wrong: sent 61 62, received 63 62"),
        (SurplusBytes(9, b"\0\xff"), "surplus", "more than the 9 bytes sent came back: 00 ff"),
        (Exhausted(*CONNECTING), "exhausted", "no connection to server:5000 within 10 s (3 attempts): why"),
        (FileShrunk("a.bin", 9), "file_changed", "a.bin ends before byte 9, and was longer: it has shrunk"),
        (
            FileRewritten("a.bin", 9),
            "file_changed",
            "a.bin was written to while it was being sent: what came back differs from byte 9 on",
        ),
        (FileUnreadable("a.bin", 9, "why"), "file_unreadable", "a.bin cannot be read at byte 9: why"),
    ],
)
def test_an_error_has_its_kind_and_its_numbers(error: SessionError, kind: str, text: str) -> None:
    """The kind is the key in the document, the numbers are in the text that the log shows."""
    assert (error.kind, str(error)) == (kind, text)


def test_every_error_that_can_be_raised_has_a_kind() -> None:
    """None can reach the document without a key to be counted under."""
    tree = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, SessionError)]
    leaves = [error for error in tree if not error.__subclasses__()]
    assert all(hasattr(error, "kind") for error in leaves)
