"""From where each module is served, and what runs."""

from __future__ import annotations

import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.admin.served import Served
from gameserver.model.release_row import CodeRow
from gameserver.reload.engine import Engine
from gameserver.reload.overrides import Overrides
from gameserver.reload.source import Folder, Texts
from gameserver.reload.text import text_from
from tests.folders import temporary_folder

A = "plugins.a"
NAMES = {"plugins", A}


def stored(text: str | None = "A = 2\n", revision: int = 4) -> CodeRow:
    return CodeRow(A, revision, "ada", 5.0, text)


class ServedTests(SynchronousTestCase):
    """One module, in a folder, in the database, or in both."""

    def setUp(self) -> None:
        self.path = temporary_folder(self)
        self.file = self.path / "a.py"
        self.file.write_text("A = 1\n")
        self.folder = Folder(self.path)

    def row(self, *rows: CodeRow, engine: Engine | None = None) -> dict[str, Any]:
        """Give the one row that there is."""
        served = Served(lambda _: self.folder, engine, lambda _: 7)
        (found,) = served.rows(rows)
        return found

    def running(self, text: str) -> Engine:
        """Give an engine whose module runs a text, as a released game has it."""
        engine = Engine(Overrides(Texts({A: text, "plugins": ""})))
        engine.install()
        self.addCleanup(engine.uninstall)
        known = set(sys.modules)
        self.addCleanup(lambda: [sys.modules.pop(x) for x in NAMES - known])
        __import__(A)
        engine.records.pop("plugins", None)
        return engine

    def test_folder(self) -> None:
        """A module of the folder is told with its file."""
        expected = {
            "module": A,
            "source": str(self.file),
            "revision": None,
            "author": None,
            "covered_by": None,
            "release": None,
            "in_force": False,
        }
        self.assertEqual(self.row(), expected)

    def test_database(self) -> None:
        """The database comes before the folder; a removed text does not."""
        found = self.row(stored())
        self.assertEqual(found["source"], "database, revision 4")
        self.assertEqual((found["revision"], found["author"]), (4, "ada"))
        self.assertEqual(self.row(stored(None))["source"], str(self.file))

    def test_running(self) -> None:
        """What runs has its release, and is in force if the source has that text."""
        engine = self.running("A = 1\n")
        found = self.row(engine=engine)
        self.assertEqual((found["release"], found["in_force"]), (7, True))
        self.assertFalse(self.row(stored(), engine=engine)["in_force"])

    def test_covered(self) -> None:
        """What covers a text is named, until the source has another one."""
        engine = self.running("A = 3\n")
        sources = engine.source
        assert isinstance(sources, Overrides)
        sources.below = self.folder
        sources.put({A: text_from(A, "A = 3\n", "x")}, "the text of release 3")
        found = self.row(engine=engine)
        self.assertEqual(found["covered_by"], "the text of release 3")
        self.assertEqual((found["source"], found["in_force"]), (str(self.file), True))
        self.file.write_text("A = 4\n")
        self.assertIsNone(self.row(engine=engine)["covered_by"])

    def test_covered_with_nothing(self) -> None:
        """Where the cover is that there is no module, that is said."""
        engine = self.running("A = 1\n")
        sources = engine.source
        assert isinstance(sources, Overrides)
        sources.below = self.folder
        for why, said in (
            ("the text of release 25", "no module, as in release 25"),
            ("the text from before release 25", "no module, as before release 25"),
        ):
            sources.put({A: None}, why)
            self.assertEqual(self.row(engine=engine)["covered_by"], said)

    def test_nowhere(self) -> None:
        """A module that runs and has no source any more is listed, too."""
        engine = self.running("A = 1\n")
        self.file.unlink()
        found = self.row(engine=engine)
        self.assertEqual((found["source"], found["release"]), (None, 7))

    def test_unreadable(self) -> None:
        """A file that cannot be read is told of in its row."""
        self.file.unlink()
        self.file.symlink_to("/proc/self/mem")
        self.assertIn("a.py", self.row()["source"])
        self.assertNotEqual(self.row()["source"], str(self.file))

    def test_needed(self) -> None:
        """The folder is asked for as needed only where the database has no text."""
        asked: list[bool] = []
        served = Served(asked.append)
        served.rows([stored()])
        served.rows([])
        self.assertEqual(asked, [False, True])
