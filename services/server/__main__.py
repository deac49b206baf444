"""The edge of the server: environment, log, signals, listening sockets, exit code."""

import gc
import signal
import socket
import sys
from collections.abc import Callable

from services.server.cpus import available_cpus
from services.server.echo.counters import Column, Counters
from services.server.echo.loop import TICK_S, EchoLoop
from services.server.listeners import listen, listen_for_each
from services.server.observer import observe
from services.server.settings import ServerSettings
from services.server.supervisor import Supervisor
from services.server.worker import CUT, DRAINED, die_by_signal, start_clock
from shared.binding import BindFailed
from shared.calls import address
from shared.log import Log, configure_logging
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.signals import signals_as_bytes, stop_signals
from shared.watch import Watch

_HTTP_BACKLOG = 16


def main(arguments: list[str]) -> int:
    """Serve until stopped; return the exit code: 0 drained, 1 a connection was cut or workers fail, 2 bad settings."""
    try:
        settings = ServerSettings.load(arguments)
        log = configure_logging("server", settings)
        watch = Watch.of("server", settings, log)
        workers = settings.workers or available_cpus()
        listeners = listen_for_each(
            workers, settings.host, settings.port, settings.backlog, watch.announce if watch else None
        )
        http = _http_listeners(settings)
    except (SettingsInvalid, BindFailed) as error:
        sys.stderr.write(f"server: {error}\n")
        return EXIT_BAD_SETTINGS
    wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    log.info(
        "server_listening",
        addresses=[address(one.getsockname()) for one in listeners[0]],
        backlog=settings.backlog,
        workers=workers,
        http_port=settings.http_port,
    )
    counters = Counters(workers)
    work = [_worker(own, settings, log, watch, counters.row(n)) for n, own in enumerate(listeners)]
    every = [listener for own in listeners for listener in own]

    def observer() -> int:
        die_by_signal()
        return observe(http, every, counters)

    # What is there now stays for good: no worker's collector looks at it, or copies its pages by doing so.
    gc.freeze()
    drained = Supervisor(work, observer if http else None, counters, wakeup, settings.drain_timeout_s, log).run()
    stop_signals()
    log.info(
        "server_stopped",
        connections=counters.total(Column.ACCEPTED),
        received_bytes=counters.total(Column.RECEIVED_BYTES),
        sent_bytes=counters.total(Column.SENT_BYTES),
        cut=counters.total(Column.CUT),
    )
    return 0 if drained else 1


def _http_listeners(settings: ServerSettings) -> list[socket.socket]:
    if not settings.http_port:
        return []
    return listen(settings.host, settings.http_port, _HTTP_BACKLOG, setting=settings.variable("http_port"))


def _worker(
    listeners: list[socket.socket], settings: ServerSettings, log: Log, watch: Watch | None, row: memoryview
) -> Callable[[], int]:
    def work() -> int:
        cut_before = row[Column.CUT]
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor passes it on
        wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGQUIT, signal.SIGALRM)
        start_clock(TICK_S)
        if watch is not None:
            watch.start({listener.fileno() for listener in listeners})
        EchoLoop(listeners, wakeup, settings, log, watch, row).run()
        stop_signals()
        if watch is not None:
            watch.close()
        return CUT if row[Column.CUT] > cut_before else DRAINED

    return work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
