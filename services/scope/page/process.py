"""The process that serves the page, so that a browser never delays the live loop."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from services.scope.page.handover import Handed, Sender, receive
from services.scope.page.system import Server, System
from shared.load.second import LoadSecond

if TYPE_CHECKING:  # imported where they are needed: see serve()
    from services.scope.page.events import Hub
    from services.scope.page.load import LoadBoard
    from services.scope.page.shelf import Shelf

# Lower priority than the live loop's.
_NICE = 10

# Requests and streams together; a browser has six requests at most, and a stream for each tab.
_MAX_CONNECTIONS = 64

# Threads that draw; the container may have 16 processes and threads in all.
_THREADS = 4


class Page:
    """A running page process: `offer` sends conversations, `offer_load` loads, `tell` how the whole system does."""

    def __init__(self, sender: Sender, pid: int) -> None:
        self.offer, self.offer_load = sender.offer, sender.offer_load
        self.flush, self.tell = sender.flush, sender.tell
        self._sender = sender
        self._pid = pid

    @property
    def passed_over(self) -> int:
        """How many conversations were not sent so far."""
        return self._sender.passed_over

    def reap(self) -> None:
        """Take the exit status of the process if it has ended; else it stays a zombie until the scope ends."""
        with suppress(ChildProcessError):
            os.waitpid(self._pid, os.WNOHANG)


def start(
    listeners: list[socket.socket],
    hosts: frozenset[str],
    keep: int,
    close_others: Callable[[], None],
    metrics: tuple[str, int] | None = None,
) -> Page:
    """Fork the process that serves on these listeners until this process is gone. Raises OSError if the fork fails.

    The new process calls `close_others`, which closes the sockets that only this process may hold open. `metrics` is
    where the server has its own.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            close_others()
            os.nice(_NICE)
            serve(listeners, theirs, hosts, keep, metrics)
            code = 0
        except KeyboardInterrupt:
            code = 0
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)
    theirs.close()
    # The page keeps no more, so it would not have shown the others for a second.
    return Page(Sender(ours, most_per_s=keep), pid)


def serve(
    listeners: list[socket.socket],
    handed: socket.socket,
    hosts: frozenset[str],
    keep: int,
    metrics: tuple[str, int] | None = None,
) -> None:
    """Serve the page on bound listeners, until the other end of `handed` is closed."""
    # Imported only here: they take 20 MiB, which a scope without a page does not need.
    import uvicorn  # noqa: PLC0415 - see above
    from anyio.to_thread import current_default_thread_limiter  # noqa: PLC0415 - see above

    from services.scope.page.app import application  # noqa: PLC0415 - see above
    from services.scope.page.events import Hub  # noqa: PLC0415 - see above
    from services.scope.page.load import LoadBoard  # noqa: PLC0415 - see above
    from services.scope.page.shelf import Shelf  # noqa: PLC0415 - see above

    shelf, hub, board = Shelf(keep), Hub(), LoadBoard()
    config = uvicorn.Config(
        application(shelf, hub, hosts, board),
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

    async def run() -> None:
        current_default_thread_limiter().total_tokens = _THREADS
        filling = asyncio.create_task(_fill(handed, shelf, hub, board, Server(metrics)))
        filling.add_done_callback(lambda _: setattr(server, "should_exit", True))  # the scope is gone
        await server.serve(listeners)
        filling.cancel()

    asyncio.run(run())


async def _fill(handed: socket.socket, shelf: "Shelf", hub: "Hub", board: "LoadBoard", server: Server) -> None:
    """Take what the live loop sends, until its end of the socket is closed, and tell the pages that are open."""
    telling: asyncio.Task[None] | None = None

    async def tell(system: System) -> None:
        hub.publish("system", system.event(await server.metrics()))

    async for one in receive(handed):
        if isinstance(one, Handed):
            kept = shelf.add(one.conversation, one.packets)
            if hub.streams:
                hub.publish("conversation", {**kept.row(), "passed_over": one.passed_over}, kept.id)
        elif isinstance(one, LoadSecond):
            board.add(one)
        elif hub.streams:
            # Each second there is a System: then what has come of a load since is told as well.
            if (load := board.changes()) is not None:
                hub.publish("load", load)
            if telling is None or telling.done():
                # Beside this loop: a server that does not answer must not hold up the conversations.
                telling = asyncio.create_task(tell(one))
