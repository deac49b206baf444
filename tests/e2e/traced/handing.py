"""A server whose parent accepts, and hands each connection to its worker (SCM_RIGHTS), which echoes by splice()."""

import os
import socket

SIZE = 65_536


def work(inbox: socket.socket) -> None:
    """Echo on each connection that is handed over, one after another."""
    while True:
        _, (fd,), _, _ = socket.recv_fds(inbox, 1, 1)
        reader, writer = os.pipe()
        while moved := os.splice(fd, writer, SIZE):
            while moved:
                moved -= os.splice(reader, fd, moved)
        for one in (reader, writer, fd):
            os.close(one)


def main() -> None:
    """Accept until stopped."""
    ours, workers = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    if os.fork() == 0:
        ours.close()
        work(workers)
    workers.close()
    listener = socket.create_server(("", 5000))
    while True:
        connection, _ = listener.accept()
        socket.send_fds(ours, [b"-"], [connection.fileno()])
        connection.close()


if __name__ == "__main__":
    main()
