"""``python -m gameserver.bench.wire.peers NAME PORT_FILE``: serve.

With a port and a task in place of the file it is the client, and prints its figures as
JSON.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import click

from gameserver.bench.wire.peers.common import Task

if __name__ == "__main__":
    peer = import_module(f"gameserver.bench.wire.peers.{sys.argv[1]}")
    if len(sys.argv) == 3:  # noqa: PLR2004 - this module, the name, the file
        peer.serve(Path(sys.argv[2]))
    else:
        port, method, connections, window, seconds = sys.argv[2:]
        task = Task(method, int(connections), int(window), float(seconds))
        click.echo(json.dumps(peer.load(int(port), task).figures()))
