"""The Python peers: echo with asyncio and with uvloop, by a Protocol and by streams, as the documentation shows."""

import asyncio
import sys
from typing import cast

BACKLOG = 1024  # the same for every peer
READ_BYTES = 65_536  # what a stream buffers at the most; asyncio and uvloop set TCP_NODELAY themselves


class Echo(asyncio.Protocol):
    """Writes back what comes, and does not read on while the peer does not."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        """Echo."""
        self.transport.write(data)

    def pause_writing(self) -> None:
        """Stop reading: the peer is slow."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        self.transport.resume_reading()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo one connection until its peer is done."""
    try:
        while data := await reader.read(READ_BYTES):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(style: str, port: int) -> None:
    """Serve until killed; `style` is protocol or streams."""
    if style == "protocol":
        loop = asyncio.get_running_loop()
        server: asyncio.AbstractServer = await loop.create_server(Echo, "127.0.0.1", port, backlog=BACKLOG)
    else:
        server = await asyncio.start_server(echo, "127.0.0.1", port, backlog=BACKLOG)
    await server.serve_forever()


def main(name: str, port: int) -> None:
    """Serve as the peer of this name, such as uvloop-streams."""
    library, style = name.split("-")
    if library == "uvloop":
        import uvloop  # noqa: PLC0415 - the other two are measured without it

        uvloop.run(serve(style, port))
    else:
        asyncio.run(serve(style, port))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
