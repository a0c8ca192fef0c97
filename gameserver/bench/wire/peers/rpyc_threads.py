"""RPyC with a thread for each connection, as its own server has.

``move`` gives tuples: dicts would stay on the server, each look at one a call.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import rpyc
from rpyc.utils.server import ThreadedServer

from gameserver.bench.wire.peers.common import (
    HOST,
    WARM_UP,
    Game,
    Loaded,
    Task,
    check,
    tell_port,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class GameService(rpyc.Service):  # type: ignore[misc]  # rpyc has no annotations
    """The game, by the names that RPyC wants."""

    _game = Game()

    def exposed_greet(self, name: str) -> str:
        """Greet somebody."""
        return self._game.greet(name)

    def exposed_move(self, dx: int, dy: int) -> object:
        """Look where a step would lead."""
        return by_value(self._game.move(dx, dy))

    def exposed_cpu(self) -> int:
        """Give the CPU time of this process, in nanoseconds."""
        return self._game.cpu()


def by_value(value: object) -> object:
    """Give what is sent as it is, where the value itself would be a reference."""
    if isinstance(value, dict):
        return tuple((key, by_value(each)) for key, each in value.items())
    return tuple(value) if isinstance(value, list) else value


def serve(port_file: Path) -> None:
    """Answer until the process is ended."""
    server = ThreadedServer(GameService, hostname=HOST, port=0)
    tell_port(port_file, server.port)
    server.start()


class Caller:
    """One connection with some calls in flight; the oldest is waited for."""

    def __init__(self, connection: Any, task: Task) -> None:  # noqa: ANN401 - rpyc's
        self._call = rpyc.async_(getattr(connection.root, task.method))
        self._arguments = task.arguments
        self._answer = by_value(task.answer)
        self._waiting: deque[tuple[float, Any]] = deque()

    def send(self) -> None:
        """Call once more."""
        self._waiting.append((time.perf_counter(), self._call(*self._arguments)))

    def receive(self) -> float:
        """Wait for the oldest call; gives how long it took."""
        begun, asked = self._waiting.popleft()
        check(asked.value, self._answer)
        return time.perf_counter() - begun


def load(port: int, task: Task) -> Loaded:
    """Call the server."""
    connections = [rpyc.connect(HOST, port) for _ in range(task.connections)]
    try:
        callers = [Caller(each, task) for each in connections]
        loaded, cpu = Loaded(), connections[0].root.cpu
        _spell(callers, task.window, task.seconds * WARM_UP, loaded)
        loaded.begin(cpu())
        _spell(callers, task.window, task.seconds, loaded)
        loaded.pause()
        loaded.end(cpu())
        return loaded
    finally:
        for each in connections:
            each.close()


def _spell(
    callers: Sequence[Caller], window: int, seconds: float, loaded: Loaded
) -> None:
    until = time.perf_counter() + seconds
    for caller in callers:
        for _ in range(window):
            caller.send()
    while time.perf_counter() < until:
        for caller in callers:
            loaded.delays.append(caller.receive())
            caller.send()
    for caller in callers:
        loaded.delays += [caller.receive() for _ in range(window)]
