"""Traces as files."""

import io

import orjson
import pytest

from services.scope.calls.traces import FLAGS, TraceFile, TraceRecords, is_trace
from services.scope.words.words import Words
from shared.calls import Call, as_record
from tests.unit.services.scope.harness.calls import call
from tests.unit.services.scope.harness.traced import CLIENT, SERVER, trace
from tests.unit.services.scope.harness.wire import START_NS


def read(*files: tuple[str, bytes], about_ns: int | None = START_NS) -> tuple[list[Call], list[str]]:
    """Return the records of files, and what is said about them."""
    records = TraceRecords([TraceFile(name, io.BytesIO(data)) for name, data in files], about_ns)
    found, words = [record for record in records if isinstance(record, Call)], Words("en")
    return found, [words.remark(kind, count, flags=FLAGS, day=records.day) for kind, count in records.remarks]


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        (trace(CLIENT, 7), True),
        (b"Hello\nwaiting for {}\n" + trace(CLIENT, None), True),
        (orjson.dumps(as_record(call("client", "send", 1, 2))), False),
        (b'server-1  | {"event":"x"}\n' + trace(CLIENT, 7), False),
        (b"", False),
        (b"\x00\xff\n[1]\n", False),
    ],
)
def test_what_a_file_is_is_found_by_looking(beginning: bytes, found: bool) -> None:  # noqa: FBT001 -- a parameter
    """The first line that is one or the other tells."""
    assert is_trace(beginning) is found


def test_a_trace_is_read_whole() -> None:
    """A record for each call on a socket, the end of the process included; and nothing is to be said."""
    records, remarks = read(("server.trace", trace(SERVER, 9)))
    assert [made.call for made in records] == [
        "socket",
        "bind",
        "listen",
        "accept",
        "recv",
        "send",
        "recv",
        "close",
        "close",
    ]
    assert {(made.host, made.pid, made.program) for made in records} == {("server.trace", 9, "python3")}
    assert remarks == []


def test_the_files_of_several_processes_are_read_by_time() -> None:
    """Strace -ff writes a file for each, which tells its process by its name alone."""
    fork = ((-4.0, "clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x1) = 8 <0.000100>"),)
    records, _ = read(("t.9", trace(SERVER[:6] + fork, None)), ("t.8", trace(SERVER[6:], None)))
    assert [(made.call, made.pid, made.offset) for made in records if made.offset is not None] == [
        ("recv", 8, 0),
        ("send", 8, 0),
        ("recv", 8, 5),
    ]


def test_times_of_day_are_of_the_captures_day() -> None:
    """In this machine's time zone: the remark says so."""
    with_date, _ = read(("x", trace(SERVER, 9)))
    records, (remark,) = read(("x", trace(SERVER, 9, time_of_day=True)))
    assert [made.t0_ns for made in records] == [made.t0_ns for made in with_date]
    assert remark.startswith("times of day are taken for those of ")


@pytest.mark.parametrize(
    ("data", "about_ns", "remark"),
    [
        (b"7 close(3) = 0\n", START_NS, "1 call has no time, and is passed over: use strace -f -ttt -T -yy"),
        (b"7 12:00:00 getpid() = 7\n", None, "times of day need the capture's date, which it does not tell: use"),
        (
            b"7 1700000000.1 getpid() = 7\n",
            START_NS,
            "there is no call on a TCP socket in this trace: use strace -f -ttt",
        ),
        (
            b'7 1700000000.1 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n7 1700000000.2 write(3, "a", 1) = 1\n',
            START_NS,
            "the addresses of 1 call are not told, and time alone joins it: use strace -f -ttt -T -yy",
        ),
        (
            b'7 1700000000.2 write(3<TCP:[1.2.3.4:5->1.2.3.4:6]>, "a", 1) = 1\n',
            START_NS,
            "1 socket was there before strace: which bytes its calls moved is unknown",
        ),
        (
            b"7 1700000000.2 io_uring_enter(3, 1, 0, 0, NULL, 8) = 1\n",
            START_NS,
            "io_uring is used: what it sends and receives is in no trace",
        ),
        (
            b"7 1700000000.1 socket(0x2, 0x1, 0) = 3\n",
            START_NS,
            "flags are numbers in this trace (-X raw): what they mean, as MSG_PEEK, is not known: use strace -f -ttt",
        ),
        (
            trace((SERVER[0], SERVER[2]), 7),
            START_NS,
            "there is no close() in it: with a filter, use -e trace=%net,%desc,%process",
        ),
    ],
)
def test_what_a_trace_does_not_tell_is_said(data: bytes, about_ns: int | None, remark: str) -> None:
    """With the flags that tell it."""
    _, remarks = read(("x", data), about_ns=about_ns)
    assert [said for said in remarks if said.startswith(remark)]
