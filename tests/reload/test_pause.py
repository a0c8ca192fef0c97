"""A commit does the same work, however much the game has put into its tables."""

from __future__ import annotations

import sys
from typing import Any

from tests.reload.engines import EngineCase

HEAD = """
from gameserver.reload import Reloadable
class Thing(Reloadable):
    def hum(self): return 1
"""
SINGLETON = "class World:\n    def __init__(self): self.all = []\nWORLD = World()\n"
CLOSURE = """
def keeper():
    every = []
    def keep(thing): every.append(thing)
    return keep
keep = keeper()
"""


class PauseTests(EngineCase):
    def calls(self, text: str, fill: Any, number: int) -> int:
        """Count the calls that one commit makes, with so many things in the game."""
        module = self.load(a=HEAD + text)
        things = [module.Thing() for _ in range(number)]
        fill(module, things)
        self.write(a=(HEAD + text).replace("return 1", "return 2"))
        plan = self.engine.plan()
        self.write(a=HEAD + text)
        made = 0

        def count(_: object, event: str, __: object) -> None:
            nonlocal made
            made += event == "call"

        sys.setprofile(count)
        try:
            release = self.engine.commit(plan)
        finally:
            sys.setprofile(None)
        self.assertEqual(module.Thing().hum(), 2)
        release.undo()
        return made

    def is_level(self, text: str, fill: Any) -> None:
        """Assert that the work does not grow; the first of all fills caches."""
        self.calls(text, fill, 0)
        few, some, many = (self.calls(text, fill, n) for n in (20, 2_000, 21_000))
        self.assertLess(some, few + 200)
        self.assertLess(many, few + 200)

    def test_list(self) -> None:
        """Things in a list of the module."""
        self.is_level(
            "WORLD = []\n", lambda m, things: m.WORLD.__setitem__(slice(None), things)
        )

    def test_dict(self) -> None:
        """Things in a table of the module, and in rows in it."""
        self.is_level("WORLD = {}\n", lambda m, x: m.WORLD.update(enumerate(x)))
        rows = lambda m, x: m.WORLD.update(enumerate(zip(x, x, strict=True)))  # noqa: E731 - short
        self.is_level("WORLD = {}\n", rows)

    def test_class(self) -> None:
        """Things in a list of a class."""
        fill = lambda m, x: m.Room.every.__setitem__(slice(None), x)  # noqa: E731 - short
        self.is_level("class Room:\n    every = []\n", fill)

    def test_singleton(self) -> None:
        """Things in a field of an object that the text made."""
        self.is_level(SINGLETON, lambda m, x: setattr(m.WORLD, "all", x))
        rooms = lambda m, x: setattr(m.WORLD, "all", [[one] for one in x])  # noqa: E731 - short
        self.is_level(SINGLETON, rooms)

    def test_cell(self) -> None:
        """Things that a closure keeps."""
        self.is_level(CLOSURE, lambda m, x: [m.keep(one) for one in x])

    def test_default(self) -> None:
        """Things in a default of a function."""
        text = "def keep(thing, every=[]): every.append(thing)\n"
        self.is_level(text, lambda m, x: [m.keep(one) for one in x])

    def test_attribute(self) -> None:
        """Things in an attribute of a function."""
        text = "def keep(): pass\nkeep.every = []\n"
        self.is_level(text, lambda m, x: m.keep.every.extend(x))

    def test_name_put_in(self) -> None:
        """Things under a name that the text does not bind."""
        self.is_level("", lambda m, x: setattr(m, "world", x))

    def test_imported(self) -> None:
        """Things in a list that another module imports, and that one changes."""
        self.load(b="WORLD = []\n")
        text = "from worlds.b import WORLD\n"
        fill = lambda m, x: m.WORLD.__setitem__(slice(None), x)  # noqa: E731 - short
        self.is_level(text, fill)
