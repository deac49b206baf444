"""What a call's text tells of its descriptor and of its bytes."""

import pytest

from shared.strace.lines import read_result
from shared.strace.syscalls import Descriptor, Syscall, descriptor, did_nothing, moved, unquoted
from shared.strace.tables import Process


@pytest.mark.parametrize(
    ("arguments", "which", "found"),
    [
        ("3, 5", 0, Descriptor(3, None)),
        ("3", 0, Descriptor(3, None)),
        ("3<TCP:[1->2]>, 5", 0, Descriptor(3, "TCP:[1->2]")),
        ("3<pipe:[1]>, NULL, 4<TCP:[1->2]>, NULL", 2, Descriptor(4, "TCP:[1->2]")),
        ("3</srv/a, b>, 5", 0, Descriptor(3, "/srv/a, b")),
        ("[{fd=3}], 1, 5", 0, None),
        ("AT_FDCWD, 3", 0, None),
        ("", 0, None),
        ("", 2, None),
    ],
)
def test_the_descriptor_among_the_arguments(arguments: str, which: int, found: Descriptor | None) -> None:
    """With and without what it is."""
    assert descriptor(arguments, which) == found


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("write", '3, "abc"..., 30) = 30', 30),
        ("sendmmsg", '3, [{msg_hdr={}, msg_len=2}, {msg_hdr={"msg_len=9"}, msg_len=3}], 2, 0) = 2', 5),
        ("sendmmsg", "3, [{msg_hdr={}, msg_len=2}, ...], 2, 0) = 2", None),
        ("recvmmsg", "3, [...], 2, 0, NULL) = 2", None),
    ],
)
def test_how_many_bytes_a_call_moved(name: str, text: str, count: int | None) -> None:
    """Of several messages it is their sum, where all of them are in the trace."""
    result = read_result(text)
    assert result is not None
    assert moved(Syscall(Process(1), 1, name, result, 0, 0)) == count


@pytest.mark.parametrize(
    ("errno", "nothing"),
    [
        ("EAGAIN", True),
        ("EINTR", True),
        ("ERESTARTSYS", True),
        ("ERESTART_RESTARTBLOCK", True),
        ("EPIPE", False),
        (None, False),
    ],
)
def test_a_call_that_would_block_did_nothing(errno: str | None, nothing: bool) -> None:  # noqa: FBT001 -- a parameter
    """It will be called again."""
    assert did_nothing(errno) is nothing


def test_the_programs_data_are_not_the_traces_words() -> None:
    """What stands in quotation marks is left out, escaped ones included."""
    assert unquoted(r'3, "a\"MSG_PEEK", 0') == '3, "", 0'
