"""The files that --calls names."""

import io
from collections.abc import Callable

import orjson

from services.scope.calls.assemble import Assembler
from services.scope.ladder.naming import called
from services.scope.model import Conversation
from services.scope.read.call_files import call_files
from services.scope.read.capture_file import CaptureFile
from services.scope.read.reading import Reading
from services.scope.words.words import Words
from shared.calls import as_record
from tests.unit.services.scope.harness.calls import session, session_calls
from tests.unit.services.scope.harness.traced import CLIENT, SERVER, trace
from tests.unit.services.scope.harness.wire import capture


def read(files: dict[str, bytes], say: Callable[[str], None] = print) -> Conversation:
    """Return the session's conversation with the calls of these files."""

    def opened(name: str, setting: str) -> io.BufferedReader:
        assert setting == "--calls"
        return io.BufferedReader(io.BytesIO(files[name]))

    packets = io.BufferedReader(io.BytesIO(capture(session().packets)))
    calls = Assembler(call_files(files, opened, packets, Words("en"), say))
    (conversation,) = Reading([CaptureFile("x.pcap", packets)], calls).run()
    return conversation


def test_a_traces_calls_are_joined() -> None:
    """Every rule holds, as a call may have ended later than -T says; and the end of the process has the FIN."""
    conversation = read({"server": trace(SERVER, 9), "client": trace(CLIENT, 7, time_of_day=True)})
    assert [check for check in conversation.checks if not check.holds] == []
    joined = [(one.side, called(one), one.segments) for one in conversation.calls if one.segments]
    assert sorted(joined, key=lambda one: (one[0], one[2])) == [
        ("client", "connect", [0, 1]),
        ("client", "sendto", [3]),
        ("client", "recvfrom", [5]),
        ("client", "close", [7]),
        ("server", "accept", [2]),
        ("server", "recvfrom", [3]),
        ("server", "sendto", [5]),
        ("server", "recvfrom", [7]),
        ("server", "SIGTERM", [8]),
    ]


def test_a_clock_that_is_wrong_is_still_found() -> None:
    """The doubt is of what strace cannot know, and not of everything."""
    late = tuple((at_ms + 20, call) for at_ms, call in CLIENT)
    conversation = read({"server": trace(SERVER, 9), "client": trace(late, 7)})
    assert {check.side for check in conversation.checks if not check.holds} == {"client"}


def test_records_and_traces_go_together() -> None:
    """One end is a service of ours, the other any program."""
    ours = b"".join(orjson.dumps(as_record(made)) + b"\n" for made in session_calls() if made.service == "client")
    conversation = read({"server": trace(SERVER, 9), "client": ours})
    assert {(one.side, one.call.program) for one in conversation.calls} == {("client", None), ("server", "python3")}


def test_what_a_file_does_not_tell_is_said_with_its_name() -> None:
    """Files of one strace -ff are one."""
    said: list[str] = []
    read({"t.8": b"8 close(3) = 0\n", "t.9": b"9 close(3) = 0\n", "r": b"{}\n"}, said.append)
    assert [line.partition(":")[0] for line in said] == ["r", "r", "t"]
