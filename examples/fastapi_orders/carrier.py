"""The carrier: a server of its own in the same process, that knows where each parcel is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

STATES = ("collected", "on its way", "delivered")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    order_id = int(await reader.readline())
    writer.write(f"{STATES[order_id % len(STATES)]}\n".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """Its port, while it serves."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def ask(host: str, port: int, order_id: int) -> str:
    """Where a parcel is. Nothing here blocks: asyncio looks names up in a thread, and waits for the connection."""
    reader, writer = await asyncio.open_connection(host, port, family=socket.AF_INET)
    writer.write(f"{order_id}\n".encode())
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line.decode().strip()
