"""Plugins: found in a folder, refused with file and line."""

from __future__ import annotations

import sys
from textwrap import dedent

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.server.plugins import Cast, load_cast
from tests.folders import temporary_folder

PLAYER = """
    from gameserver import Avatar

    class Player(Avatar):
        level: int = 1
"""


class LoadTests(SynchronousTestCase):
    """From a folder to the classes of a game."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.folder / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))

    def load(self, avatar: str = "") -> Cast:
        return load_cast(self.folder, avatar)

    def refusal(self, avatar: str = "") -> str:
        with self.assertRaises(PluginError) as caught:
            self.load(avatar)
        self.assertNotIn("\n", str(caught.exception))
        return str(caught.exception)

    def test_module(self) -> None:
        """A module is a plugin; its avatar class is the game's."""
        self.write(game=PLAYER)
        cast = self.load()
        self.assertEqual(cast.avatar.__name__, "Player")
        self.assertEqual(cast.avatar.__module__, "plugins.game")

    def test_package(self) -> None:
        """All modules of a package are imported; relative imports work."""
        self.write(
            game__player=PLAYER,
            game__deep__weather="""
                from gameserver import Service
                from ..player import Player

                class Weather(Service):
                    rain: int = 0
            """,
        )
        (self.folder / "game" / "__init__.py").write_text("")
        (self.folder / "game" / "deep" / "__init__.py").write_text("")
        cast = self.load()
        self.assertEqual([one.__name__ for one in cast.services], ["Weather"])

    def test_base_classes(self) -> None:
        """Only the class nothing derives from is the game's; private ones are not."""
        self.write(
            game="""
                from gameserver import Avatar

                class Being(Avatar):
                    life: int = 10

                class Hero(Being):
                    level: int = 1

                class _Draft(Being):
                    pass
            """
        )
        self.assertEqual(self.load().avatar.__name__, "Hero")

    def test_private_modules(self) -> None:
        """Modules with a leading underscore are the plugin's own affair."""
        self.write(game=PLAYER, _notes="raise ValueError")
        self.load()

    def test_afresh(self) -> None:
        """Loading again takes nothing from the last time."""
        self.write(game=PLAYER)
        first = self.load().avatar
        (self.folder / "game.py").unlink()
        self.write(other=PLAYER)
        self.assertIsNot(self.load().avatar, first)
        self.assertNotIn("plugins.game", sys.modules)

    def test_chosen(self) -> None:
        """With several avatar classes the setting chooses."""
        self.write(game=PLAYER, other=PLAYER)
        self.assertIn("realm.avatar", self.refusal())
        self.assertIn("'game:Player', 'other:Player'", self.refusal("game:Nobody"))
        for name in ("other:Player", "plugins.other:Player"):
            self.assertEqual(self.load(name).avatar.__module__, "plugins.other")

    def test_none(self) -> None:
        """A folder without an avatar class, or no folder, is refused by name."""
        self.assertIn("subclass of Avatar", self.refusal())
        with self.assertRaisesRegex(PluginError, "missing: no such folder"):
            load_cast(self.folder / "missing")

    def test_syntax(self) -> None:
        """A syntax error names file and line."""
        self.write(game="x = 1\n\ndef f(:\n")
        self.assertRegex(self.refusal(), r"game\.py:3: SyntaxError: ")

    def test_encoding(self) -> None:
        """A file that is no UTF-8 is named."""
        (self.folder / "game.py").write_bytes(b"x = '\xff\xfe'\n")
        self.assertRegex(self.refusal(), r"game\.py:1: cannot be decoded: ")

    def test_import_raises(self) -> None:
        """What a body raises is named with the line of author code it came from."""
        self.write(
            game__player="""
                import json

                LEVELS = json.loads("{")
            """
        )
        (self.folder / "game" / "__init__.py").write_text("")
        self.assertRegex(self.refusal(), r"player\.py:4: JSONDecodeError: ")

    def test_exit(self) -> None:
        """A body that ends the process is refused like any other failure."""
        self.write(game="raise SystemExit(3)")
        self.assertRegex(self.refusal(), r"game\.py:1: SystemExit: 3")

    def test_wrong_declarations(self) -> None:
        """Fields, options and calls that cannot work are refused before a player."""
        for body, told in (
            ("level: int = 'one'", r"level: the default does not fit"),
            ("name: str = 'x'", r"Player\.name: the name belongs to the base"),
            ("when: 'Missing' = 1", r"annotation cannot be read"),
            ("max_clients = 0", r"max_clients = 0, expected None or"),
            ("when_full = 'wait'", r"when_full = 'wait', expected 'refuse' or"),
            ("version = 0", r"version = 0, expected a whole number"),
            ("def perspective_x(self, *all): pass", r"declare each argument"),
            ("def perspective_x(self, a: 'Nope'): pass", r"cannot be read"),
        ):
            source = (
                f"from gameserver import Avatar\nclass Player(Avatar):\n    {body}\n"
            )
            (self.folder / "game.py").write_text(source)
            self.assertRegex(self.refusal(), rf"game(\.py:\d)?.*{told}")
