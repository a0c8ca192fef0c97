"""Pyro5, whose proxies wait for each answer: a thread for each, with its own proxy."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import Pyro5.api

from gameserver.bench.wire.peers.common import (
    HOST,
    WARM_UP,
    Game,
    Loaded,
    Task,
    check,
    tell_port,
)
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = "game"


def serve(port_file: Path) -> None:
    """Answer until the process is ended."""
    Pyro5.api.expose(Game)
    daemon = Pyro5.api.Daemon(host=HOST, port=0)
    daemon.register(Game(), _NAME)
    tell_port(port_file, int(daemon.locationStr.rpartition(":")[2]))
    daemon.requestLoop()


def load(port: int, task: Task) -> Loaded:
    """Call the server."""
    loaded = Loaded()
    uri = f"PYRO:{_NAME}@{HOST}:{port}"
    with Pyro5.api.Proxy(uri) as clock:
        clock.cpu()
        _spell(uri, task, task.seconds * WARM_UP, loaded)
        loaded.begin(clock.cpu())
        _spell(uri, task, task.seconds, loaded)
        loaded.pause()
        loaded.end(clock.cpu())
    return loaded


def _spell(uri: str, task: Task, seconds: float, loaded: Loaded) -> None:
    together = threading.Barrier(task.connections)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with Pyro5.api.Proxy(uri) as proxy:
                loaded.delays.extend(_calls(proxy, task, seconds, together))
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            together.abort()
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(task.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise MeasurementFailed(f"a thread failed: {failures[0]!r}") from failures[0]


def _calls(
    proxy: Any,  # noqa: ANN401 - Pyro's
    task: Task,
    seconds: float,
    together: threading.Barrier,
) -> list[float]:
    call = getattr(proxy, task.method)
    delays: list[float] = []
    check(call(*task.arguments), task.answer)  # it connects at its first call
    together.wait()
    until = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until or not delays:  # one call at least
        check(call(*task.arguments), task.answer)
        delays.append(time.perf_counter() - begun)
    return delays
