"""The how-to on testing releases: its tests pass, and its failure is what is shown."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

from tests.docs.pages import page
from tests.folders import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path

PAGE = page("docs/how-to/test-your-game.md")
TESTS = ["test_medal.py", "test_next.py", "test_releases.py"]


class PageTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Make the folder that the page describes."""
        self.folder = temporary_folder(self)
        for name in ("plugins", "live"):
            (self.folder / name).mkdir()
            (self.folder / name / "game.py").write_text(PAGE.block("game.py").text)
        for name in TESTS:
            (self.folder / name).write_text(PAGE.block(name).text)

    def run_tests(self, *names: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "unittest", *names],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_whole(self) -> None:
        """Every block is used by a test here."""
        self.assertEqual(
            sorted(PAGE.names), sorted(["game.py", *TESTS, "hook", "shows"])
        )

    def test_pass(self) -> None:
        """The page's tests pass, with another version in force, too."""
        live = self.folder / "live" / "game.py"
        live.write_text(live.read_text().replace("NEEDED = 5", "NEEDED = 3"))
        done = self.run_tests()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Ran 5 tests", done.stderr)

    def test_found(self) -> None:
        """With the hook they fail with the message on the page."""
        self.append(self.folder / "plugins" / "game.py", PAGE.block("hook").text)
        done = self.run_tests("test_releases.ReleaseTests.test_each")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(PAGE.block("shows").text.strip(), done.stderr)

    def append(self, path: Path, text: str) -> None:
        path.write_text(f"{path.read_text()}\n\n{text}")
