"""An echo client as a tutorial writes it: it sends a message, and reads until all of it is back.

`make trace` runs it beside server.py, and shows what its calls do on the wire.
"""

import os
import socket
import time

HOST, PORT = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
MESSAGE = b"Hello"
# So long it keeps the connection to itself, when there is another client to be seen waiting.
PAUSE_S = float(os.environ.get("PAUSE", "0"))


def main() -> None:
    """Have one message echoed."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.connect((HOST, PORT))
    print("sending", MESSAGE, flush=True)
    connection.sendall(MESSAGE)
    received = 0
    while received < len(MESSAGE):
        data = connection.recv(10)
        if not data:
            break
        print("received", data, flush=True)
        received += len(data)
    time.sleep(PAUSE_S)
    connection.close()


if __name__ == "__main__":
    main()
