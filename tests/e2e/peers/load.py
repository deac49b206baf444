"""A load of concurrent sessions, each verified, until SIGTERM or the server's refusal: HOST WORKERS [PAUSE_S].

One session of its own stays open and busy until then, so that the server still has something to finish.
"""

import json
import random
import select
import signal
import socket
import sys
import threading
from collections import Counter

_DEADLINE_S = 120.0
_MAX_PAYLOAD_BYTES = 200_000  # several of the server's turns


class Load:
    """Workers that run sessions until stopped or refused; `failures` are those that connected and went wrong."""

    def __init__(self, host: str, workers: int, pause_s: float) -> None:
        self._host = host
        self._pause_s = pause_s
        self._threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(workers)]
        self._lock = threading.Lock()
        self._first = threading.Semaphore(0)
        self.stopped = threading.Event()
        self.verified = self.verified_bytes = 0
        self.ended: Counter[str] = Counter()
        self.failures: list[str] = []

    def start(self) -> None:
        """Start the workers, and return when each has verified a session."""
        for thread in self._threads:
            thread.start()
        for _ in self._threads:
            if not self._first.acquire(timeout=_DEADLINE_S):
                sys.exit(f"not every worker got a session: {self.failures}")

    @property
    def is_over(self) -> bool:
        """Every worker has been stopped or refused, or has failed."""
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, number: int) -> None:
        rng = random.Random(number)
        while not self.stopped.is_set():
            try:
                sock = socket.create_connection((self._host, 5000), timeout=_DEADLINE_S)
            except OSError as error:
                with self._lock:
                    self.ended[type(error).__name__] += 1
                return
            try:
                payload = rng.randbytes(rng.randrange(1, _MAX_PAYLOAD_BYTES))
                with sock:
                    echo(sock, payload)
            except (OSError, ValueError) as error:
                with self._lock:
                    self.failures.append(repr(error))
                return
            with self._lock:
                self.verified += 1
                self.verified_bytes += len(payload)
            self._first.release()
            self.stopped.wait(self._pause_s)


def echo(sock: socket.socket, payload: bytes) -> None:
    """Send and receive at once, finish sending, read to the end; raise ValueError unless it is the payload."""
    received = bytearray()
    unsent = memoryview(payload)
    poll = select.poll()
    sock.setblocking(False)
    poll.register(sock, select.POLLIN | select.POLLOUT)
    while True:
        ready = poll.poll(_DEADLINE_S * 1000)
        if not ready:
            raise ValueError(f"no progress after {len(received)} of {len(payload)} bytes")
        if ready[0][1] & select.POLLOUT:
            unsent = unsent[sock.send(unsent) :]
            if not unsent:
                sock.shutdown(socket.SHUT_WR)
                poll.modify(sock, select.POLLIN)
        if ready[0][1] & ~select.POLLOUT:
            chunk = sock.recv(65_536)
            received += chunk
            if not chunk:
                break
    if received != payload:
        raise ValueError(f"{len(received)} of {len(payload)} bytes came back, or other ones")


def is_echoed(sock: socket.socket) -> bool:
    """Tell whether a byte comes back; a server that was killed may reset the connection."""
    try:
        sock.sendall(b"s")
        return sock.recv(1) == b"s"
    except OSError:
        return False


def main(host: str, workers: int, pause_s: float) -> None:
    """Print `running` when every worker is at it, and what became of them as JSON at the end."""
    host = socket.gethostbyname(host)  # once: Docker's name server is not what is under load
    load = Load(host, workers, pause_s)
    signal.signal(signal.SIGTERM, lambda *_: load.stopped.set())
    with socket.create_connection((host, 5000), timeout=_DEADLINE_S) as steady:
        load.start()
        sys.stdout.write("running\n")
        sys.stdout.flush()
        steady_bytes = 0
        pace = threading.Event()
        is_steady = True
        while not load.is_over:
            if is_steady and (is_steady := is_echoed(steady)):
                steady_bytes += 1
            pace.wait(0.05)
        if not is_steady:
            load.failures.append(f"the steady session ended after {steady_bytes} bytes")
        else:
            steady.shutdown(socket.SHUT_WR)
            if steady.recv(1):
                load.failures.append("the steady session got more than it sent")
    report = {
        "verified": load.verified,
        "verified_bytes": load.verified_bytes + steady_bytes,
        "ended": load.ended,
        "failures": load.failures,
        "steady_bytes": steady_bytes,
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if sys.argv[3:] else 0)
