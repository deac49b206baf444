"""The servers that are measured, and how each is started."""

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers.build import program

_LIBRARIES = Path(__file__).with_name("python_echo.py")
_BARE = Path(__file__).with_name("bare_echo.py")
_OURS = ("-m", "services.server", "--host", "127.0.0.1", "--log-level", "warning", "--http-port", "0")
# Where the scope of the watched server takes call records.
CALLS_PORT = 15_001

# strace as the tracer starts it, its text read and made into call records, which nobody takes.
_TRACER = (sys.executable, "-m", "services.tracer", "--log-level", "warning", "--")

# Beyond what the idle workload opens; the other peers have no limit of their own.
_OURS_LIMIT = ("--max-connections", "20000")


@dataclass(frozen=True)
class Peer:
    """A server: `command` is what starts it, with `{port}` where the port belongs.

    `needs` is a program or a Python module without which it is left out. `max_idle` bounds the idle workload for a peer
    that pays a whole process for each connection. `check_bytes` go over each connection that checks the echo: more than
    the socket buffers hold, so that partial sends happen. Without `is_echo` it serves its own client alone.
    """

    name: str
    title: str
    command: tuple[str, ...]
    needs: str = ""
    max_idle: int = 1_000_000
    check_bytes: int = 3_000_000
    is_echo: bool = True

    def argv(self, port: int) -> list[str]:
        """Return the command for this port."""
        return [part.replace("{port}", str(port)) for part in self.command]

    @property
    def is_missing(self) -> bool:
        """Whether what it needs is not installed."""
        return bool(self.needs) and not (shutil.which(self.needs) or importlib.util.find_spec(self.needs))


def _python(name: str, title: str, needs: str = "", *, file: Path = _LIBRARIES) -> Peer:
    return Peer(name, title, (sys.executable, str(file), name, "{port}"), needs)


def _ours(name: str, title: str, *flags: str) -> Peer:
    return Peer(name, title, (sys.executable, *_OURS, *_OURS_LIMIT, "--port", "{port}", *flags))


# Everything is compared with this one.
YARDSTICK = "c-epoll"

PEERS = {
    peer.name: peer
    for peer in (
        Peer("c-epoll", "C, epoll + recv/send", (str(program("echo_epoll")), "{port}")),
        Peer("c-splice", "C, epoll + splice", (str(program("echo_splice")), "{port}")),
        _ours("ours", "echoscope"),
        _python("bare-splice", "Python, bare splice", file=_BARE),
        _python("bare-copy", "Python, bare read/write", file=_BARE),
        _python("uvloop-protocol", "uvloop Protocol", "uvloop"),
        _python("uvloop-streams", "uvloop streams", "uvloop"),
        _python("asyncio-protocol", "asyncio Protocol"),
        _python("asyncio-streams", "asyncio streams"),
        Peer(
            "socat",
            "socat, a process each",
            ("socat", "TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,backlog=1024,nodelay", "PIPE"),
            needs="socat",
            max_idle=250,
            # Its pipe's two ends are one loop's: with more than that holds under way, it can wait for itself for good.
            check_bytes=60_000,
        ),
        _ours("ours-2-workers", "echoscope, 2 workers", "--workers", "2"),
        # Here the client is what is measured, and the server is the same for both.
        Peer("c-load", "C client, verifies nothing", (str(program("echo_epoll")), "{port}")),
        Peer("c-verify", "C client, verifies every byte", (str(program("echo_epoll")), "{port}")),
        Peer("our-load", "echoscope client, verifies every byte", (str(program("echo_epoll")), "{port}")),
        Peer(
            "sockperf",
            "sockperf, at its own server",
            ("sockperf", "server", "--tcp", "-i", "127.0.0.1", "-p", "{port}"),
            needs="sockperf",
            is_echo=False,
        ),
        _ours("our-ping-pong", "echoscope client, at our server"),
        _ours("unwatched", "echoscope, ECHO_SCOPE unset"),
        _ours("watched", "echoscope, watched by tap and scope", "--scope", f"127.0.0.1:{CALLS_PORT}"),
        Peer("untraced", "C, epoll + recv/send", (str(program("echo_epoll")), "{port}")),
        Peer(
            "traced",
            "the same, under our tracer",
            (*_TRACER, str(program("echo_epoll")), "{port}"),
            needs="strace",
        ),
        # Readers of captures: no server is asked for anything.
        *(
            Peer(name, title, (str(program("echo_epoll")), "{port}"), needs)
            for name, title, needs in (
                ("our-reader", "echoscope, read --json", ""),
                ("tshark", "tshark, -T fields", "tshark"),
                ("scapy", "scapy, PcapReader", "scapy"),
            )
        ),
    )
}

# One process each, or one for each connection: comparable on one core.
_APART = (
    "ours-2-workers",
    "c-load",
    "c-verify",
    "our-load",
    "sockperf",
    "our-ping-pong",
    "unwatched",
    "watched",
    "untraced",
    "traced",
    "our-reader",
    "tshark",
    "scapy",
)
ON_ONE_CORE = tuple(name for name in PEERS if name not in _APART)
