"""The pages on releases: their commands are run in their order, on one server each."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, ClassVar

from twisted.trial.unittest import SynchronousTestCase

from tests.docs.pages import Page, page, shows
from tests.end_to_end.processes import BIN, RUN, Place

if TYPE_CHECKING:
    from tests.end_to_end.processes import Server

GAME = page("README.md").block("players.py").text
SETTINGS = """\
[server]
listen = ["tls:0:interface=127.0.0.1"]
port_file = "ports"
[accounts]
registration = "open"
"""
PASSWORD = "a good password"


class PageCase(SynchronousTestCase):
    """A server with the README's game, a player in memory, and a page's blocks."""

    path: ClassVar[str] = ""

    def setUp(self) -> None:
        """Start the server, and have ada greet herself."""
        self.page = page(self.path) if self.path else Page("")
        self.place = Place(self.addCleanup, game="", settings=SETTINGS)
        self.place.plugin("players", GAME)
        self.done: list[str] = []
        self.server = self.started()
        self.play("ada", "greet ada")

    def started(self) -> Server:
        """Start the server anew."""
        self.server = self.place.start(*RUN)
        return self.server

    def play(self, name: str, *lines: str) -> list[str]:
        """Join, type these lines, leave; gives what was shown."""
        (command,) = [one for one in self.server.output if "gameserver play" in one]
        _, words = command.split("gameserver ", 1)
        typed = "\n".join([PASSWORD, *lines, "quit", ""])
        options = ["--name", name, "--password-stdin", "--register"]
        done = self.place.command("gameserver", *words.split(), *options, stdin=typed)
        self.assertEqual(done.err, "")
        return done.out.splitlines()

    def run_block(self, name: str) -> str:
        """Run a console block's commands, and compare all that they print."""
        block = self.page.block(name)
        self.done.append(name)
        ran = subprocess.run(
            ["/bin/sh", "-c", "\n".join(block.commands)],
            cwd=self.place.folder,
            env={**os.environ, "PATH": f"{BIN}:/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        self.assertTrue(shows(block.output, ran.stdout), f"{name}:\n{ran.stdout}")
        return ran.stdout

    def text_of(self, name: str) -> str:
        """Give the text of a block that is no command."""
        self.done.append(name)
        return self.page.block(name).text

    def append(self, name: str, module: str = "players") -> None:
        """Append a block to a module, as the page says."""
        file = self.place.folder / "plugins" / f"{module}.py"
        file.write_text(file.read_text() + self.text_of(name))

    def settle(self, name: str) -> None:
        """Put a block of settings into gameserver.toml."""
        self.place.settings(SETTINGS + self.text_of(name))

    def assert_whole(self) -> None:
        """Every block of the page was run, each in its place."""
        self.assertEqual(self.done, self.page.names)

    def assert_told(self, lines: list[str], words: str) -> None:
        """Find these words in what a player saw."""
        self.assertRegex("\n".join(lines), re.escape(words))
