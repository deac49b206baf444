"""Connections in which anything goes wrong at random, the same at each run."""

import random

from tests.unit.services.scope.harness.wire import MSS, Talk

_WINDOWS = (0, 1, 10, 100, 1000)
_PAUSES_MS = (0.001, 0.05, 0.5, 2, 10, 300)


def random_talk(seed: int) -> Talk:
    """Return a talk of up to 40 segments: lost, repeated, overtaken, acknowledged unseen, probed, cut short."""
    chance = random.Random(seed)
    # Not just below 2^32: tshark takes 0 for "not known yet", and loses its way there.
    talk = Talk(10_000 + seed, isn=(chance.randrange(10**6, 2**31), chance.randrange(10**6, 2**31)))
    sides = talk.client, talk.server
    sent, windows = [1, 1], [chance.choice(_WINDOWS), chance.choice(_WINDOWS)]
    if chance.random() < 0.85:
        options = _options(chance)
        for _ in range(chance.choice([1, 1, 2])):
            talk.client("SYN", 0, options=options, after_ms=1000)
        if chance.random() < 0.9:
            talk.server("SYN ACK", 0, 1, options=_options(chance))
            talk.client("ACK", 1, 1, after_ms=chance.choice(_PAUSES_MS))
    for _ in range(chance.randrange(25)):
        side = chance.randrange(2)
        seq, ack = max(1, sent[side] + _jump(chance)), max(1, sent[1 - side] - chance.choice([0, 0, 0, 1, 10, 100]))
        if chance.random() < 0.1:
            windows[side] = chance.choice(_WINDOWS)
        length = chance.choice([0, 0, 1, 10, 100])
        fin = chance.random() < 0.05
        for _ in range(chance.choice([1, 1, 1, 3])):
            pause_ms = chance.choice(_PAUSES_MS)
            flags = "FIN ACK" if fin else "ACK"
            sides[side](flags, seq, ack, length, window=windows[side], after_ms=pause_ms)
        sent[side] = max(sent[side], seq + length + fin)
    if chance.random() < 0.1:
        sides[chance.randrange(2)]("RST ACK", sent[0], sent[1])
    return talk


def _options(chance: random.Random) -> bytes:
    return MSS + (bytes([1, 3, 3, chance.randrange(9)]) if chance.random() < 0.8 else b"")


def _jump(chance: random.Random) -> int:
    """Return how far from the next number a segment begins."""
    kind = chance.random()
    if kind < 0.2:
        return -chance.choice([1, 1, 10, 100, 200])
    return chance.choice([1, 10, 100]) if kind < 0.3 else 0
