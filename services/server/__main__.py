"""The edge of the server: environment, log, limits, signals, listening sockets, exit code."""

import gc
import signal
import socket
import sys
from collections.abc import Callable

from services.server.echo.counters import Column, Counters
from services.server.echo.loop import TICK_S, EchoLoop
from services.server.limits import allow_descriptors, processes_for
from services.server.listeners import accept_queue, listen, listen_for_each
from services.server.observer import observe
from services.server.settings import ServerSettings
from services.server.supervisor import Supervisor
from services.server.worker import CUT, DRAINED, ignore_stop_signals, start_clock
from shared.binding import BindFailed, close_all
from shared.calls import address
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.log import configure_logging
from shared.signals import ending_signals, signals_as_bytes, stop_signals
from shared.sink import complain
from shared.watch import Watch

_HTTP_BACKLOG = 16


def main(arguments: list[str]) -> int:
    """Serve until stopped; return the exit code: 0 drained, 1 a connection was cut or workers fail, 2 bad settings."""
    try:
        server = Server(ServerSettings.load(arguments))
        server.startup()
    except (SettingsInvalid, BindFailed) as error:
        complain("server", error)
        return EXIT_BAD_SETTINGS
    drained = server.main_loop()
    server.shutdown()
    return 0 if drained else 1


class Server:
    """The life of the supervising process: startup(), main_loop(), shutdown()."""

    def __init__(self, settings: ServerSettings) -> None:
        """Raise SettingsInvalid where this machine, or this container, cannot hold what the settings ask for."""
        self._settings = settings
        self._workers = processes_for(settings)
        self._descriptors = allow_descriptors(settings, self._workers)

    def startup(self) -> None:
        """Open what the processes will share: listening sockets and counters. Raises BindFailed."""
        settings = self._settings
        self._log = configure_logging("server", settings)
        self._watch = Watch.of("server", settings, self._log)
        announce = self._watch.announce if self._watch else None
        self._listeners = listen_for_each(self._workers, settings.host, settings.port, settings.backlog, announce)
        self._every_listener = [listener for own in self._listeners for listener in own]
        self._http: list[socket.socket] = []
        if settings.http_port:
            variable = settings.variable("http_port")
            self._http = listen(settings.host, settings.http_port, _HTTP_BACKLOG, setting=variable)
        self._counters = Counters(self._workers)
        self._wakeup = signals_as_bytes(*ending_signals(), signal.SIGCHLD)
        self._log.info(
            "server_listening",
            addresses=[address(one.getsockname()) for one in self._listeners[0]],
            backlog=settings.backlog,
            workers=self._workers,
            http_port=settings.http_port,
        )
        if self._descriptors.are_short:
            self._log.warning(
                "descriptors_short",
                max_connections=settings.max_connections,
                connections_possible=self._descriptors.connections,
                nofile=self._descriptors.allowed,
            )

    def main_loop(self) -> bool:
        """Run the workers and the observer until told to stop; tell whether every worker drained without a cut."""
        # Objects made so far are kept out of garbage collection: a worker's collector would touch, and so copy, their
        # pages.
        gc.freeze()
        work = [self._worker(number) for number in range(self._workers)]
        observer = self._observe if self._http else None
        drain_timeout_s = self._settings.drain_timeout_s
        drained = Supervisor(work, observer, self._counters, self._wakeup, drain_timeout_s, self._log).run()
        # Connections in the accept queue of a worker that died are reset when this process closes the listener.
        left = sum(accept_queue(listener).length for listener in self._every_listener)
        self._counters.row(0)[Column.CUT] += left
        return drained and not left

    def shutdown(self) -> None:
        """Log the totals."""
        stop_signals()
        total = self._counters.total
        self._log.info(
            "server_stopped",
            connections=total(Column.ACCEPTED),
            received_bytes=total(Column.RECEIVED_BYTES),
            sent_bytes=total(Column.SENT_BYTES),
            cut=total(Column.CUT),
        )

    def _worker(self, number: int) -> Callable[[], int]:
        """Return the life of a worker process, and of each process that replaces it."""
        listeners, row = self._listeners[number], self._counters.row(number)

        def work() -> int:
            ignore_stop_signals(but=signal.SIGTERM)
            wakeup = signals_as_bytes(signal.SIGTERM, signal.SIGQUIT, signal.SIGALRM)
            # Otherwise this process would keep the other workers' listeners open after they have closed them.
            close_all(listener for own in self._listeners if own is not listeners for listener in own)
            close_all(self._http)
            cut_before = row[Column.CUT]
            start_clock(TICK_S)
            if self._watch is not None:
                self._watch.start({listener.fileno() for listener in listeners})
            EchoLoop(listeners, wakeup, self._settings, self._log, self._watch, row).run()
            stop_signals()
            if self._watch is not None:
                self._watch.close()
            return CUT if row[Column.CUT] > cut_before else DRAINED

        return work

    def _observe(self) -> int:
        """Answer HTTP in a process of its own, until the supervisor kills it."""
        ignore_stop_signals()
        is_watched = self._settings.scope_address is not None
        how_run = {"log_level": self._settings.log_level, "watched": str(is_watched).lower()}
        return observe(self._http, self._every_listener, self._counters, how_run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
