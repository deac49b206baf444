"""The edge of the live scope: environment, log, sockets, files, signals, exit code."""

import os
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from services.scope.live.files import CaptureFiles
from services.scope.live.latest import write
from services.scope.live.loop import Live
from services.scope.live.output import presenter
from services.scope.live.settings import LiveSettings
from services.scope.live.viewer import Viewer
from services.scope.page.process import start
from services.scope.page.shelf import Shelf
from shared.binding import BindFailed, bound, close_all, listening
from shared.calls import address
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.log import Log, configure_logging
from shared.signals import ending_signals, signals_as_bytes
from shared.sink import complain

_MIB = 1_048_576

# Taps that may connect at the same time, until each is accepted.
_BACKLOG = 16

# Width where none is set, as in a container's log: with the name that Compose writes before each line it is 100.
_COLUMNS = 88


def main(arguments: list[str]) -> int:
    """Run until stopped; return the exit code: 0 stopped, 2 bad settings.

    SIGUSR1 and the end have the latest conversations written into the folder of the capture, as `latest.json`.
    """
    with ExitStack() as sockets:
        try:
            settings = LiveSettings.load(arguments)
            log = configure_logging("scope", settings)
            calls, packets = settings.variable("calls_port"), settings.variable("packets_port")
            inboxes = bound(settings.host, settings.calls_port, socket.SOCK_DGRAM, calls)
            sockets.callback(close_all, inboxes)
            taps = listening(settings.host, settings.packets_port, _BACKLOG, packets)
            sockets.callback(close_all, taps)
            files = _files(settings, log)
        except (SettingsInvalid, BindFailed) as error:
            complain("scope", error)
            return EXIT_BAD_SETTINGS
        _run(inboxes, taps, files, settings, log)
    return 0


def _run(
    inboxes: list[socket.socket],
    taps: list[socket.socket],
    files: CaptureFiles | None,
    settings: LiveSettings,
    log: Log,
) -> None:
    columns = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _COLUMNS
    viewer = _viewer([*inboxes, *taps], settings, log)
    wakeup = signals_as_bytes(*ending_signals(), signal.SIGUSR1)
    shown, latest = presenter(sys.stdout, settings, columns, log), Shelf(settings.keep)
    live = Live(inboxes, taps, settings.port, shown, latest, files, log, viewer)
    log.info(
        "scope_listening",
        calls=[address(sock.getsockname()) for sock in inboxes],
        packets=[address(sock.getsockname()) for sock in taps],
        captures=settings.captures,
    )
    try:
        while set(live.run(wakeup, settings.conversations)) == {signal.SIGUSR1}:
            _write_latest(latest, settings, log)
        live.close()
        if settings.captures:
            _write_latest(latest, settings, log)
    except BrokenPipeError:
        # The reader of the ladders has left; what is still buffered must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    log.info("scope_stopped", packets=live.packets, conversations=live.conversations)


def _viewer(others: list[socket.socket], settings: LiveSettings, log: Log) -> Viewer | None:
    """Start the page's process. If it cannot be served, the scope goes on without it."""
    if not settings.page_port:
        return None
    try:
        listeners = listening(settings.host, settings.page_port, _BACKLOG, settings.variable("page_port"))
    except BindFailed as error:
        log.warning("page_not_served", why=str(error))
        return None
    try:
        page = start(
            listeners, settings.page_host_names, settings.keep, lambda: close_all(others), settings.metrics_address
        )
    except OSError as error:
        log.warning("page_not_served", why=error.strerror)
        return None
    finally:
        close_all(listeners)
    log.info("page_served", port=settings.page_port)
    return Viewer(page, log)


def _files(settings: LiveSettings, log: Log) -> CaptureFiles | None:
    if not settings.captures:
        return None
    try:
        return CaptureFiles(Path(settings.captures), settings.capture_files, settings.capture_mib * _MIB, log)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        name = settings.variable("captures")
        raise SettingsInvalid(f"{name} (--captures) is {settings.captures!r}: cannot be written ({why})") from None


def _write_latest(latest: Shelf, settings: LiveSettings, log: Log) -> None:
    if not settings.captures:
        log.warning("latest_not_written", why=f"{settings.variable('captures')} is empty: there is no folder for it")
        return
    path = Path(settings.captures) / "latest.json"
    try:
        write(latest, path)
    except OSError as error:
        log.warning("latest_not_written", file=str(path), why=error.strerror)
    else:
        log.info("latest_written", file=str(path), conversations=len(latest))
