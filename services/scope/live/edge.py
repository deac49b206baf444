"""The edge of the live scope: environment, log, sockets, files, signals, exit code."""

import os
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from services.scope.live.files import CaptureFiles
from services.scope.live.loop import Live
from services.scope.live.output import output
from services.scope.live.presenter import Presenter
from services.scope.live.settings import LiveSettings
from shared.binding import BindFailed, bound
from shared.calls import address
from shared.log import Log, configure_logging
from shared.settings import EXIT_BAD_SETTINGS, SettingsInvalid

_MIB = 1_048_576

# Where nobody says how wide the page is: a container's log has no terminal.
_COLUMNS = 120


def main(arguments: list[str]) -> int:
    """Run until stopped; return the exit code: 0 stopped, 2 bad settings.

    SIGUSR1 has the latest conversations written into the folder of the capture, as `latest.json`.
    """
    with ExitStack() as sockets:
        try:
            settings = LiveSettings.load(arguments)
            log = configure_logging("scope", settings)
            inboxes = [sockets.enter_context(sock) for sock in _bound(settings, "calls_port", socket.SOCK_DGRAM)]
            taps = [sockets.enter_context(sock) for sock in _bound(settings, "packets_port", socket.SOCK_STREAM)]
            files = _files(settings, log)
        except (SettingsInvalid, BindFailed) as error:
            sys.stderr.write(f"scope: {error}\n")
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
    wakeup = _signals(signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
    live = Live(inboxes, taps, settings.port, Presenter(output(sys.stdout, settings, columns), log), files, log)
    log.info(
        "scope_listening",
        calls=[address(sock.getsockname()) for sock in inboxes],
        packets=[address(sock.getsockname()) for sock in taps],
        captures=settings.captures,
    )
    try:
        while set(live.run(wakeup, settings.conversations)) == {signal.SIGUSR1}:
            _write_latest(live, settings, log)
        live.close()
    except BrokenPipeError:
        # Whoever read the ladders has seen enough; what is still buffered must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    log.info("scope_stopped", packets=live.packets, conversations=live.conversations)


def _bound(settings: LiveSettings, port: str, kind: socket.SocketKind) -> list[socket.socket]:
    return bound(settings.host, getattr(settings, port), kind, settings.variable(port))


def _files(settings: LiveSettings, log: Log) -> CaptureFiles | None:
    if not settings.captures:
        return None
    try:
        return CaptureFiles(Path(settings.captures), settings.capture_files, settings.capture_mib * _MIB, log)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        name = settings.variable("captures")
        raise SettingsInvalid(f"{name} (--captures) is {settings.captures!r}: cannot be written ({why})") from None


def _write_latest(live: Live, settings: LiveSettings, log: Log) -> None:
    if not settings.captures:
        log.warning("latest_not_written", why=f"{settings.variable('captures')} is empty: there is no folder for it")
        return
    path = Path(settings.captures) / "latest.json"
    try:
        live.latest.write(path)
    except OSError as error:
        log.warning("latest_not_written", file=str(path), why=error.strerror)
    else:
        log.info("latest_written", file=str(path), conversations=len(live.latest))


def _signals(*signums: signal.Signals) -> socket.socket:
    """Return a socket from which the numbers of these signals can be read as they come."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    # detach(): the descriptor lives as long as the process, whatever happens to the object.
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    for signum in signums:
        signal.signal(signum, lambda *_: None)  # C writes the byte; Python has nothing to do
    return reader
