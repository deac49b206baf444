"""The process that serves the page, so that a browser never delays the live loop."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from services.scope.page.handover import Sender

# Lower priority than the live loop's.
_NICE = 10

# Requests and streams together; a browser has six requests at most, and a stream for each tab.
_MAX_CONNECTIONS = 64

# Threads that draw; the container may have 16 processes and threads in all.
_THREADS = 4


class Page:
    """A running page process; `offer` and `flush` send conversations to it."""

    def __init__(self, sender: Sender, pid: int) -> None:
        self.offer, self.flush = sender.offer, sender.flush
        self._pid = pid

    def reap(self) -> None:
        """Take the exit status of the process if it has ended; else it stays a zombie until the scope ends."""
        with suppress(ChildProcessError):
            os.waitpid(self._pid, os.WNOHANG)


def start(listeners: list[socket.socket], hosts: frozenset[str], keep: int, close_others: Callable[[], None]) -> Page:
    """Fork the process that serves on these listeners until this process is gone. Raises OSError if the fork fails.

    The new process calls `close_others`, which closes the sockets that only this process may hold open.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            close_others()
            os.nice(_NICE)
            serve(listeners, theirs, hosts, keep)
            code = 0
        except KeyboardInterrupt:
            code = 0
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)
    theirs.close()
    return Page(Sender(ours), pid)


def serve(listeners: list[socket.socket], handed: socket.socket, hosts: frozenset[str], keep: int) -> None:
    """Serve the page on bound listeners, until the other end of `handed` is closed."""
    # Imported only here: they take 20 MiB, which a scope without a page does not need.
    import uvicorn  # noqa: PLC0415 - see above
    from anyio.to_thread import current_default_thread_limiter  # noqa: PLC0415 - see above

    from services.scope.page.app import application  # noqa: PLC0415 - see above
    from services.scope.page.events import Hub  # noqa: PLC0415 - see above
    from services.scope.page.handover import receive  # noqa: PLC0415 - see above
    from services.scope.page.shelf import Shelf  # noqa: PLC0415 - see above

    shelf, hub = Shelf(keep), Hub()
    config = uvicorn.Config(
        application(shelf, hub, hosts),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    async def fill() -> None:
        async for one in receive(handed):
            kept = shelf.add(one.conversation, one.packets)
            hub.publish("conversation", {**kept.row(), "passed_over": one.passed_over}, kept.id)
        server.should_exit = True  # the scope is gone

    async def run() -> None:
        current_default_thread_limiter().total_tokens = _THREADS
        filling = asyncio.create_task(fill())
        await server.serve(listeners)
        filling.cancel()

    asyncio.run(run())
