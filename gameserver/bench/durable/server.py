"""Start the server that is measured, on a data directory of its own."""

from __future__ import annotations

import json
import shutil
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gameserver.bench.connection import Target
from gameserver.bench.durable.world import Login, make_world
from gameserver.bench.subjects import GAMESERVER, NO_HASTE, first_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

SQL: Final = "SQLite"
MEMORY: Final = "in memory"

_SETTINGS: Final = """\
[server]
data = {data}
plugins = {plugins}
listen = ["tcp:0:interface=127.0.0.1"]
port_file = {port_file}
"""


@dataclass(frozen=True)
class Site:
    """A folder with data, plugin and settings, ready for a server; used many times."""

    folder: Path
    logins: tuple[Login, ...]

    @classmethod
    def made(cls, folder: Path, clients: int, stored: int = 0) -> Site:
        """Make it in a new folder, with so many clients and avatars at rest."""
        plugins = folder / "plugins"
        plugins.mkdir(parents=True)
        source = Path(__file__).with_name("earner.py")
        shutil.copy(source, plugins / "bench_earner.py")
        logins = make_world(folder / "data", clients, stored)
        places = {"data": "data", "plugins": "plugins", "port_file": "port"}
        quoted = {key: json.dumps(str(folder / name)) for key, name in places.items()}
        (folder / "gameserver.toml").write_text(_SETTINGS.format(**quoted) + NO_HASTE)
        return cls(folder, tuple(logins))

    @contextmanager
    def served(self, kind: str = SQL) -> Iterator[Served]:
        """Run ``gameserver run``, or the same ``MEMORY``; stop it at the end."""
        config, port_file = self.folder / "gameserver.toml", self.folder / "port"
        port_file.unlink(missing_ok=True)
        own = [sys.executable, "-m", "gameserver.bench.durable.in_memory", str(config)]
        command = [*GAMESERVER, "run", "--config", str(config)] if kind == SQL else own
        began = time.perf_counter()
        with running(command, self.folder) as server:
            port = first_port(port_file, server)
            targets = [Target(kind, port, x.account, x.secret) for x in self.logins]
            yield Served(targets, began)


@dataclass(frozen=True)
class Served:
    """A running server: a target for each client, and when its process began.

    ``began``: on the clock of ``time.perf_counter``, seconds.
    """

    targets: list[Target]
    began: float
