"""The TCP options of a segment (RFC 9293 3.1, 7323, 2018, 7413)."""

import struct
from enum import IntEnum

from services.scope.model import Options

NO_OPTIONS = Options()


class Kind(IntEnum):
    """The kinds that are read (IANA, TCP Parameters)."""

    END = 0
    NO_OPERATION = 1
    MSS = 2
    WINDOW_SCALE = 3
    SACK_PERMITTED = 4
    SACK = 5
    TIMESTAMPS = 8
    FAST_OPEN = 34
    EXPERIMENT = 254


# Fast Open before it had a number of its own: an experiment's (RFC 6994) identifier.
_FAST_OPEN_EXPERIMENT = b"\xf9\x89"

_MAX_WINDOW_SCALE = 14  # RFC 7323 2.3: a larger one counts as 14

# How nearly every segment of an established connection begins: two no-operations, then time stamps.
_ALIGNED_TIMESTAMPS = b"\x01\x01\x08\x0a"

_two = struct.Struct("!II").unpack_from


def parse(options: bytes) -> Options:
    """Return the options that are complete and of the right length; others are treated as absent."""
    if len(options) == 12 and options.startswith(_ALIGNED_TIMESTAMPS):  # noqa: PLR2004 - two and a ten-byte option
        return Options(None, None, False, (), _two(options, 4), None)
    found: dict[str, object] = {}
    at, size = 0, len(options)
    while at < size and (kind := options[at]) != Kind.END:
        if kind == Kind.NO_OPERATION:
            at += 1
            continue
        length = options[at + 1] if at + 1 < size else 0
        if length < 2 or at + length > size:  # noqa: PLR2004 - kind and length themselves
            break
        _add(found, kind, options[at + 2 : at + length])
        at += length
    return Options(**found) if found else NO_OPTIONS  # type: ignore[arg-type]


def _add(found: dict[str, object], kind: int, value: bytes) -> None:
    match kind, len(value):
        case (Kind.MSS, 2):
            found["mss"] = int.from_bytes(value)
        case (Kind.WINDOW_SCALE, 1):
            found["window_scale"] = min(value[0], _MAX_WINDOW_SCALE)
        case (Kind.SACK_PERMITTED, 0):
            found["sack_permitted"] = True
        case (Kind.SACK, 8 | 16 | 24 | 32):
            found["sack"] = tuple(_two(value, at) for at in range(0, len(value), 8))
        case (Kind.TIMESTAMPS, 8):
            found["timestamps"] = _two(value)
        case (Kind.FAST_OPEN, _):
            found["fast_open"] = value
        case (Kind.EXPERIMENT, _) if value.startswith(_FAST_OPEN_EXPERIMENT):
            found["fast_open"] = value[2:]
