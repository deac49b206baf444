"""Traces to damage, for the parser of strace's text."""

import random
from pathlib import Path

from shared.strace.splitting import Splitter
from shared.strace.trace import Trace
from tests.unit.services.scope.harness.traced import CLIENT, SERVER, trace

# What goes wrong where lines are taken apart: quotes, brackets, numbers, separators, strace's own words.
_PIECES = (b'"', b"<", b">", b"[", b"]", b"{", b"}", b"(", b")", b", ", b" = ", b"->", b"\n", b"\0", b"\xff", b"9" * 25)
_WORDS = (
    b" <unfinished ...>",
    b"<... recvfrom resumed>",
    b"+++ exited with 0 +++",
    b"sendmmsg(3, [{msg_len=",
    b"MSG_PEEK",
)

# What strace wrote of its own test of TCP sockets, with many flags.
_RECORDED = Path(__file__).parents[1] / "unit/shared/strace/recorded"

SEEDS = [
    *(path.read_bytes() for path in sorted(_RECORDED.glob("*.trace"))),
    *(
        trace(calls, pid, time_of_day=of_day)
        for calls in (CLIENT, SERVER)
        for pid in (None, 7)
        for of_day in (True, False)
    ),
    trace(SERVER, 9) + trace(CLIENT, 7),
]


def damaged(chance: random.Random) -> bytes:
    """Return a trace with a few things wrong."""
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at:at] = chance.choice(_PIECES + _WORDS)
            case 1:
                del data[at : at + chance.randint(1, 60)]
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                other = chance.choice(SEEDS)
                begin = chance.randrange(len(other))
                data[at:at] = other[begin : begin + chance.randint(1, 300)]
    return bytes(data)


def read(data: bytes) -> int:
    """Read a trace as the scope and the tracer do; return how many records are in it."""
    splitter, whole, live = Splitter(), Trace("here"), Trace("here")
    records = 0
    for text in splitter.feed(data) + splitter.rest():
        records += len(whole.feed(text))
        live.feed(text)
        live.flush(0)
    return records + len(whole.finish())
