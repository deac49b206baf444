"""Signals as bytes on a socket: a loop waits for them like for any other event, and no handler interrupts it."""

import signal
import socket


def signals_as_bytes(*signals: signal.Signals) -> socket.socket:
    """Return a non-blocking socket that delivers each of these signals as one byte, its number.

    Call it in the main thread, once a process (again after a fork). From then on no signal is blocked.
    """
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    # detach(): the descriptor stays open for as long as the process lives, whatever happens to the object. Bytes that
    # do not fit say nothing new.
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    for signum in signals:
        signal.signal(signum, lambda *_: None)  # the interpreter's C code writes the byte; Python has nothing to do
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return reader


def ending_signals() -> list[signal.Signals]:
    """Return the signals that ask a process to end. A hang-up of its terminal does, unless it is ignored (`nohup`)."""
    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, signal.SIGINT, *hang_up]


def stop_signals() -> None:
    """Deliver no more bytes, and stop the interval timer: the reader of the socket is about to go."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.set_wakeup_fd(-1)
