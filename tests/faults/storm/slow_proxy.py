"""A proxy that can also be slow: what it lets through comes late, in order."""

from __future__ import annotations

import asyncio
import contextlib

from tests.support.proxy import Connect, Proxy


class SlowProxy(Proxy):
    """`delay` seconds lie between what one end says and what the other hears."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect)
        self.delay = 0.0

    async def _flow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
