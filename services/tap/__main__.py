"""The edge of the tap: environment, log, signals, exit code."""

import signal
import sys

from services.tap.capturing import SNAP_BYTES, Capture, CaptureImpossible
from services.tap.relay import Relay
from services.tap.settings import AUTO, TapSettings
from services.tap.streaming import Stream
from services.tap.uplink import NoUplink, interface_towards
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.log import configure_logging
from shared.signals import signals_as_bytes
from shared.sink import complain

# At the end, time to send what is queued: less than the `stop_grace_period` of the compose file.
_FLUSH_S = 2.0

# A scope that starts with the tap is there within so many seconds.
_QUIET_S = 10.0

EXIT_FAILED = 1


def main(arguments: list[str]) -> int:
    """Capture until stopped; return the exit code.

    0 stopped, 1 the interface went away or there was no thread for the stream, 2 bad settings.
    """
    try:
        settings = TapSettings.load(arguments)
        interface = _interface(settings)
        capture = Capture(interface, settings.port)
    except (SettingsInvalid, CaptureImpossible) as error:
        complain("tap", error)
        return EXIT_BAD_SETTINGS
    log = configure_logging("tap", settings)
    stop = signals_as_bytes(signal.SIGTERM, signal.SIGINT)
    try:
        stream = Stream(settings.packets_address, SNAP_BYTES, log, name=settings.told_name, quiet_s=_QUIET_S)
    except RuntimeError as error:  # pids.max, RLIMIT_NPROC
        complain("tap", error)
        return EXIT_FAILED
    relay = Relay(capture, stream, log)
    log.info("capture_started", interface=interface, port=settings.port, snap_bytes=SNAP_BYTES)
    code = 0
    try:
        relay.run(stop)
    except OSError as error:
        # Its network namespace is being taken down. Docker starts the tap again (`restart: on-failure`).
        log.warning("interface_lost", interface=interface, why=error.strerror)
        code = EXIT_FAILED
    stream.close(_FLUSH_S)
    relay.report()
    log.info("capture_stopped", packets=relay.packets, lost=relay.lost)
    return code


def _interface(settings: TapSettings) -> str:
    """Return the interface that is meant; raise CaptureImpossible where there is none."""
    if settings.interface != AUTO:
        return settings.interface
    try:
        return interface_towards(settings.packets_address)
    except NoUplink as error:
        raise CaptureImpossible(AUTO, str(error)) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
