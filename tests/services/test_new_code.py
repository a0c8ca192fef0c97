"""Which code is new in a release: that of functions that do something else."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.new_code import changed, functions
from tests.reload.game import Game

OLD = """
    def f(x, by=2):
        return [y + by for y in x]

    def g():
        return lambda: 2

    class A:
        def h(self):
            raise ValueError

    class B:
        def h(self):
            return 1
"""


class ChangedTests(SynchronousTestCase):
    """A watch blames what a release has changed, and nothing else."""

    def new(self, text: str) -> set[str]:
        """Give the names of the functions that a text changes."""
        game = Game(self, m=OLD)
        game.load("m")
        names = [game.full("m")]
        before = functions(game.engine, names)
        game.release(m=text)
        found = changed(functions(game.engine, names), before)
        return {one.co_name for one in found if one.co_name[0] != "<"}

    def test_lines(self) -> None:
        """A function that only stands in other lines is not new."""
        moved = "    # a comment\n\n" + OLD.replace(
            "        return [", "\n        return ["
        )
        self.assertEqual(self.new(moved), set())

    def test_inside(self) -> None:
        """One with another function inside is."""
        self.assertEqual(self.new(OLD.replace("lambda: 2", "lambda: 3")), {"g"})

    def test_default(self) -> None:
        """So is one with the same code and another default."""
        self.assertEqual(self.new(OLD.replace("by=2", "by=0")), {"f"})

    def test_as_another(self) -> None:
        """So is a method that gets the body of another of its name."""
        self.assertEqual(self.new(OLD.replace("return 1", "raise ValueError")), {"h"})

    def test_added(self) -> None:
        """A function that was not there before is new."""
        self.assertEqual(self.new(OLD + "\n    def k():\n        pass\n"), {"k"})
