"""The page's process: beside the live loop, as the server's observer is beside its workers, and of less weight."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from services.scope.page.handover import Sender

# Lower priority than the live loop, which goes first when the CPU is busy.
_NICE = 10

# Requests and streams together; a browser has six at most, and a stream for each tab.
_MAX_CONNECTIONS = 64

# That draw: a container has room for 16 processes and threads in all.
_THREADS = 4


class Page:
    """The process, and the way to it; `offer` and `flush` are the sender's."""

    def __init__(self, sender: Sender, pid: int) -> None:
        self.offer, self.flush = sender.offer, sender.flush
        self._pid = pid

    def reap(self) -> None:
        """Take the exit status of a process that has ended, which else stays a zombie for as long as the scope runs."""
        with suppress(ChildProcessError):
            os.waitpid(self._pid, os.WNOHANG)


def start(listeners: list[socket.socket], hosts: frozenset[str], keep: int, close_others: Callable[[], None]) -> Page:
    """Fork the page's process, which serves on these listeners until this process is gone; raise OSError if it cannot.

    `close_others` is called there: it closes what only this process may hold open.
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
    """Serve the page on bound listeners, until whoever sends to `handed` is gone."""
    # Imported here: 20 MiB that a scope without a page does not need.
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
