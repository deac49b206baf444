"""The edge of the tracer: environment, log, signals, exit code."""

import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Sequence

from services.tracer import strace
from services.tracer.following import Following
from services.tracer.forwarding import Forwarding
from services.tracer.settings import TracerSettings
from services.tracer.strace import StraceImpossible
from shared.calls import Call, Report, log_calls
from shared.feeding.feed import Feed
from shared.flags import EXIT_BAD_SETTINGS, SettingsInvalid
from shared.log import Log, configure_logging
from shared.sink import complain
from shared.strace.trace import Gap, Trace

_EXIT_NO_COMMAND = 127  # as a shell has it


def main(arguments: list[str]) -> int:
    """Run the command under strace; return its exit code.

    2 where a setting is wrong, strace does not work, or no thread could be started for signals; 127: no such command.
    """
    try:
        settings, command = TracerSettings.load_with_command(arguments)
        found = strace.find()
        if settings.pid is None:
            strace.try_out(found)
    except (SettingsInvalid, StraceImpossible) as error:
        complain("tracer", error)
        return EXIT_BAD_SETTINGS
    if command and shutil.which(command[0]) is None:
        complain("tracer", f"there is no command {command[0]!r}")
        return _EXIT_NO_COMMAND
    log = configure_logging("tracer", settings)
    forwarding = Forwarding()
    try:
        forwarding.start()
    except RuntimeError as error:
        complain("tracer", error)
        return EXIT_BAD_SETTINGS
    status = _trace(found, settings, command, forwarding, log)
    if status is None:
        return EXIT_BAD_SETTINGS
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        _die_by(-code)
        return 128 - code
    return code


def _trace(
    found: str, settings: TracerSettings, command: Sequence[str], forwarding: Forwarding, log: Log
) -> int | None:
    """Trace until the program ends; return strace's wait status, or None if strace could not attach."""
    trace = Trace(socket.gethostname(), settings.name or None)
    reader, writer = os.pipe()
    errors = os.pipe() if settings.pid is not None else None
    # strace opens the pipe through /proc: an inherited descriptor would be open in the program as well.
    out = f"/proc/{os.getpid()}/fd/{writer}"
    target = list(command) if settings.pid is None else ["-p", str(settings.pid)]
    pid = strace.start(found, trace.names, out, target, errors[1] if errors is not None else None)
    feed = Feed(settings.scope_address, "tracer", log) if settings.scope_address is not None else None
    if feed is not None:
        feed.start([])

    def attend() -> None:
        if feed is not None:
            for unseen in trace.unseen():
                feed.notify("io_uring", service=unseen.service, pid=unseen.pid)
            feed.flush()

    following = Following(reader, trace, _report(feed, settings, log), attend)
    if settings.pid is not None:
        forwarding.to(pid)  # strace itself: it detaches, and the program goes on
    program = following.first(writer, lambda: _has_ended(pid))
    if settings.pid is None:
        forwarding.to(program)
    following.run()
    _, status = os.waitpid(pid, 0)
    forwarding.to(None)
    attend()
    if feed is not None:
        feed.close()
    if errors is not None and not following.records and status and program is None:
        os.close(errors[1])
        said = os.read(errors[0], 4096).decode(errors="replace").strip().splitlines()
        complain("tracer", f"cannot trace process {settings.pid}: {(said or ['no reason given'])[0]}")
        return None
    _tell_gaps(trace, log)
    return status if settings.pid is None else 0


def _report(feed: Feed | None, settings: TracerSettings, log: Log) -> Report:
    """Return the function that takes call records: it sends them to the scope, and at debug logs them."""
    to_log = log_calls(log) if settings.log_level == "debug" else None

    def report(call: Call) -> None:
        if to_log is not None:
            to_log(call)
        if feed is not None:
            feed.send(call)

    return report


def _tell_gaps(trace: Trace, log: Log) -> None:
    """Log which calls of the program the records do not contain."""
    if trace.gaps[Gap.IO_URING]:
        log.warning("io_uring_used", count=trace.gaps[Gap.IO_URING])
    if trace.gaps[Gap.ATTACHED_LATE]:
        log.warning("sockets_older", count=trace.gaps[Gap.ATTACHED_LATE])


def _has_ended(pid: int) -> bool:
    """Tell whether a child has ended, without taking its exit status."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _die_by(signum: int) -> None:
    """End by the same signal as the program, so that the parent of this process sees the same exit status."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no second core file
    if signum not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signum,))
    os.kill(os.getpid(), signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
