"""asyncio streams with a line of JSON for each call: what Python alone can do."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

from gameserver.bench.wire.peers.common import HOST, Game, Task, drive, tell_port

if TYPE_CHECKING:
    from pathlib import Path

    from gameserver.bench.wire.peers.common import Loaded


def serve(port_file: Path) -> None:
    """Answer until the process is ended."""
    asyncio.run(_serve(port_file))


async def _serve(port_file: Path) -> None:
    game = Game()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while line := await reader.readline():
            number, method, arguments = json.loads(line)
            answer = getattr(game, method)(*arguments)
            writer.write(json.dumps([number, answer]).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, HOST, 0)
    tell_port(port_file, server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


class Client:
    """One connection; answers find their calls by number."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._hearing = asyncio.create_task(self._hear())

    async def call(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - any JSON
        """Call a method and wait for its answer."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        sent = json.dumps([number, method, arguments]).encode()
        self._writer.write(sent + b"\n")
        return await waiting

    async def _hear(self) -> None:
        while line := await self._reader.readline():
            number, answer = json.loads(line)
            self._waiting.pop(number).set_result(answer)

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._hearing


def load(port: int, task: Task) -> Loaded:
    """Call the server."""
    return asyncio.run(_load(port, task))


async def _load(port: int, task: Task) -> Loaded:
    streams = [
        await asyncio.open_connection(HOST, port) for _ in range(task.connections)
    ]
    clients = [Client(*each) for each in streams]
    try:
        return await drive(
            task,
            [_caller(client, task) for client in clients],
            lambda: clients[0].call("cpu"),
        )
    finally:
        for client in clients:
            await client.close()


def _caller(client: Client, task: Task) -> Any:  # noqa: ANN401 - what makes a call
    return lambda: client.call(task.method, *task.arguments)
