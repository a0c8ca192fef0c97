"""What a text enters in other modules' tables: registered once, whatever it holds."""

from __future__ import annotations

from tests.reload.engines import EngineCase

REGISTRY = """
ALL = []
BY_NAME = {}

class Command:
    def __init__(self, fn, cost):
        self.fn, self.cost, self.calls = fn, cost, 0
        ALL.append(self)
        BY_NAME[fn.__name__] = self

def command(cost):
    return lambda fn: Command(fn, cost)

def plain(fn):
    if fn.__name__ in BY_NAME:
        raise ValueError("registered already")
    BY_NAME[fn.__name__] = fn
    return fn
"""

TEXT = """
from worlds.registry import command, plain

@command({cost})
def look(): return {value}
"""


class RegisteredTests(EngineCase):
    """Objects that hold a text's functions."""

    def setUp(self) -> None:
        super().setUp()
        self.registry = self.load(registry=REGISTRY)
        self.module = self.load(a=TEXT.format(cost=1, value=1))

    def test_stays(self):
        """The live object stays, with what it counted, and runs the new text."""
        held = self.module.look
        held.calls = 5
        self.release(a=TEXT.format(cost=1, value=2))
        self.assertEqual((held.fn(), held.calls), (2, 5))
        self.assertIs(self.module.look, held)
        self.assertEqual(self.registry.ALL, [held])
        self.assertIs(self.registry.BY_NAME["look"], held)

    def test_edited(self):
        """A field that the text gives another value takes it, untouched ones only."""
        held = self.module.look
        held.calls = 5
        self.release(a=TEXT.format(cost=3, value=1))
        self.assertEqual((held.cost, held.calls), (3, 5))

    def test_other_change(self):
        """A change elsewhere in the module leaves it whole."""
        held = self.module.look
        fields = dict(vars(held))
        self.release(a=TEXT.format(cost=1, value=1) + "OTHER = 1\n")
        self.assertEqual(vars(held), fields)

    def test_new_and_renamed(self):
        """A new registration holds the live function; a former one goes."""
        text = TEXT.format(cost=1, value=1).replace("look", "peek")
        self.release(a=text)
        self.assertEqual(list(self.registry.BY_NAME), ["peek"])
        self.assertIs(self.module.peek.fn.__globals__, vars(self.module))
        self.assertEqual(self.registry.ALL, [self.module.peek])

    def test_undo(self):
        """An undo restores the tables and the fields."""
        held = self.module.look
        text = TEXT.format(cost=9, value=2) + "@command(1)\ndef run(): pass\n"
        self.release(a=text).undo()
        self.assertEqual((held.fn(), held.cost), (1, 1))
        self.assertEqual(list(self.registry.BY_NAME), ["look"])
        self.assertEqual(self.registry.ALL, [held])

    def test_refuses_doubles(self):
        """A registry that refuses a second entry of one name can be used."""
        text = "from worlds.registry import plain\n@plain\ndef hit(): return {}\n"
        module = self.load(b=text.format(1))
        self.release(b=text.format(2))
        self.assertEqual(self.registry.BY_NAME["hit"](), 2)
        self.assertIs(self.registry.BY_NAME["hit"], module.hit)

    def test_owner_entered_it(self):
        """What a table's own module put into it is not the other's to take away."""
        self.load(
            c="def f(): return 1\nimport worlds.d\n",
            d="from worlds.c import f\nT = [f, 1]\n",
        )
        self.release(c="def f(): return 2\nimport worlds.d\n")
        table = self.load(d="from worlds.c import f\nT = [f, 1]\n").T
        self.assertEqual([table[0](), table[1]], [2, 1])
