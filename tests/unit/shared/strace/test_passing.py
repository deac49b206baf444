"""Descriptors that go from one process to another."""

from shared.calls import Call
from tests.unit.harness.strace import CONNECTION, PEER, T0, lines, records

ACCEPTED = f"accept(3<TCP:[0.0.0.0:5000]>, NULL, NULL) = 4<{CONNECTION}>"
_CONTROL = "msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data="


def message(fd: int) -> str:
    """Return the rest of a call that passes this descriptor, and a file's."""
    return f"{{msg_iov=[], {_CONTROL}[{fd}<{CONNECTION}>, 1</dev/null>]}}], msg_flags=0}}, 0) = 1"


SENT, RECEIVED = f"sendmsg(6<UNIX:[1->2]>, {message(4)}", f"recvmsg(5<UNIX:[2->1]>, {message(9)}"


def later(*texts: str, pid: int = 8) -> list[str]:
    """Return lines of the other process, a second later."""
    return [text.replace(str(T0), str(T0 + 1)) for text in lines(*texts, pid=pid)]


def in_order(found: list[Call]) -> list[Call]:
    """Return calls by their beginnings: the last of each process waits for its next line."""
    return sorted(found, key=lambda call: call.t0_ns)


def test_a_socket_on_its_way_is_held() -> None:
    """Its sender closes it before the receiver has it: its stream goes on where it was."""
    found = records(
        *lines(ACCEPTED, f'read(4<{CONNECTION}>, "abc", 3) = 3', SENT, f"close(4<{CONNECTION}>) = 0"),
        *later(RECEIVED, f'read(9<{CONNECTION}>, "de", 2) = 2', "exit_group(0) = ?", "+++ exited with 0 +++"),
    )
    assert [(call.call, call.pid, call.fd, call.offset) for call in in_order(found)] == [
        ("accept", 7, 4, None),
        ("recv", 7, 4, 0),
        ("close", 7, 4, None),
        ("recv", 8, 9, 3),
        ("close", 8, 9, None),
    ]
    assert {call.peer for call in found} == {PEER}


def test_the_receiver_may_be_heard_of_before_the_sender() -> None:
    """Then nothing is on its way any more when the sender's line comes, and the last close is the receiver's."""
    begun, ended = "sendmsg(6<UNIX:[1->2]>,  <unfinished ...>", f"<... sendmsg resumed>{message(4)}"
    found = records(
        *lines(ACCEPTED, begun),
        *later(RECEIVED),
        *lines(ended, f"close(4<{CONNECTION}>) = 0"),
        *later("exit_group(0) = ?", "+++ exited with 0 +++"),
    )
    assert [(call.call, call.pid) for call in in_order(found)] == [("accept", 7), ("close", 7), ("close", 8)]


def test_what_was_not_passed_is_not_held() -> None:
    """sendmsg() failed."""
    failed = f"{SENT.removesuffix('= 1')}= -1 EPIPE (Broken pipe)"
    found = records(*lines(ACCEPTED, f'read(4<{CONNECTION}>, "abc", 3) = 3', failed, f"close(4<{CONNECTION}>) = 0"))
    found += records(*later(f'read(9<{CONNECTION}>, "de", 2) = 2'))
    assert [(call.call, call.offset) for call in found][-1] == ("recv", None)
