"""The tutorial, done as a newcomer would: its files written, its commands run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gameserver.testing import World
from tests.docs.pages import page, shows
from tests.docs.playing import Actor, InMemory, Terminals, act_out, passing
from tests.end_to_end.processes import BIN, Place
from tests.folders import temporary_folder

PAGE = page("docs/tutorial/first-plugin.md")
SETTINGS = """\
[server]
listen = ["tls:{port}:interface=127.0.0.1"]
port_file = "ports"
"""
TALKING = ["plugins/player.py, talking"]
THROWING = ["plugins/player.py, throwing", "plugins/potato.py, cold"]
HOT = ["plugins/player.py, throwing", "plugins/potato.py, hot"]
RUN = {
    *("begin", "run", "test", "test_potato.py", *TALKING, *THROWING, *HOT),
    *("ada, talking", "bob, talking", "ada, throwing", "bob, throwing", "ada, burnt"),
}


def write(folder: Path, files: list[str]) -> None:
    """Write files of the page; the name of a block begins with the file's."""
    for name in files:
        path = folder / name.partition(",")[0]
        path.parent.mkdir(exist_ok=True)
        path.write_text(PAGE.block(name).text)


class TutorialTests(SynchronousTestCase):
    def test_whole(self):
        """Every block of the page is run by a test below."""
        self.assertEqual(set(PAGE.names), RUN)

    def test_begin(self):
        """The first lines lead to an empty game, with gameserver in the path."""
        clone = temporary_folder(self)
        (clone / ".venv").symlink_to(sys.prefix)
        lines = [*PAGE.block("begin").commands, "pwd", "command -v gameserver"]
        done = subprocess.run(
            ["/bin/sh", "-ec", "\n".join(lines)],
            cwd=clone,
            env={**os.environ, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
            text=True,
        )
        folder, program = done.stdout.split()
        self.assertEqual(Path(folder), clone / "my-game")
        self.assertTrue(Path(program).samefile(BIN / "gameserver"))
        self.assertEqual([one.name for one in Path(folder).iterdir()], ["plugins"])

    def test_coming_back(self):
        """What was said is counted, and the count is there at the next login."""
        folder = temporary_folder(self)
        write(folder, TALKING)
        world = World.of_plugins(folder / "plugins")
        window = world.login("ada")
        window.call("say", "Is anybody here?")
        window.close()
        again = world.login("ada")
        self.assertEqual(again.told, ["Hello, ada. Said so far: 1."])
        self.assertIn("Said so far: 1.", PAGE.spans)

    def test_burst(self):
        """The potato hisses, bursts, and burns its holder."""
        folder = temporary_folder(self)
        write(folder, HOT)
        world = World.of_plugins(folder / "plugins")
        ada = Actor(InMemory(world.login("ada")), PAGE.block("ada, burnt").text)
        act_out(passing(world), ada)

    def test_tests(self):
        """The page's own tests pass, and two fail with another number of seconds."""
        folder = temporary_folder(self)
        write(folder, [*HOT, "test_potato.py"])
        block = PAGE.block("test")
        passed = self.unittest(folder, *block.commands)
        timeless = [re.sub(r"in [\d.]+s", "", one) for one in (block.output, passed)]
        self.assertTrue(shows(*timeless), passed)
        potato = folder / "plugins" / "potato.py"
        potato.write_text(potato.read_text().replace("SECONDS = 10", "SECONDS = 20"))
        self.assertIn("FAILED (failures=2)", self.unittest(folder, *block.commands))

    def unittest(self, folder: Path, command: str) -> str:
        program, *arguments = shlex.split(command)
        self.assertEqual(program, "python")
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            capture_output=True,
            check=False,
            text=True,
        )
        return done.stderr

    def test_two_windows(self):
        """Two terminals talk, outlive the change of the code, and throw the potato."""
        place = Place(self.addCleanup, game="", settings=SETTINGS.format(port=0))
        write(place.folder, TALKING)
        server = self.serve(place)
        terminals = Terminals(self.addCleanup)
        ada, bob = (
            Actor(self.join(terminals, place, server, name), self.script(name))
            for name in ("ada", "bob")
        )
        act_out(terminals.wait, ada, bob)

        self.assertEqual(server.stop(), 0)
        place.settings(SETTINGS.format(port=place.ports["tls"]))
        write(place.folder, THROWING)
        self.serve(place)
        ada.begin(PAGE.block("ada, throwing").text)
        bob.begin(PAGE.block("bob, throwing").text)
        act_out(terminals.wait, ada, bob)

    def serve(self, place: Place):
        """Start the server and see that it prints what the page shows."""
        block = PAGE.block("run")
        (command,) = block.commands
        was_there = place.data.exists()
        server = place.start(*shlex.split(command))
        seen = "\n".join(server.output).replace(str(place.ports["tls"]), "8787")
        shown = block.output.replace("my-game", place.folder.name)
        if was_there:
            made = next(line for line in shown.splitlines() if "a new world" in line)
            shown = shown.replace(f"{made}\n", "")
        self.assertTrue(shows(shown, seen), seen)
        return server

    def join(self, terminals: Terminals, place: Place, server, name: str):
        """Run the line that the server printed, with a name, in a pipe."""
        number = server.output.index("join from a second terminal with:") + 1
        _, *arguments = shlex.split(server.output[number])
        command = [str(BIN / "gameserver"), *arguments, "--name", name]
        # At a prompt it asks for the password, and whether to make the account.
        terminal = terminals.open(
            [*command, "--password-stdin", "--register"], place.folder
        )
        terminal.type("a good password")
        return terminal

    def script(self, name: str) -> str:
        return PAGE.block(f"{name}, talking").text
