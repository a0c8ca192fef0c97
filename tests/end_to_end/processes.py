"""The product as real processes: servers, commands, and the folder they work in.

A server's output is read by threads from its first byte on, so no pipe can fill up, and
waiting for a line is waiting for news, never for a time to pass. Every wait has a
deadline, and whatever happens in a test, its processes are killed in its clean-up.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.threads import deferToThread

BIN = Path(sys.executable).parent
REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEADLINE = 30.0  # seconds; a wait that long has failed
READY = "everything is saved."  # ends what every server says when it is up

RUN = ("gameserver", "run")
TAC = ("twistd", "-ny", "twistd.tac")
TWISTD = ("twistd", "-n", "gameserver")

SETTINGS = """\
[server]
listen = ["tcp:0:interface=127.0.0.1", "tls:0:interface=127.0.0.1"]
port_file = "ports"
"""

NO_HASTE = """\
[calls]
rate = 1000000
burst = 1000000
in_flight = 100000
"""
"""For tests whose clients call faster than players may; each call is counted."""

COUNTING = '''\
"""Players who count; it is kept how far they came."""

from twisted.internet import reactor
from twisted.internet.task import deferLater

from gameserver import Avatar, Client, Service


class Counter(Avatar):
    """One player."""

    count: int = 0

    def attached(self, client: Client) -> None:
        client.notify("welcome", self.count)

    def perspective_add(self, number: int) -> int:
        """Add a number: add 3."""
        self.count += number
        self.clients.notify("added", number)
        return self.count

    async def perspective_hold(self) -> int:
        """Begin, say so, and count one a little later."""
        self.clients.notify("holding")
        await deferLater(reactor, 0.2)
        self.count += 1
        return self.count

    def perspective_starts(self) -> int:
        """How often the server was started."""
        return self.realm.service("book").starts


class Book(Service):
    """Counts starts."""

    starts: int = 0

    def started(self) -> None:
        self.starts += 1
'''


PEOPLE = """\
import json
from pathlib import Path
from gameserver.cli_reach import Reach

async def made(ask):
    roles = {"ada": "player", "bob": "player", "bea": "builder", "root": "admin"}
    for name, role in roles.items():
        await ask("account_add", name, None, role)
    return {name: await ask("account_token", name, False) for name in roles}

reach = Reach(Path("data"), None, None, None, None)
print(json.dumps(reach.talk_anyway(made, makes_directory=True)))
"""
"""What eight commands would do, in one process."""


@dataclass(frozen=True)
class Done:
    """A command that has ended: exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything it printed."""
        return self.out + self.err


class Server:
    """A server process; ``output`` and ``errors`` are its lines so far."""

    def __init__(self, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self.output: list[str] = []
        self.errors: list[str] = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        pumps = (
            (self.process.stdout, self.output),
            (self.process.stderr, self.errors),
        )
        self._pumps = [
            threading.Thread(target=self._pump, args=each, daemon=True)
            for each in pumps
        ]
        for pump in self._pumps:
            pump.start()

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return "\n".join([*self.output, *self.errors])

    def printed(self, words: str) -> None:
        """Wait until a line of its output has these words."""
        self._wait_for(words, self.output)

    def logged(self, words: str) -> None:
        """Wait until a line of its log has these words."""
        self._wait_for(words, self.errors)

    def _wait_for(self, words: str, lines: list[str]) -> None:
        def is_settled() -> bool:
            self._found = any(words in line for line in lines)
            return self._found or not any(pump.is_alive() for pump in self._pumps)

        with self._news:
            self._news.wait_for(is_settled, DEADLINE)
        if not self._found:
            raise AssertionError(f"it did not print {words!r}:\n{self.log}")

    def signal(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end and give the exit code."""
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end:\n{self.log}") from None
        self._join()
        return code

    def stop(self) -> int:
        """Stop it by SIGTERM; gives the exit code. Connections must be closed."""
        self.process.terminate()
        return self.ended()

    def has_ended(self):
        """Give a Deferred of ``ended``, while connections of this process go on."""
        return deferToThread(self.ended)

    def kill(self) -> None:
        """End it whatever it does; again does nothing."""
        self.process.kill()
        self.process.wait()
        self._join()

    def _join(self) -> None:
        for pump in self._pumps:
            pump.join()

    def _pump(self, stream, lines: list[str]) -> None:
        with stream:
            for line in stream:
                with self._news:
                    lines.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()


class Place:
    """A folder as an operator has it: settings, plugins, data, and commands run there.

    ``add_cleanup``: a test's ``addCleanup`` or a class's ``addClassCleanup``.
    """

    bin = BIN

    def __init__(self, add_cleanup, game: str = COUNTING, settings: str = SETTINGS):
        self._add_cleanup = add_cleanup
        self.folder = Path(tempfile.mkdtemp(prefix="gs-")).resolve()
        add_cleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"
        self.ports: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        if game:
            self.plugin("game", game)
        if settings:
            self.settings(settings)
        shutil.copy(REPOSITORY / "twistd.tac", self.folder)

    def plugin(self, name: str, source: str) -> Path:
        """Write one plugin module."""
        path = self.folder / "plugins" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
        return path

    def settings(self, text: str) -> None:
        """Write gameserver.toml."""
        (self.folder / "gameserver.toml").write_text(text)

    def people(self) -> None:
        """Have the accounts of ``_people`` here, before the first start."""
        folder, self.tokens = _people()
        shutil.copytree(folder, self.data)

    def start(self, *command: str, **env: str) -> Server:
        """Start a server and wait until it says that it is up."""
        (self.folder / "ports").unlink(missing_ok=True)
        server = Server(self._program(command), self.folder, {**os.environ, **env})
        self._add_cleanup(server.kill)
        server.printed(READY)
        lines = (self.folder / "ports").read_text().split("\n")
        self.ports = {line.split()[0]: int(line.split()[1]) for line in lines if line}
        return server

    def command(self, *command: str, stdin: str = "") -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            self._program(command),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            timeout=DEADLINE,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def gameserver(self, *args: str, stdin: str = "") -> Done:
        """Run one verb of ``gameserver``; the data directory here is the default's."""
        return self.command("gameserver", *args, stdin=stdin)

    def did(self, *args: str, stdin: str = "") -> str:
        """Run one verb that must succeed; gives what it printed."""
        done = self.gameserver(*args, stdin=stdin)
        if done.code or done.err:
            raise AssertionError(f"{args}: exit code {done.code}: {done.all}")
        return done.out.strip()

    def _program(self, command: tuple[str, ...]) -> list[str]:
        return [str(self.bin / command[0]), *command[1:]]


@functools.cache
def _people() -> tuple[Path, dict[str, str]]:
    """Make a data directory with four accounts, once; gives their app tokens."""
    folder = Path(tempfile.mkdtemp(prefix="gs-people-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", PEOPLE],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return folder / "data", json.loads(done.stdout.splitlines()[-1])
