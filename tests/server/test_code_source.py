"""Code from the database before that of a folder."""

from __future__ import annotations

import sys
import traceback

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from gameserver.database import Place
from gameserver.errors import PluginError
from gameserver.model.release_row import CodeRow
from gameserver.reload.source import Folder, Texts
from gameserver.server.code_source import DatabaseCode, GameCode, is_of_game
from gameserver.server.plugins import import_plugins, load_cast
from gameserver.store.sql import SqlStore
from tests.folders import temporary_folder

PLAYER = """from gameserver import Avatar


class Player(Avatar):
    level: int = 1
"""


def row(module: str, text: str | None, revision: int = 1) -> CodeRow:
    return CodeRow(module, revision, "ada", 1.8e9, text)


class Case(SynchronousTestCase):
    """A folder with a module and a package."""

    def setUp(self):
        self.folder = temporary_folder(self)
        (self.folder / "keep").mkdir()
        self.write("fight", "HITS = 1\n")
        self.write("keep/__init__", "")
        self.write("keep/rooms", "ROOMS = 1\n")

    def write(self, name: str, text: str):
        (self.folder / f"{name}.py").write_text(text)

    def code(self, *rows: CodeRow) -> GameCode:
        return GameCode(DatabaseCode(rows), Folder(self.folder))


class WhereTests(Case):
    """Which of the two serves a module."""

    def test_database_first(self):
        """A module in both is the database's, and says its revision."""
        code = self.code(row("plugins.fight", "HITS = 2\n", 7))
        self.assertEqual(code.read("plugins.fight").source, "HITS = 2\n")
        self.assertEqual(code.where("plugins.fight"), "database, revision 7")
        self.assertEqual(code.covered(), {"plugins.fight"})

    def test_fall_back(self):
        """A module that only the folder has is served from its file."""
        code = self.code(row("plugins.fight", "HITS = 2\n"))
        file = str(self.folder / "keep" / "rooms.py")
        self.assertEqual(code.where("plugins.keep.rooms"), file)
        self.assertEqual(code.read("plugins.keep.rooms").origin, file)

    def test_removed(self):
        """What is removed from the database is the folder's again."""
        code = self.code(row("plugins.fight", "HITS = 2\n"))
        self.assertEqual(code.database.take([]), {"plugins.fight"})
        self.assertEqual(code.read("plugins.fight").source, "HITS = 1\n")
        self.assertEqual(code.covered(), frozenset())

    def test_nowhere(self):
        """A name that neither has is served from nowhere."""
        self.assertIsNone(self.code().where("plugins.none"))
        self.assertIsNone(self.code().read("plugins.none"))

    def test_names(self):
        """It has the modules of both."""
        code = self.code(row("plugins.magic", ""), row("plugins.fight", ""))
        below = {"plugins.fight", "plugins.keep", "plugins.keep.rooms"}
        self.assertEqual(code.names(), below | {"plugins.magic"})

    def test_other_names(self):
        """A text in the database never stands in for a library's module."""
        wrong = ("json", "plugins_.a", "plugins.", "plugins.a-b", "plugins.a.__init__")
        code = self.code(*(row(name, "x = 1\n") for name in wrong))
        self.assertEqual(code.database.names(), frozenset())
        self.assertEqual([name for name in wrong if is_of_game(name)], [])
        self.assertTrue(is_of_game("plugins.keep.rooms"))

    def test_package(self):
        """A module of the database is a package if others of either lie below it."""
        code = self.code(row("plugins.keep", "A = 1\n"), row("plugins.fight", ""))
        keep = code.read("plugins.keep")
        self.assertTrue(keep.is_package)
        self.assertEqual(keep.origin, "<database>/plugins/keep/__init__.py")
        self.assertFalse(code.read("plugins.fight").is_package)
        code.database.take([row("plugins.fight", ""), row("plugins.fight.a", "")])
        self.assertTrue(code.read("plugins.fight").is_package)

    def test_below_a_module(self):
        """A module of the folder is a package if the database has one below it."""
        code = self.code(row("plugins.fight.sword", "HITS = 3\n"))
        self.assertTrue(code.read("plugins.fight").is_package)
        self.assertFalse(self.code().read("plugins.fight").is_package)

    def test_take(self):
        """Taking rows tells which modules have another text, not another revision."""
        database = DatabaseCode([row("plugins.a", "1"), row("plugins.b", "1")])
        changed = database.take([row("plugins.a", "1", 2), row("plugins.c", "1")])
        self.assertEqual(changed, {"plugins.b", "plugins.c"})

    names = st.sampled_from(["plugins.a", "plugins.a.b", "plugins.c", "plugins.c.d.e"])
    texts = st.dictionaries(names, st.sampled_from(["X = 1\n", "X = 2\n"]))

    @given(texts, texts)
    def test_exactly_one(self, stored, filed):
        """Every name is read from the source that ``where`` names, and has its text."""
        rows = [row(name, text, 3) for name, text in stored.items()]
        code = GameCode(DatabaseCode(rows), Texts(filed))
        self.assertEqual(code.names(), stored.keys() | filed.keys())
        for name in code.names():
            text, where = code.read(name), code.where(name)
            self.assertEqual(text.source, stored.get(name, filed.get(name)))
            is_stored = where == "database, revision 3"
            self.assertEqual(is_stored, name in stored)
            self.assertEqual(text.origin.startswith("<database>/"), is_stored)


class LoadTests(Case):
    """A game from rows, a folder, or both."""

    def load(self, *rows: CodeRow):
        return load_cast(None, source=GameCode(DatabaseCode(rows)))

    def test_no_folder(self):
        """A game whose code is in the database needs no folder at all."""
        cast = self.load(
            row("plugins.game.player", PLAYER),
            row("plugins.game", "from .player import Player\n"),
        )
        self.assertEqual(cast.avatar.__module__, "plugins.game.player")

    def test_both(self):
        """A module of the database imports the folder's, and one of it the other's."""
        self.write("fight", "from .magic import POWER\n")
        engine = import_plugins(
            self.folder,
            self.code(
                row("plugins.magic", "from .keep.rooms import ROOMS\nPOWER = 5\n")
            ),
        )
        self.assertEqual(sys.modules["plugins.fight"].POWER, 5)
        self.assertEqual(sys.modules["plugins.magic"].ROOMS, 1)
        self.assertEqual(len(engine.records), 4)

    def test_traceback(self):
        """A traceback shows the line of the database's text."""
        text = "# one\n\ndef f(x):\n    return 1 / x  # the line\n"
        import_plugins(None, GameCode(DatabaseCode([row("plugins.fight", text)])))
        try:
            sys.modules["plugins.fight"].f(0)
        except ZeroDivisionError:
            shown = traceback.format_exc()
        self.assertIn('"<database>/plugins/fight.py", line 4', shown)
        self.assertIn("return 1 / x  # the line", shown)

    def test_refused(self):
        """What cannot be imported is named with its line in the database."""
        for text, told in (
            ("x = 1\ndef f(:\n", r"^<database>/plugins/fight\.py:2: SyntaxError: "),
            (
                "x = 1\n\n1 / 0\n",
                r"^<database>/plugins/fight\.py:3: ZeroDivisionError: ",
            ),
        ):
            with self.assertRaisesRegex(PluginError, told):
                self.load(row("plugins.fight", text))

    def test_no_avatar(self):
        """A database without an avatar class is refused by name."""
        with self.assertRaisesRegex(PluginError, "^the database: no plugin here"):
            self.load()

    def test_release(self):
        """A text that is put takes the folder's place with a release, and leaves it.

        The same objects have the new code, whichever source it is from.
        """
        self.write("fight", "def hits():\n    return 1\n")
        code = self.code()
        engine = import_plugins(self.folder, code)
        hits = sys.modules["plugins.fight"].hits
        code.database.take([row("plugins.fight", "def hits():\n    return 1 / 0\n")])
        self.assertEqual(hits(), 1)
        engine.release()
        with self.assertRaises(ZeroDivisionError) as caught:
            hits()
        last = traceback.extract_tb(caught.exception.__traceback__)[-1]
        seen = (last.filename, last.line)
        self.assertEqual(seen, ("<database>/plugins/fight.py", "return 1 / 0"))
        code.database.take([])
        engine.release()
        self.assertEqual(hits(), 1)


class RefreshTests(TestCase):
    """From a real database."""

    async def test_refresh(self):
        """What authors put is served once it is read anew, and not before."""
        file = temporary_folder(self) / "game.sqlite"
        store = SqlStore.open(file, reactor.callFromThread)
        self.addCleanup(store.close)
        code = GameCode(DatabaseCode())
        await store.code.put("plugins.game", PLAYER, "ada", 1.8e9, 0)
        self.assertEqual(code.names(), frozenset())
        self.assertEqual(await code.database.refresh(store.code), {"plugins.game"})
        self.assertEqual(load_cast(None, source=code).avatar.__name__, "Player")
        await store.code.put("plugins.game", f"{PLAYER}\n", "bo", 1.8e9, 1)
        await store.code.put("plugins.other", "x = 1\n", "bo", 1.8e9, 0)
        await store.code.put("plugins.other", None, "bo", 1.8e9, 1)
        self.assertEqual(code.where("plugins.game"), "database, revision 1")
        self.assertEqual(await code.database.refresh(store.code), {"plugins.game"})
        self.assertEqual(code.where("plugins.game"), "database, revision 2")
        self.assertEqual(code.names(), {"plugins.game"})
        self.assertEqual(await code.database.refresh(store.code), frozenset())

    async def test_at_a_start(self):
        """Before the store is opened its texts can be read; none where it is new."""
        place = Place(temporary_folder(self))
        self.assertEqual(place.code(), [])
        store = place.open(reactor.callFromThread)
        self.addCleanup(store.close)
        await store.code.put("plugins.game", PLAYER, "ada", 1.8e9, 0)
        await store.close()
        cast = load_cast(None, source=GameCode(DatabaseCode(place.code())))
        self.assertEqual(cast.avatar.__module__, "plugins.game")
