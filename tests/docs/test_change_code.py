"""The how-to on the engine alone: its programs run as they stand."""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload.plan import ORDER
from tests.docs.pages import page, shows
from tests.folders import temporary_folder

PAGE = page("docs/how-to/change-code-in-your-own-program.md")
PROGRAMS = [block for block in PAGE.blocks if block.language == "python"]


class ProgramTests(SynchronousTestCase):
    def printed(self, name: str) -> str:
        """Run one program in a folder of its own and give what it prints."""
        folder = temporary_folder(self)
        (folder / name).write_text(PAGE.block(name).text)
        done = subprocess.run(
            [sys.executable, name],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_whole(self):
        """Every block is a program, or what the program before it shows."""
        names = [block.name for block in PROGRAMS]
        self.assertEqual(
            PAGE.names, [one for name in names for one in (name, f"{name} shows")]
        )

    def test_short(self):
        """The first program has twenty lines of code."""
        lines = PAGE.block("first.py").text.splitlines()
        self.assertLessEqual(len([line for line in lines if line]), 20)

    def shown(self, name: str) -> None:
        shown, printed = PAGE.block(f"{name} shows").text, self.printed(name)
        self.assertTrue(shows(shown, printed), printed)

    def test_first(self):
        """The first program shows plan, commit and undo."""
        self.shown("first.py")

    def test_folder(self):
        """A folder is served, and all its changes are one release."""
        self.shown("folder.py")

    def test_imported(self):
        """An ordinary program's modules can be changed."""
        self.shown("imported.py")

    def test_plan(self):
        """A plan prints itself, and is data."""
        self.shown("plan.py")

    def test_errors(self):
        """Each error is raised as the page says."""
        self.shown("errors.py")

    def test_migrate(self):
        """Instances migrate on touch and in slices."""
        self.shown("migrate.py")

    def test_holders(self):
        """Registered containers get the successors."""
        self.shown("holders.py")


class TableTests(SynchronousTestCase):
    def test_kinds(self):
        """The table of a plan's lines has all kinds that there are."""
        rows = PAGE.sections()["Read the plan"].rows()
        named = {one.strip("`") for row in rows for one in row[0].split(", ")}
        self.assertLessEqual({one for one in ORDER if one != "refused"}, named)
        self.assertIn("REFUSED", named)

    def test_steps(self):
        """The steps of a refusal are those that the class names."""
        (row,) = [
            row
            for row in PAGE.sections()["Handle a refusal"].rows()
            if row[0] == "`ReleaseRefused`"
        ]
        for step in ("read", "run", "plan", "commit", "hook", "migrate"):
            self.assertIn(f"`{step}`", row[1])
            self.assertIn(step, ReleaseRefused.__doc__)
