"""What stands between us and a server, and may acknowledge all that comes and pass on nothing."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class SwallowingProxy:
    """A proxy of TCP on 127.0.0.1. port: its own."""

    host: str
    to_port: int
    port: int = 0
    _generation: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def swallow(self) -> None:
        """From now on nothing passes on connections that are open; new ones are as before."""
        self._generation += 1

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        generation = self._generation
        there, to_server = await asyncio.open_connection(self.host, self.to_port)
        self._open |= {writer, to_server}

        async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while data := await source.read(65_536):
                    if self._generation == generation:
                        target.write(data)
                        await target.drain()
            if self._generation == generation:
                target.close()

        await asyncio.gather(pass_on(reader, to_server), pass_on(there, writer))

    def close(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def swallowing_proxy(host: str, port: int) -> AsyncIterator[SwallowingProxy]:
    """A proxy in front of the server at an address."""
    proxy = SwallowingProxy(host, port)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    async with server:
        yield proxy
        proxy.close()
