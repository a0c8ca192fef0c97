"""The README: its game is played, its commands are run, its figures were measured."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gameserver import Avatar, GameError
from gameserver.testing import World
from tests.docs.pages import REPOSITORY, page, shows, verbs
from tests.docs.playing import Actor, Terminal, Terminals, act_out
from tests.end_to_end.processes import BIN, Place
from tests.folders import temporary_folder

PAGE = page("README.md")
CLIENTS = page("docs/reference/clients.md")
GAME = PAGE.block("players.py").text
SETTINGS = """\
[server]
listen = ["tls:{port}:interface=127.0.0.1"]
port_file = "ports"
[realm]
sweep_every = {sweep_every}
retire_after = {retire_after}
"""

PASSWORD = "a good password"
KILLED = """\
Hello ada. Greetings so far: 1.
> greet ada
ada greets you.
2
"""
RETURNED = "Hello ada. Greetings so far: 2."


def spans(word: str) -> list[str]:
    """Give the commands between backquotes that have this word."""
    joined = [span for span in PAGE.spans if word in span.split()]
    return [span for span in joined if len(span.split()) > 1]


def recipe(target: str) -> str:
    """Give the lines of a target in the Makefile."""
    makefile = (REPOSITORY / "Makefile").read_text()
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    return found[1]


class PageTests(SynchronousTestCase):
    def test_length(self):
        """It has at most 120 lines."""
        self.assertLessEqual(len(PAGE.text.splitlines()), 120)

    def test_whole(self):
        """Every block is run by a test below."""
        self.assertEqual(PAGE.names, ["players.py", "make run", "change it"])

    def test_targets(self):
        """The make targets that it names are in the Makefile, and do what it says."""
        commands = [*PAGE.spans, *PAGE.block("make run").commands]
        made = [one.split()[1] for one in commands if one.startswith("make ")]
        self.assertEqual(made, ["test", "run"])
        self.assertIn("$(BIN)/gameserver run", recipe("run"))
        self.assertIn("tests.whole", recipe("test"))
        self.assertIn("coverage report", recipe("test"))

    def test_figures(self):
        """Each figure stands in the benchmarks' own account of them."""
        measured = (REPOSITORY / "benchmarks" / "README.md").read_text()
        for case, stock, ours, ratio in PAGE.sections()["How fast"].rows():
            name, unit = re.fullmatch(r"`(.*)` (.*)", case).groups()
            bare = r"(?:[\d,.]+ +[\d.]+x +)?"  # a column of ``bench wire`` alone
            row = rf"{re.escape(unit)} +{stock} +{bare}{ours} +{ratio}x?(?: |$)"
            line = re.compile(rf"^{name}  .*\n(?:  .*\n)*?  {row}", re.MULTILINE)
            self.assertRegex(measured, line, case)

    def test_game(self):
        """The game greets, counts, and tells who is greeted."""
        folder = temporary_folder(self)
        (folder / "players.py").write_text(GAME)
        world = World.of_plugins(folder)
        ada, bob = world.login("ada"), world.login("bob")
        self.assertEqual(ada.call("greet", "bob"), 1)
        self.assertEqual(
            bob.told, ["Hello bob. Greetings so far: 0.", "ada greets you."]
        )
        with self.assertRaises(GameError) as caught:
            ada.call("greet", 5)
        self.assertEqual(caught.exception.code, "bad-arguments")

    def test_game_length(self):
        """The game has at most 25 lines."""
        self.assertLessEqual(len(GAME.splitlines()), 25)


class Ticking(Avatar):
    """Counts seconds while it is in memory."""

    seconds: int = 0

    def created(self) -> None:
        self.every(1, "tick")

    def tick(self) -> None:
        self.seconds += 1


class SurvivalTests(SynchronousTestCase):
    """The table of what survives what; ``kill -9`` is in ProcessTests."""

    def setUp(self):
        self.world = World(Ticking)
        self.window = self.world.login("ada")
        self.world.advance(2)

    def test_lost_connection(self):
        """Fields are kept, timers go on, and the other windows stay."""
        other = self.world.login("ada")
        self.window.close()
        self.world.advance(3)
        self.assertTrue(other.is_open)
        self.assertEqual(self.world.avatar("ada").seconds, 5)

    def test_retirement(self):
        """After five minutes fields are saved, timers stop; the next login loads."""
        before = self.world.avatar("ada")
        self.window.close()
        self.world.advance(1000)
        self.assertIsNone(self.world.game.realm.get("ada"))
        self.world.login("ada")
        self.assertIsNot(self.world.avatar("ada"), before)
        self.world.advance(10)
        self.assertEqual(self.world.avatar("ada").seconds, before.seconds)

    def test_restart(self):
        """Fields are saved and loaded, timers stop, and windows are told why."""
        self.world.restart()
        self.assertEqual(self.window.heard[-1][:2], ("closing", "stopping"))
        self.assertFalse(self.window.is_open)
        self.world.login("ada")
        self.world.advance(10)
        self.assertEqual(self.world.avatar("ada").seconds, 2)


class ProcessTests(SynchronousTestCase):
    """``make run`` in a folder like the clone, and what the README does with it."""

    def setUp(self):
        settings = SETTINGS.format(port=0, sweep_every=1, retire_after=300)
        self.place = Place(self.addCleanup, game="", settings=settings)
        self.terminals = Terminals(self.addCleanup)
        (self.place.folder / "plugins").symlink_to(REPOSITORY / "plugins")
        (self.place.folder / ".venv").symlink_to(sys.prefix)

    def test_make_run(self):
        """It prints what is shown; the printed line joins; a stock client joins too."""
        _, program, *options = shlex.split(recipe("run"))
        server = self.place.start(Path(program).name, *options)
        seen = "\n".join(server.output).replace(self.port, "8787")
        self.assertTrue(shows(PAGE.block("make run").output, seen), seen)

        terminal = self.join(server.output, "ada", "look")
        self.assertIn("Ways: Hall (clockwise), Tower (anticlockwise).", terminal)

        source = CLIENTS.block("stock.py").text.replace("8787", self.port)
        (self.place.folder / "stock.py").write_text(source)
        (command,) = [one for one in CLIENTS.spans if " | " in one]
        done = self.shell(command)
        self.assertRegex(done.stdout, r"told: .*Lantern Keep")
        self.assertRegex(done.stdout, r"(?m)^Gate\.")
        self.assertEqual(done.stderr, "")
        self.use_game_client()
        self.assertEqual(server.stop(), 0)

    def test_kill(self):
        """After ``kill -9`` the game above has what was saved, and ``play`` returns."""
        hello = self.place.folder / "hello"
        hello.mkdir()
        (hello / "players.py").write_text(GAME)
        self.place.settings(SETTINGS.format(port=0, sweep_every=3600, retire_after=0))
        (command,) = spans("--plugins")
        (words,) = verbs(command)
        server = self.place.start("gameserver", *words)
        self.assertIn("1", self.join(server.output, "ada", "greet ada"))
        # She has retired, and so is saved, before she can log in again.
        ada = Actor(self.stay(server.output, "ada"), KILLED)
        act_out(self.terminals.wait, ada)
        server.kill()
        again = SETTINGS.format(port=self.port, sweep_every=3600, retire_after=0)
        self.place.settings(again)
        self.place.start("gameserver", *words)
        act_out(self.terminals.wait, ada.begin(RETURNED))

    def test_change(self):
        """A change is checked, released and taken back, as shown."""
        server = self.serve_hello(sweep_every=1, retire_after=300)
        for name in ("ada", "bob"):
            self.join(server.output, name, f"greet {name}")
        block = PAGE.block("change it")
        path = f"PATH={BIN}:/usr/bin:/bin"
        seen = self.shell("\n".join([path, *block.commands])).stdout
        self.assertTrue(shows(block.output, seen), seen)
        self.assertEqual(server.stop(), 0)

    def serve_hello(self, **settings: int):
        """Serve the game above, as the page says."""
        hello = self.place.folder / "hello"
        hello.mkdir(exist_ok=True)
        (hello / "players.py").write_text(GAME)
        self.place.settings(SETTINGS.format(port=0, **settings))
        (command,) = spans("--plugins")
        (words,) = verbs(command)
        return self.place.start("gameserver", *words)

    def use_game_client(self) -> None:
        """Run the example of the clients' reference, which is for the same server."""
        source = CLIENTS.block("client.py").text
        (self.place.folder / "client.py").write_text(source)
        command = f".venv/bin/python client.py tls:localhost:{self.port} ada"
        done = self.shell(f"echo {PASSWORD} | {command}")
        shown = "...* connected\nRound 1: you have 0 ...* closed closed ..."
        self.assertTrue(shows(shown, done.stdout), done.stdout)

    @property
    def port(self) -> str:
        return str(self.place.ports["tls"])

    def join(self, printed: list[str], name: str, line: str) -> list[str]:
        """Run the line that the server printed, type one line; give what is shown."""
        done = self.place.command(
            *self.joining(printed, name), stdin=f"{PASSWORD}\n{line}\nquit\n"
        )
        self.assertEqual((done.code, done.err), (0, ""))
        return done.out.splitlines()

    def stay(self, printed: list[str], name: str) -> Terminal:
        """Run the line that the server printed, and stay."""
        program, *words = self.joining(printed, name)
        command = [str(BIN / program), *words]
        terminal = self.terminals.open(command, self.place.folder)
        terminal.type(PASSWORD)
        return terminal

    def joining(self, printed: list[str], name: str) -> list[str]:
        command = printed[printed.index("join from a second terminal with:") + 1]
        (words,) = verbs(command)
        # At a prompt it asks for them, and whether to make the account.
        options = ["--name", name, "--password-stdin", "--register"]
        return ["gameserver", *words, *options]

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-ec", command],
            cwd=self.place.folder,
            capture_output=True,
            text=True,
            check=True,
        )
