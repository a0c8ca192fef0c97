"""The store alone, as a process: callers that save, wait for the commit, save again.

``python -m gameserver.bench.durable.storing FOLDER SECONDS CALLERS`` makes a database
in the folder and prints changes per second, p50 and p99 in milliseconds, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred, gatherResults

from gameserver.bench.durable.disk import state
from gameserver.bench.figures import percentile
from gameserver.bench.load import Delay
from gameserver.model.batch import Batch
from gameserver.model.snapshot import Snapshot
from gameserver.store.sql import SqlStore

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorCore


async def save_again_and_again(
    store: SqlStore, name: str, deadline: float
) -> list[Delay]:
    """Save one avatar, each time changed, until the deadline; give each delay."""
    delays: list[Delay] = []
    began = time.perf_counter()
    while began < deadline:
        revision = len(delays) + 1
        saved = Snapshot("avatar", name, 1, state(revision), revision)
        await store.commit(Batch((saved,)))
        ended = time.perf_counter()
        delays.append(Delay(ended - began, 1))
        began = ended
    return delays


async def measured(store: SqlStore, seconds: float, callers: int) -> dict[str, float]:
    """Have so many callers save for so long; close the store."""
    began = time.perf_counter()
    each = [
        Deferred.fromCoroutine(
            save_again_and_again(store, f"p{number}", began + seconds)
        )
        for number in range(callers)
    ]
    delays = [delay for one in await gatherResults(each) for delay in one]
    elapsed = time.perf_counter() - began
    await store.close()
    return {
        "per_second": len(delays) / elapsed,
        "p50_ms": percentile(delays, 0.5) * 1e3,
        "p99_ms": percentile(delays, 0.99) * 1e3,
    }


def main(reactor: Any, folder: Path, seconds: float, callers: int) -> None:  # noqa: ANN401 - many interfaces in one
    """Measure and print; the caller runs the reactor, which is stopped at the end."""
    store = SqlStore.open(folder / "store.sqlite", reactor.callFromThread)
    done = Deferred.fromCoroutine(measured(store, seconds, callers))
    done.addCallback(lambda figures: print(json.dumps(figures)))  # noqa: T201 - the answer
    done.addErrback(lambda failure: sys.stderr.write(failure.getTraceback()))
    done.addBoth(lambda _: _stop(reactor))


def _stop(reactor: IReactorCore) -> None:
    reactor.stop()


if __name__ == "__main__":
    where, how_long, how_many = sys.argv[1:]
    installed_reactor.callWhenRunning(
        main, installed_reactor, Path(where), float(how_long), int(how_many)
    )
    installed_reactor.run()
