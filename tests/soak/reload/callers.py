"""A process with some of the callers: ``python -m tests.soak.reload.callers TASK``.

``TASK``: a file with JSON: ``endpoint``, ``tokens`` by name, ``rate`` in calls of each
caller a second, ``seed``. It prints a line of JSON each second; at SIGTERM it sends no
more, waits for what is open, prints a last line with ``"is_last"`` and ends.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import LoopingCall, deferLater

from gameserver.client import GameClient
from gameserver.reacting import result_of
from tests.soak.reload.caller import Caller, Log

_PATIENCE = 60.0  # seconds, for a login among hundreds
_LISTEN = 0.3  # seconds, for what was told after the last answer


async def work(reactor: Any, task: dict[str, Any]) -> None:
    """Log all in, call until SIGTERM, and say what came of it."""
    log, random = Log(), Random(task["seed"])  # noqa: S311 - no secret
    callers = []
    for name, token in task["tokens"].items():
        client = GameClient(task["endpoint"], reactor=reactor, timeout=_PATIENCE)
        own = Random(random.random())  # noqa: S311 - no secret
        caller = Caller(name, client, reactor, own, log)
        await client.login_token(name, token)
        callers.append(caller)
    stopped: Deferred[None] = Deferred()
    signal.signal(
        signal.SIGTERM, lambda *_: reactor.callFromThread(stopped.callback, None)
    )
    for caller in callers:
        caller.begin(task["rate"])
    show = LoopingCall(lambda: say(log.shown()))
    show.clock = reactor
    show.start(1.0)
    await stopped
    await DeferredList([caller.end() for caller in callers])
    await deferLater(reactor, _LISTEN)
    show.stop()
    for caller in callers:
        caller.is_over = True
        await caller.client.close()
    say({**log.shown(), "is_last": True})


def say(shown: dict[str, Any]) -> None:
    """Print a line for whoever has started this process."""
    sys.stdout.write(json.dumps(shown) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    result_of(lambda reactor: work(reactor, given))
