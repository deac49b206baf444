"""A line of a container's log: which replica wrote it, and what."""

import re
from typing import NamedTuple

# Compose 2.26 erases a line before it writes one, into a pipe as well; in JSON itself an escape is never bare.
_CONTROL_SEQUENCE = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")

# What `docker compose logs` and `docker service logs` put before a line: `client-2 | `, `client.2.x7f@host | `.
_PREFIX = re.compile(rb"([A-Za-z0-9][\w.@-]*)\s+\| ")


# How a client begins to print its result.
_RESULT = b'{"schema"'


class LogLine(NamedTuple):
    """A line without what the log put around it; `replica` is None where the log does not say who wrote it."""

    replica: str | None
    text: bytes


def log_line(line: bytes) -> LogLine:
    """Return what a line holds."""
    text = _CONTROL_SEQUENCE.sub(b"", line).strip()
    found = _PREFIX.match(text)
    if found is None:
        return LogLine(None, text)
    # Of a Swarm's task the service and its number say who it is; its id and its host are in the result.
    name = found[1].decode().partition("@")[0]
    return LogLine(re.sub(r"(\.\d+)\.\w+$", r"\1", name), text[found.end() :].strip())


def is_result(text: bytes) -> bool:
    """Return whether a line is a client's result, or the beginning of one."""
    return text.startswith(_RESULT)
