"""grpc.aio with JSON in place of protocol buffers: no code has to be generated."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

import grpc

from gameserver.bench.wire.peers.common import HOST, Game, Task, drive, tell_port

if TYPE_CHECKING:
    from pathlib import Path

    from gameserver.bench.wire.peers.common import Loaded

_SERVICE: Final = "bench.Game"
_OWN_CONNECTION: Final = (("grpc.use_local_subchannel_pool", 1),)
"""Without it all channels to one address share a connection."""


def serve(port_file: Path) -> None:
    """Answer until the process is ended."""
    asyncio.run(_serve(port_file))


async def _serve(port_file: Path) -> None:
    server = grpc.aio.server()
    methods = {name: _method(name) for name in ("greet", "move", "cpu")}
    handler = grpc.method_handlers_generic_handler(_SERVICE, methods)
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port(f"{HOST}:0")
    await server.start()
    tell_port(port_file, port)
    await server.wait_for_termination()


def _method(name: str) -> Any:  # noqa: ANN401 - grpc has no annotations
    act = getattr(Game(), name)

    async def answered(request: list[Any], context: object) -> list[object]:
        del context
        return [act(*request)]  # grpc encodes a bare text before it asks us to

    return grpc.unary_unary_rpc_method_handler(answered, json.loads, _written)


def _written(value: object) -> bytes:
    return json.dumps(value).encode()


def load(port: int, task: Task) -> Loaded:
    """Call the server."""
    return asyncio.run(_load(port, task))


async def _load(port: int, task: Task) -> Loaded:
    channels = [
        grpc.aio.insecure_channel(f"{HOST}:{port}", options=_OWN_CONNECTION)
        for _ in range(task.connections)
    ]
    try:
        return await drive(
            task,
            [_caller(channel, task.method, task.arguments) for channel in channels],
            _caller(channels[0], "cpu", ()),
        )
    finally:
        for channel in channels:
            await channel.close()


def _caller(channel: Any, method: str, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - grpc has no annotations
    call = channel.unary_unary(f"/{_SERVICE}/{method}", _written, json.loads)

    async def called() -> object:
        (answer,) = await call(arguments)
        return answer

    return called
