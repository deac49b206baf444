"""The edge of the server: environment, log, signals, listening sockets, exit code."""

import signal
import socket
import sys

from services.server.listeners import ListenFailed, listen
from services.server.loop import TICK_S, EchoLoop
from services.server.settings import ServerSettings
from shared.calls import address, log_calls
from shared.log import configure_logging
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid


def main(arguments: list[str]) -> int:
    """Serve until stopped; return the exit code: 0 drained, 1 a connection was cut, 2 bad settings."""
    try:
        settings = ServerSettings.load(arguments)
        log = configure_logging("server", settings)
        # Watching costs: only where the lines will be seen.
        report = log_calls(log) if settings.log_level == "debug" else None
        listeners = listen(settings.host, settings.port, settings.backlog, report)
    except (SettingsInvalid, ListenFailed) as error:
        sys.stderr.write(f"server: {error}\n")
        return EXIT_BAD_SETTINGS
    wakeup = signals_as_bytes()
    log.info("server_listening", addresses=[address(one.getsockname()) for one in listeners], backlog=settings.backlog)
    totals = EchoLoop(listeners, wakeup, settings, log, report).run()
    # The interpreter gives signals their default action back as it ends, and SIGALRM's is to kill.
    signal.setitimer(signal.ITIMER_REAL, 0)
    log.info(
        "server_stopped",
        connections=totals.connections,
        received_bytes=totals.received_bytes,
        sent_bytes=totals.sent_bytes,
        cut=totals.cut,
    )
    return 1 if totals.cut else 0


def signals_as_bytes() -> socket.socket:
    """Return a socket that delivers each SIGTERM, SIGINT and clock tick as one byte, the signal's number."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    # detach(): the descriptor lives as long as the process, whatever happens to the object.
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(signum, lambda *_: None)  # C writes the byte; Python has nothing to do
    signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)
    return reader


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
