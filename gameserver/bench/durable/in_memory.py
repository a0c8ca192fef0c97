"""The same server without durability: what it saves goes to a dict.

``python -m gameserver.bench.durable.in_memory CONFIG`` is ``gameserver run --config
CONFIG`` in everything else: accounts, log, sweep and turns are those of the product.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.internet import reactor

from gameserver.config import load
from gameserver.run import begin_log, make_server
from gameserver.store.memory import MemoryStore

if __name__ == "__main__":
    settings = load(Path(sys.argv[1]), {})
    begin_log(settings.log.level, sys.stderr)
    server = make_server(settings, reactor)
    server.startService()
    # Nothing has been loaded yet: that begins when the reactor runs.
    server.game.ledger._store = MemoryStore()  # noqa: SLF001 - the one difference
    reactor.addSystemEventTrigger("before", "shutdown", server.stopService)
    reactor.run()
