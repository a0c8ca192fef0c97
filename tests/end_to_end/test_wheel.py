"""The wheel by itself: built, installed into an empty environment, used elsewhere.

Needs the package registry, as everybody who installs the product does; without it these
tests fail.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gameserver.version import VERSION
from tests.end_to_end.processes import REPOSITORY, RUN, TWISTD, Place
from tests.end_to_end.stock import ClientCase

PATIENCE = 300.0  # seconds; it downloads
ON_ANY_PORT = ("--listen", "tls:0:interface=127.0.0.1", "--port-file", "ports")


def done(*command: object, cwd: Path) -> str:
    """Run a command that must succeed, without this repository on its path."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    ended = subprocess.run(
        [str(one) for one in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        timeout=PATIENCE,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise AssertionError(f"{command}:\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout


class Installed:
    """An environment with nothing but the wheel and what it depends on."""

    def __init__(self, add_cleanup) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gs-wheel-"))
        add_cleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.bin = self.folder / "env" / "bin"
        self.python = self.bin / "python"
        self._own("build", "--wheel", "--outdir", self.folder, REPOSITORY)
        (self.wheel,) = self.folder.glob("*.whl")
        self._own("venv", "--without-pip", self.folder / "env")
        self.pip("install", "-q", "--no-compile", self.wheel)

    def pip(self, *args: object) -> str:
        """Act on the environment, which has no pip of its own: it is empty."""
        return self._own("pip", "--python", self.python, *args)

    def _own(self, module: str, *args: object) -> str:
        return done(sys.executable, "-m", module, *args, cwd=self.folder)


class WheelTests(ClientCase):
    """Everything runs from the installed wheel, in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.installed = Installed(cls.addClassCleanup)

    def setUp(self):
        self.place = Place(self.addCleanup, game="", settings="")
        (self.place.folder / "twistd.tac").unlink()
        self.place.bin = self.installed.bin
        self.assertEqual(list(self.place.folder.iterdir()), [])

    def test_contents(self):
        """The wheel has the game, the database's steps and the twistd plugin."""
        names = zipfile.ZipFile(self.installed.wheel).namelist()
        for name in (
            "gameserver/py.typed",
            "gameserver/plugins/lantern_keep/__init__.py",
            "gameserver/store/steps/env.py",
            "gameserver/store/steps/versions/step_0001_first_tables.py",
            "twisted/plugins/gameserver_plugin.py",
        ):
            self.assertIn(name, names)
        strange = [n for n in names if "__pycache__" in n or n.startswith("tests/")]
        self.assertEqual(strange, [])

    def test_consistent(self):
        """What it depends on fits together, and is all there."""
        self.installed.pip("check")
        modules = "gameserver, gameserver.testing, gameserver.client, gameserver.app"
        code = f"import {modules}; print(gameserver.__file__)"
        where = done(self.installed.python, "-c", code, cwd=self.place.folder)
        self.assertIn(str(self.installed.folder), where)

    def test_help(self):
        """``gameserver --help`` lists the verbs, each of which has a help."""
        said = self.place.did("--help")
        for verb in ("run", "play", "who", "kick", "say", "account", "audit", "bench"):
            self.assertRegex(said, rf"(?m)^  {verb} ")
        self.assertNotIn("\\b", said)

    def test_version(self):
        """The wheel's version is the one that the command says."""
        said = self.place.did("--version")
        self.assertEqual(said, f"gameserver, version {VERSION}")
        self.assertIn(f"gameserver-{VERSION}-", self.installed.wheel.name)

    def test_play_help(self):
        """What a player starts can be imported."""
        self.assertIn("--connect", self.place.did("play", "--help"))

    def test_twistd_knows_it(self):
        """``twistd --help`` lists gameserver, with its options."""
        said = self.place.command("twistd", "--help").out
        self.assertRegex(said, r"(?m)^ +gameserver +Serves a game over")
        said = self.place.command("twistd", "gameserver", "--help").out
        self.assertIn("--port-file", said)

    async def plays(self, *command: str) -> None:
        """Play the packaged Lantern Keep, and stop it."""
        self.place.did("account", "add", "ada", "--no-password")
        self.place.tokens = {"ada": self.place.did("account", "token", "ada")}
        server = self.place.start(*command, *ON_ANY_PORT)
        self.assertFalse((self.place.folder / "plugins").exists())
        ada = await self.join(self.place, "ada", "tls")
        commands = await ada.call("gameserver.commands")
        self.assertIn("go", [one["name"] for one in commands])
        self.assertIn("Gate", await ada.call("look"))
        await ada.call("go", "hall")
        self.assertIn("ada", self.place.did("who"))
        server.signal(signal.SIGTERM)
        self.assertEqual(await server.has_ended(), 0)
        self.assert_quiet(server)

    async def test_run(self):
        """``gameserver run`` in an empty folder serves the demo game, and keeps it."""
        await self.plays(*RUN)
        self.place.start(*RUN, *ON_ANY_PORT)
        ada = await self.join(self.place, "ada", "tls")
        self.assertIn("Hall", await ada.call("look"))

    async def test_twistd(self):
        """So does ``twistd -n gameserver``."""
        await self.plays(*TWISTD)


class RepositoryTests(SynchronousTestCase):
    """What the wheel takes from the repository."""

    def test_one_game(self):
        """The game is kept once: the wheel's copy is no file of the repository."""
        self.assertFalse((REPOSITORY / "gameserver" / "plugins").exists())
