"""The measured server: ``gameserver run``, and clocks at its reactor.

``python -m gameserver.bench.reload.probed CONFIG [--no-control]``. It is ``gameserver
run --config CONFIG`` in everything else.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.internet import reactor

from gameserver.bench.reload.control import Control
from gameserver.bench.reload.probe import PROBE, attach
from gameserver.bench.reload.steal import Steal
from gameserver.config import load
from gameserver.run import begin_log, make_server

if __name__ == "__main__":
    settings = load(Path(sys.argv[1]), {})
    begin_log(settings.log.level, sys.stderr)
    server = make_server(settings, reactor)
    attach(PROBE, reactor)
    PROBE.steal = Steal()
    if "--no-control" not in sys.argv[2:]:
        PROBE.control = Control.calibrated()
    server.startService()
    reactor.addSystemEventTrigger("before", "shutdown", server.stopService)
    reactor.run()
