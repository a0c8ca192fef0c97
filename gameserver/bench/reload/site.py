"""A folder with data, plugin and settings, and the servers that run on it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench.connection import Target
from gameserver.bench.durable.world import Login, make_world
from gameserver.bench.reload.game import PLUGIN, text
from gameserver.bench.subjects import GAMESERVER, NO_HASTE, first_port, running
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME: Final = "gameserver"

_SETTINGS: Final = """\
[server]
data = {data}
plugins = {plugins}
listen = ["tcp:0:interface=127.0.0.1"]
port_file = {port_file}

[realm]
retire_after = 31536000

[reload]
rehearse_seconds = 600
"""
_PATIENCE: Final = 600.0  # seconds for a release


@dataclass(frozen=True)
class Site:
    """One world with the plugin's text of version 1, ready for a server."""

    folder: Path
    logins: tuple[Login, ...]

    @classmethod
    def made(cls, folder: Path, clients: int, stored: int) -> Site:
        """Make it in a new folder, with so many clients and avatars at rest."""
        (folder / "plugins").mkdir(parents=True)
        logins = make_world(folder / "data", clients, stored)
        places = {"data": "data", "plugins": "plugins", "port_file": "port"}
        quoted = {key: json.dumps(str(folder / name)) for key, name in places.items()}
        (folder / "gameserver.toml").write_text(_SETTINGS.format(**quoted) + NO_HASTE)
        site = cls(folder, tuple(logins))
        site.write(1)
        return site

    def write(self, version: int) -> None:
        """Put the text of a version into the plugin folder, as one step."""
        file = self.folder / "plugins" / f"{PLUGIN}.py"
        new = file.with_suffix(".new")
        new.write_text(text(version))
        os.replace(new, file)  # noqa: PTH105 - says what it does

    @contextmanager
    def served(self, *, control: bool = True) -> Iterator[list[Target]]:
        """Run the measured server; give a target for each client."""
        config, port_file = self.folder / "gameserver.toml", self.folder / "port"
        port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "gameserver.bench.reload.probed", str(config)]
        command += [] if control else ["--no-control"]
        with running(command, self.folder) as server:
            port = first_port(port_file, server)
            yield [Target(NAME, port, x.account, x.secret) for x in self.logins]

    def release(self) -> dict[str, Any]:
        """Release what has changed, as an admin does it; give the release's row."""
        place = ["--config", str(self.folder / "gameserver.toml")]
        done = subprocess.run(  # noqa: S603 - our own command, fixed arguments
            [*GAMESERVER, "reload", "--json", *place],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        if done.returncode:
            raise MeasurementFailed(f"the release failed: {done.stderr.strip()}")
        row: dict[str, Any] = json.loads(done.stdout)
        return row

    def stored(self) -> dict[int, int]:
        """Count the avatars that are on disk, by version."""
        database = self.folder / "data" / "gameserver.sqlite"
        where = f"file:{database}?mode=ro"
        with closing(sqlite3.connect(where, uri=True)) as connection:
            found = connection.execute(
                "SELECT version, count(*) FROM snapshots GROUP BY version"
            )
            return dict(found.fetchall())
