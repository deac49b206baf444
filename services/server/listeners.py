"""Listening sockets: how they are opened, how long their accept queues are, how a drain ends them without a reset."""

import contextlib
import socket
import struct
from typing import Any, NamedTuple

from shared.binding import BindFailed, close_all, listening
from shared.calls import Report, WatchedSocket

# Under back-pressure, the kernel holds this much of an echo beyond the peer's window; without a limit, a send buffer
# would grow to 4 MiB for each peer that does not read. Less would make fast peers wait for the echo loop's next turn.
_UNSENT_BYTES = 131_072

_SO_BINDTOIFINDEX = 62  # asm-generic/socket.h; the socket module does not name it

_NO_INTERFACE = 2**31 - 1  # the highest index that an interface could have: none has it, and the kernel does not check

# Where tcpi_unacked and tcpi_sacked stand in struct tcp_info (linux/tcp.h). For a listening socket they are the length
# of its accept queue and the queue's limit.
_ACCEPT_QUEUE = struct.Struct("=24xII")


def listen(
    host: str,
    port: int,
    backlog: int,
    report: Report | None = None,
    *,
    setting: str = "ECHO_PORT",
    shared: bool = False,
) -> list[socket.socket]:
    """Return a non-blocking listening socket for each address of `host`; `*` is all addresses.

    With port 0 all get the free port that the first was given. `setting` is the port's variable. Raises BindFailed.
    """

    def reported(sock: socket.socket) -> socket.socket | WatchedSocket:
        return sock if report is None else WatchedSocket(sock, "server", report)

    def bind(sock: socket.socket, sockaddr: Any) -> None:
        _set_options(sock, shared=shared)
        reported(sock).bind(sockaddr)

    return listening(host, port, backlog, setting, bind, lambda sock, backlog: reported(sock).listen(backlog))


def listen_for_each(
    workers: int, host: str, port: int, backlog: int, report: Report | None = None
) -> list[list[socket.socket]]:
    """Return what listen() does for each worker, all on one port by SO_REUSEPORT. Raises BindFailed."""
    # The first worker's sockets listen before they let others have their port. So only one of two servers can start
    # there, even at the same moment: with SO_REUSEPORT from the beginning they would share their clients.
    listeners = [listen(host, port, backlog, report)]
    for sock in listeners[0]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, workers > 1)
    port = listeners[0][0].getsockname()[1]
    try:
        listeners.extend(listen(host, port, backlog, report, shared=True) for _ in range(workers - 1))
    except BindFailed:
        close_all(sock for own in listeners for sock in own)
        raise
    return listeners


def _set_options(sock: socket.socket, *, shared: bool) -> None:
    """Set the options before bind(); accepted sockets inherit them from the listener."""
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # An echo is a reply, and must not wait for the peer's delayed ACK.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # An urgent byte is a byte like any other (RFC 6093), and is echoed in its place.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)


class AcceptQueue(NamedTuple):
    """Connections whose handshake is done and that wait for accept(); the kernel holds one more than the limit."""

    length: int
    limit: int


def accept_queue(listener: socket.socket) -> AcceptQueue:
    """Ask the kernel for a listener's accept queue."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACCEPT_QUEUE.size)
    return AcceptQueue(*_ACCEPT_QUEUE.unpack(info))


def refuse_new_handshakes(listener: socket.socket) -> None:
    """Make the kernel answer new SYNs as for a closed port, while handshakes under way finish and wait to be accepted.

    Closing a listener resets every connection in its accept queue, and one can always arrive between the last accept
    and the close. With the listener bound to an interface that is not there first, no SYN finds it, and the queue can
    be emptied for good. (A socket filter that drops SYNs would do, but newer kernels want CAP_NET_ADMIN for it.)
    """
    # Before Linux 5.7 only root may do this; without it, a connection that arrives just before the close is lost.
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, _NO_INTERFACE)


def stop_listening(listener: socket.socket) -> None:
    """End a listener for every process that shares it, and close this process's descriptor of it."""
    with contextlib.suppress(OSError):  # ENOTCONN: another process that shares it has ended it already
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
