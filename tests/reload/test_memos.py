"""What a base class keeps per class, named in ``__memos__``, is nobody's state."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.reload.game import Game

BASE = """
    class Base:
        __memos__ = ("__names__",)

        @classmethod
        def names(cls):
            if "__names__" not in vars(cls):
                cls.__names__ = sorted(one for one in vars(cls) if one[0] != "_")
            return cls.__names__
"""
THING = """
    from {base} import Base

    class Thing(Base):
        a = 1
"""


class MemoTests(SynchronousTestCase):
    """Made anew when a class changes, in either direction."""

    def setUp(self) -> None:
        self.game = Game(self, base=BASE)
        self.base = self.game.full("base")
        self.game.load("base")

    def thing(self) -> Any:
        return self.game.thing.Thing

    def text(self, more: str = "") -> str:
        return THING.format(base=self.base) + more

    def test_undone(self) -> None:
        """One that was made in the new code goes with it."""
        self.game.put(thing=self.text())
        self.game.load("thing")
        release = self.game.release(thing=self.text("        b = 2\n"))
        self.assertEqual(self.thing().names(), ["a", "b"])
        release.undo()
        self.assertEqual(self.thing().names(), ["a"])

    def test_in_the_way(self) -> None:
        """Of a class that a release brought it does not stand in an undo's way."""
        release = self.game.release(thing=self.text())
        self.assertEqual(self.thing().names(), ["a"])
        release.undo()
        self.assertNotIn(self.game.full("thing"), self.game.engine.records)
