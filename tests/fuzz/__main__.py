"""Feeds damaged captures and traces to the scope, for as long as it is told.

No input may crash it, hold it up, or break a rule.

Each is read, written as JSON, and one of eight drawn and explained; the invariants are checked of every conversation.

`python -m tests.fuzz --seconds 600 --seed 1` prints what it did. An input that is too much for the reader is left in a
file, and ends it with an exit code other than 0.
"""

import argparse
import io
import random
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from services.scope.calls.assemble import Assembler
from services.scope.capture.decode import Decoder
from services.scope.capture.frames import CaptureError
from services.scope.capture.reader import read_capture
from services.scope.document import document
from services.scope.draw.terminal import draw
from services.scope.model import Conversation
from services.scope.tcp.follow import Follower
from tests.fuzz import traces
from tests.fuzz.inputs import SEEDS, damaged
from tests.unit.services.scope.harness.invariants import violations

# Of CPU time, which a busy machine does not stretch. Inputs are of some kilobytes, of which a millisecond is usual.
_TOO_LONG_S = 2.0

_REPORT_S = 10.0

# Drawing takes ten times as long as reading: of so many inputs one is drawn.
_DRAWN_ONE_OF = 8

# Of so many inputs one is strace's text, not a capture.
_TRACE_ONE_OF = 4


class RuleBroken(Exception):
    """A conversation that cannot have been as it is told."""


def read(data: bytes, *, is_drawn: bool) -> tuple[int, int, int]:
    """Read a capture as the scope does; return how many frames, packets and conversations are in it."""
    decoder, follower = Decoder(), Follower({5000}, max_bytes=100_000, max_segments=64)
    frames = packets = 0
    conversations: list[Conversation] = []
    try:
        for frame in read_capture(io.BytesIO(data)):
            frames += 1
            packet = decoder.decode(frame)
            if packet is not None:
                packets += 1
                follower.feed(packet)
                conversations += follower.take(packet.t_ns)
    except CaptureError:
        pass  # a refusal is an answer
    conversations += follower.drain()
    _check(conversations, is_drawn=is_drawn)
    return frames, packets, len(conversations)


def _check(conversations: list[Conversation], *, is_drawn: bool) -> None:
    assembler = Assembler()
    console = Console(file=io.StringIO(), width=100)
    for conversation in conversations:
        assembler.complete(conversation)
        broken = violations(conversation)
        if broken:
            raise RuleBroken("; ".join(broken))
        if is_drawn:
            draw(conversation, console, explain=True, lang="zh" if conversation.calls else "en")
    b"".join(document(conversations, dict))


def main(arguments: list[str]) -> int:
    """Fuzz; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)
    begun = time.monotonic()
    report_at = begun + _REPORT_S
    done: Counter[str] = Counter()
    slowest_s = 0.0
    while (now := time.monotonic()) < begun + options.seconds:
        is_trace = chance.randrange(_TRACE_ONE_OF) == 0
        data = traces.damaged(chance) if is_trace else damaged(chance.choice(SEEDS), chance)
        cpu_s = time.process_time()
        try:
            if is_trace:
                done.update(traces=1, records=traces.read(data))
                found = 0, 0, 0
            else:
                found = read(data, is_drawn=done["inputs"] % _DRAWN_ONE_OF == 0)
        except Exception:
            Path("fuzz-crash.bin").write_bytes(data)
            raise
        took_s = time.process_time() - cpu_s
        slowest_s = max(slowest_s, took_s)
        if took_s > _TOO_LONG_S:
            Path("fuzz-slow.bin").write_bytes(data)
            return 1
        done.update(dict(zip(("frames", "packets", "conversations"), found, strict=True)), inputs=1, bytes=len(data))
        if now > report_at:
            sys.stderr.write(f"{now - begun:.0f} s: {dict(done)}\n")
            report_at += _REPORT_S
    sys.stdout.write(
        f"{options.seconds:g} s, seed {options.seed}: {dict(done)}; slowest {slowest_s * 1000:.1f} ms of CPU\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
