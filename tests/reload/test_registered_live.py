"""Live registrations stay where others see them while new texts are staged."""

from __future__ import annotations

import sys

from tests.reload.engines import EngineCase

REGISTRY = """
BY_NAME = {}
ORDER = []
SEEN = []

def command(fn):
    SEEN.append(sorted(BY_NAME))
    BY_NAME[fn.__name__] = fn
    return fn

def listed(fn):
    ORDER.append(fn)
    return fn

def once(fn):
    SEEN.append(sorted(BY_NAME))
    BY_NAME.setdefault(fn.__name__, fn)
    if fn.__name__ not in [one.__name__ for one in ORDER]:
        ORDER.append(fn)
    return fn
"""

FIRST = """
from worlds.registry import {mark}

@{mark}
def look(): return {value}

@{mark}
def hit(): return {value}
"""

OTHER = """
from worlds.registry import command, listed

@command
@listed
def wait(): return 0
"""


class LiveRegistrationTests(EngineCase):
    """Tables of registrations, before, while and after a module is staged."""

    def setUp(self) -> None:
        super().setUp()
        self.registry = self.load(registry=REGISTRY)

    def first(self, value: int, mark: str = "command") -> str:
        """Give the text of a module that registers two functions."""
        return FIRST.format(mark=mark, value=value)

    def test_present_while_staged(self):
        """While the new text runs, its live registrations are in the table."""
        self.load(a=self.first(1), b=OTHER)
        self.registry.SEEN.clear()
        self.write(a=self.first(2))
        copied = []
        self.registry.SEEN = _Spy(copied)
        self.engine.plan()
        self.assertEqual(copied, [["hit", "look", "wait"]] * 2)

    def test_order_after_plan(self):
        """A plan, and a refused one, leave a table's order as it was."""
        self.load(a=self.first(1), b=OTHER)
        before = list(self.registry.BY_NAME.items())
        self.write(a=self.first(2))
        self.engine.plan()
        self.assertEqual(list(self.registry.BY_NAME.items()), before)
        self.refused(a=self.first(2) + "\n1 / 0\n")
        self.assertEqual(list(self.registry.BY_NAME.items()), before)

    def test_order_after_deleting_body(self):
        """A body that deletes and sets a key again leaves the order as it was."""
        text = "from worlds import registry\nregistry.BY_NAME.pop('x', 0)\n"
        text += "registry.BY_NAME['x'] = {}\nregistry.BY_NAME.setdefault('y', 1)\n"
        self.load(a=text.format(1))
        self.write(a=text.format(2))
        self.engine.plan()
        self.assertEqual(list(self.registry.BY_NAME.items()), [("x", 1), ("y", 1)])

    def test_list_keeps_order(self):
        """A list of functions is neither doubled nor put in another order."""
        module = self.load(b=OTHER, a=self.first(1, "listed"))
        other = self.registry.ORDER[0]
        self.release(a=self.first(2, "listed"))
        self.assertEqual(self.registry.ORDER, [other, module.look, module.hit])
        self.assertEqual([one() for one in self.registry.ORDER], [0, 2, 2])

    def test_setdefault(self):
        """A text that registers only what is missing keeps its registrations."""
        module = self.load(a=self.first(1, "once"))
        self.release(a=self.first(2, "once"))
        self.assertEqual(self.registry.ORDER, [module.look, module.hit])
        self.assertEqual(list(self.registry.BY_NAME), ["look", "hit"])
        self.assertEqual(self.registry.BY_NAME["look"](), 2)

    def test_no_longer_registered(self):
        """What the text registers no more goes, and only that is out meanwhile."""
        self.load(a=self.first(1), b=OTHER)
        module = sys.modules["worlds.a"]
        copied: list[list[str]] = []
        self.registry.SEEN = _Spy(copied)
        text = self.first(1).replace("@command\ndef hit", "def hit")
        self.release(a=text)
        self.assertEqual(list(self.registry.BY_NAME), ["look", "wait"])
        self.assertEqual(module.hit(), 1)
        self.assertTrue(all("look" in one and "wait" in one for one in copied))

    def test_setdefault_gone(self):
        """A registration made only where missing goes when the text drops it."""
        self.load(a=self.first(1, "once"))
        self.release(a=self.first(1, "once").partition("@once\ndef hit")[0])
        self.assertEqual(list(self.registry.BY_NAME), ["look"])
        self.assertEqual(len(self.registry.ORDER), 1)

    def test_overridden(self):
        """Another module's later registration under the name stays."""
        self.load(a=self.first(1))
        override = (
            "from worlds.registry import command\n@command\ndef look(): return 9\n"
        )
        module = self.load(b=override)
        self.release(a=self.first(2))
        self.assertIs(self.registry.BY_NAME["look"], module.look)

    def test_second_instance(self):
        """A second registered instance of a class is added; the first one stays."""
        text = """
        from worlds.registry import ORDER
        class Button:
            def __init__(self, text): self.text, self.pressed = text, 0
        ORDER.append(Button("a"))
        """
        self.load(a=text)
        first = self.registry.ORDER[0]
        first.pressed = 3
        self.release(a=text + "\n        ORDER.append(Button('b'))\n")
        self.assertEqual([one.text for one in self.registry.ORDER], ["a", "b"])
        self.assertIs(self.registry.ORDER[0], first)
        self.assertEqual(first.pressed, 3)

    def test_instance_edited(self):
        """A registered instance takes the field that the text gives another value."""
        text = """
        from worlds.registry import ORDER
        class Button:
            def __init__(self, text): self.text, self.pressed = text, 0
        ORDER.append(Button("{}"))
        """
        self.load(a=text.format("a"))
        first = self.registry.ORDER[0]
        first.pressed = 3
        release = self.release(a=text.format("b"))
        self.assertEqual(self.registry.ORDER, [first])
        self.assertEqual((first.text, first.pressed), ("b", 3))
        release.undo()
        self.assertEqual((first.text, first.pressed), ("a", 3))

    def test_pair_edited(self):
        """A tuple that holds a function gives way to its new version, in its place."""
        text = "from worlds.registry import ORDER\ndef f(): return {0}\n"
        self.load(a=text.format(1) + "ORDER.append((f, 1))\n", b=OTHER)
        module = sys.modules["worlds.a"]
        self.release(a=text.format(2) + "ORDER.append((f, 2))\n")
        self.assertEqual(self.registry.ORDER[0], (module.f, 2))
        self.assertEqual(len(self.registry.ORDER), 2)
        self.release(a=text.format(3) + "ORDER.append((f, 2))\n")
        self.assertEqual(self.registry.ORDER[0], (module.f, 2))
        self.assertEqual(len(self.registry.ORDER), 2)

    def test_partial(self):
        """A registered partial gives way to one with other arguments, else it stays."""
        text = "from functools import partial\nfrom worlds.registry import ORDER\n"
        text += "def f(x): return (x, {0})\nORDER.append(partial(f, {0}))\n"
        self.load(a=text.format(1))
        held = self.registry.ORDER[0]
        self.release(a=text.format(2))
        self.assertEqual([one() for one in self.registry.ORDER], [(2, 2)])
        self.assertEqual(held(), (1, 2))
        held = self.registry.ORDER[0]
        self.release(a=text.format(2) + "\n# no other\nK = 1\n")
        self.assertEqual(self.registry.ORDER, [held])

    def test_slots_restored(self):
        """A refused body leaves the slots of another module's object alone."""
        text = "class Hall:\n    __slots__ = ('open', 'left')\nHALL = Hall()\n"
        hall = self.load(hall=text).HALL
        hall.open = 1
        body = "from worlds.hall import HALL\nHALL.open = 2\nHALL.left = 1\n"
        self.load(a="x = 1\n")
        self.refused(a=body + "1 / 0\n")
        self.assertEqual((hall.open, hasattr(hall, "left")), (1, False))
        self.release(a=body)
        self.assertEqual((hall.open, hall.left), (2, 1))


class _Spy(list):  # type: ignore[type-arg]
    """A list that is not watched for its content, and tells what is appended."""

    def __init__(self, told: list[list[str]]) -> None:
        super().__init__()
        self.told = told

    def append(self, item: list[str]) -> None:
        self.told.append(item)
