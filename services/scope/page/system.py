"""What is seen of the whole system, second by second: the live loop's totals, and what the server says of itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.request import urlopen

# Longer than a server takes that has anything to say; a page asks again a second later. That is for each read; a
# server that sends a byte now and then is not waited for any longer than for one that is silent.
_TIMEOUT_S = 1.0

# A server's metrics have some 3 KiB.
_MAX_BYTES = 262_144

# The server's metrics that are shown, by what they are called in the event; each is summed over its workers.
_METRICS = {
    "echo_connections_open": "open",
    "echo_connections_accepted_total": "accepted",
    "echo_received_bytes_total": "received_bytes",
    "echo_sent_bytes_total": "sent_bytes",
    "echo_accept_queue_length": "queued",
    "echo_accept_queue_limit": "queue_limit",
}


@dataclass(frozen=True, slots=True)
class System:
    """The live loop's totals since it started; `clients` are the latest ones, with how many conversations each had."""

    t_ns: int
    open: int  # conversations that are followed now
    conversations: int
    packets: int
    retransmissions: int
    rules_broken: int
    passed_over: int
    clients: Mapping[str, int] = field(default_factory=dict)
    taps: tuple[str, ...] = ()
    taps_were_there: bool = False  # that there is none now is a bad sign only then: a load may be meant to have none
    lost: Mapping[str, int] = field(default_factory=dict)

    def event(self, server: Mapping[str, float] | None) -> dict[str, Any]:
        """Return what a page is sent; `server` are its metrics, None where it gives none."""
        return {**asdict(self), "server": server}


class Server:
    """The server's metrics; `address` is their host and port, and None where nobody is to be asked."""

    def __init__(self, address: tuple[str, int] | None) -> None:
        self._address = address

    async def metrics(self) -> dict[str, float] | None:
        """Ask for them, in a thread; None where there is no answer."""
        if self._address is None:
            return None
        try:
            return read(await asyncio.wait_for(asyncio.to_thread(self._fetch, *self._address), 2 * _TIMEOUT_S))
        except (OSError, ValueError):
            return None

    def _fetch(self, host: str, port: int) -> str:
        name = f"[{host}]" if ":" in host else host
        with urlopen(f"http://{name}:{port}/metrics", timeout=_TIMEOUT_S) as answer:
            return str(answer.read(_MAX_BYTES).decode(errors="replace"))


def read(text: str) -> dict[str, float]:
    """Return those of a server's metrics that are shown, from Prometheus's text format."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        sample, _, value = line.rpartition(" ")
        if key := _METRICS.get(sample.partition("{")[0]):
            found[key] = found.get(key, 0.0) + float(value)
    return found
