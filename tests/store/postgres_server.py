"""A real PostgreSQL server for tests: one that is given, or one made for this run.

``GAMESERVER_TEST_POSTGRES`` names one: ``postgresql://USER:PASSWORD@HOST/DATABASE``,
whose user may create databases. Else a new server is started from the programs found,
on a socket in a temporary folder, and stopped when the tests end.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from sqlalchemy import URL, NullPool, create_engine, make_url
from twisted.trial.unittest import SkipTest

if TYPE_CHECKING:
    from twisted.trial.unittest import SynchronousTestCase

_numbers = count(1)


class ThrowAwayServer:
    """A cluster in a folder of its own, run by an account that is not root."""

    def __init__(self) -> None:
        programs = _programs()
        self._control = programs / "pg_ctl"
        self._account = _account()
        self.folder = Path(mkdtemp(prefix="pg"))
        atexit.register(self._remove)
        if self._account:
            shutil.chown(self.folder, self._account)
        self._cluster = self.folder / "cluster"
        options = ["-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8"]
        self._run(programs / "initdb", "-D", self._cluster, *options)
        self._settings = (
            f"-c listen_addresses= -c unix_socket_directories={self.folder}"
        )
        self.control("start", "-o", self._settings)

    @property
    def url(self) -> URL:
        """Where it listens: a socket, so that no port is taken."""
        socket = {"host": str(self.folder)}
        return URL.create(
            "postgresql", username="tester", database="postgres", query=socket
        )

    def control(self, verb: str, *options: str) -> None:
        """Run ``pg_ctl``: start, stop or restart, and wait until it is done."""
        log = self.folder / "log"
        self._run(self._control, verb, "-w", "-D", self._cluster, "-l", log, *options)

    def start(self) -> None:
        """Start it again after a stop."""
        self.control("start", "-o", self._settings)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            command,
            user=self._account,
            group=pwd.getpwnam(self._account).pw_gid if self._account else None,
            extra_groups=[] if self._account else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr}")

    def _remove(self) -> None:
        if (self._cluster / "postmaster.pid").exists():
            self.control("stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def throw_away_server() -> ThrowAwayServer:
    """Give the server of this run, started at the first call; ``SkipTest`` if none."""
    require_driver()
    return ThrowAwayServer()


def fresh_database(case: SynchronousTestCase) -> str:
    """Make an empty database and drop it after the test; give its address."""
    require_driver()
    given = os.environ.get("GAMESERVER_TEST_POSTGRES")
    server = make_url(given) if given else throw_away_server().url
    name = f"gameserver_test_{os.getpid()}_{next(_numbers)}"
    _order(server, f"CREATE DATABASE {name}")
    case.addCleanup(_order, server, f"DROP DATABASE {name} WITH (FORCE)")
    return server.set(database=name).render_as_string(hide_password=False)


def require_driver() -> None:
    """Skip where psycopg is not installed."""
    if find_spec("psycopg") is None:
        raise SkipTest("psycopg is not installed (extra: postgres)")


def _order(server: URL, statement: str) -> None:
    engine = create_engine(
        server.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _programs() -> Path:
    """Give the folder of PostgreSQL's programs, the newest that Debian has."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise SkipTest("no PostgreSQL: neither GAMESERVER_TEST_POSTGRES nor initdb, pg_ctl")


def _account() -> str | None:
    """Give the account to run it as, None for our own: root may not run PostgreSQL."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise SkipTest("PostgreSQL does not run as root, and there is no other account")
