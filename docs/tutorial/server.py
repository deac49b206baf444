"""An echo server as a tutorial writes it: one client at a time.

`make trace` runs it beside client.py, and shows what its calls do on the wire.
"""

import os
import socket

HOST, PORT = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))


def main() -> None:
    """Serve whoever comes, one after another, until stopped."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, PORT))
    listener.listen(5)
    print("waiting on port", PORT, flush=True)
    while True:
        connection, address = listener.accept()
        print("connected by", address, flush=True)
        while data := connection.recv(2048):
            print("received", data, flush=True)
            connection.send(data)
        print("closed by", address, flush=True)
        connection.close()


if __name__ == "__main__":
    main()
