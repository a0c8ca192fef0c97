"""What a failed hook leaves, and what stands in the way of an undo: all of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gameserver.errors import UndoRefused
from tests.reload.engines import EngineCase

if TYPE_CHECKING:
    from collections.abc import Callable

WORLD = """
from array import array
from collections import Counter, OrderedDict, defaultdict, deque

class Room:
    def __init__(self, name): self.name, self.things = name, deque([name])

class Slotted:
    __slots__ = ("left", "right")
    def __init__(self): self.left = [1]

class Game:
    level = 1
    table = {"a": 1}
    def __init__(self): self.rooms = [Room("hall"), Room("gate")]

GAME, SLOTTED = Game(), Slotted()
QUEUE, COUNTS, BY_NAME = deque([1]), Counter(a=1), OrderedDict(a=1, b=2)
DEFAULTS, BYTES, NUMBERS = defaultdict(list, a=[1]), bytearray(b"ab"), array("i", [1])
def make(n):
    def count():
        nonlocal n
        n += 1
        return n
    return count
counter = make(0)
"""

HOOK = """
def module_reloaded(old, new):
    new.GAME.rooms[0].name = "changed"
    new.GAME.rooms[1].things.append("more")
    new.GAME.rooms.append(new.Room("third"))
    new.SLOTTED.left.append(2)
    new.SLOTTED.right = 3
    new.QUEUE.append(2)
    new.COUNTS["a"] += 5
    new.BY_NAME.move_to_end("a")
    new.DEFAULTS["b"].append(1)
    new.BYTES += b"c"
    new.NUMBERS.append(2)
    new.Game.level, new.Game.extra = 2, 3
    new.Game.table["b"] = 2
    new.counter()
    new.MORE = 1
    {end}
"""


def state(module: object) -> object:
    """Give all that the hook touches, as plain values, in order."""
    found = vars(module)
    game = found["GAME"]
    return [
        [(room.name, list(room.things)) for room in game.rooms],
        (found["SLOTTED"].left[:], getattr(found["SLOTTED"], "right", None)),
        (list(found["QUEUE"]), dict(found["COUNTS"]), list(found["BY_NAME"].items())),
        (list(found["DEFAULTS"].items()), bytes(found["BYTES"])),
        list(found["NUMBERS"]),
        (type(game).level, getattr(type(game), "extra", None), dict(type(game).table)),
        found["counter"].__closure__[0].cell_contents,
        [name for name in found if not name.startswith("__")],
    ]


class FailedHookTests(EngineCase):
    """A hook that fails after it has changed whatever it could."""

    def test_all_is_put_back(self):
        """Containers of every kind, slots, classes, cells, and objects far away."""
        module = self.load(a=WORLD)
        before = repr(state(module))
        self.refused(a=WORLD + HOOK.format(end="1 / 0"))
        self.assertEqual(repr(state(module)), before)

    def test_undo_takes_back_what_it_did(self):
        """A hook that did not fail is taken back by an undo, as exactly."""
        module = self.load(a=WORLD)
        before = repr(state(module))
        release = self.release(a=WORLD + HOOK.format(end="return"))
        self.assertNotEqual(repr(state(module)), before)
        release.undo()
        self.assertEqual(repr(state(module)), before)

    def test_changed_after_the_hook(self):
        """What was changed after a hook had changed it, an undo would lose."""
        module = self.load(a=WORLD)
        release = self.release(a=WORLD + HOOK.format(end="return"))
        module.QUEUE.append(3)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("QUEUE", str(error))


class InTheWayTests(EngineCase):
    """What was changed since a release, and an undo would lose."""

    def in_the_way(
        self, before: str, after: str, change: Callable[[Any, Any], object]
    ) -> str:
        """Release, change something, and give why the undo is refused."""
        self.load(other="TABLE = []\n", a=before)
        release = self.release(a=after)
        change(sys.modules["worlds.a"], sys.modules["worlds.other"])
        return str(self.assertRaises(UndoRefused, release.undo))

    def test_class_attribute(self):
        """Data of a class that the release set."""
        text = "class Conf:\n    level = {}\n"
        why = self.in_the_way(
            text.format(1),
            text.format(2),
            lambda a, _: setattr(a.Conf, "level", 9),
        )
        self.assertIn("Conf.level", why)

    def test_class_table(self):
        """A class's table that the release set, filled since."""
        text = "class Conf:\n    table = {{'a': {}}}\n"
        why = self.in_the_way(
            text.format(1), text.format(2), lambda a, _: a.Conf.table.update(b=1)
        )
        self.assertIn("Conf.table", why)

    def test_list_of_another_module(self):
        """A list that the text appends to, and others since."""
        text = "from worlds import other\ndef f(): pass\n"
        more = text + "other.TABLE.append(f)\n"
        why = self.in_the_way(text, more, lambda _, other: other.TABLE.append(1))
        self.assertIn("a list", why)

    def test_new_module(self):
        """Data of a module that the release brought."""
        self.load(a="K = 1\n")
        release = self.release(b="SEEN = []\nclass C:\n    n = 0\n")
        sys.modules["worlds.b"].SEEN.append(1)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("worlds.b.SEEN", str(error))

    def test_made_since(self):
        """Instances made since in a new version: nobody knows their old fields."""
        text = "from gameserver.reload import Reloadable, migration\n"
        text += "class P(Reloadable):\n    version = {}\n"
        step = "@migration(P, to=2)\ndef step(state): return {**state, 'x': 1}\n"
        module = self.load(a=text.format(1))
        held = module.P()
        release = self.release(a=text.format(2) + step)
        made = module.P()
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("1 instances of worlds.a.P were made since", str(error))
        del made
        release.undo()
        self.assertEqual(vars(held), {})

    def test_made_since_without_migration(self):
        """Instances made since in the same version are in nobody's way."""
        text = "from gameserver.reload import Reloadable\n"
        text += "class P(Reloadable):\n    def f(self): return {}\n"
        module = self.load(a=text.format(1))
        release = self.release(a=text.format(2))
        made = module.P()
        release.undo()
        self.assertEqual(made.f(), 1)

    def test_waiting_instances_are_not_new(self):
        """Instances that wait for a lazy migration do not count as made since."""
        text = "from gameserver.reload import Reloadable, migration\n"
        text += "class P(Reloadable):\n    version = {}\n"
        step = "@migration(P, to=2)\ndef step(state): return {**state, 'x': 1}\n"
        module = self.load(a=text.format(1))
        held = [module.P() for _ in range(3)]
        self.write(a=text.format(2) + step)
        release = self.engine.release(lazily=True)
        self.assertEqual(held[0].x, 1)
        release.undo()
        self.assertEqual([vars(one) for one in held], [{}] * 3)

    def test_permanent_on_top(self):
        """Nothing below a permanent release can be undone."""
        module = self.load(a="K = 1\n")
        first = self.release(a="K = 2\n")
        self.release(a="K = 3\n").make_permanent()
        error = self.assertRaises(UndoRefused, first.undo)
        self.assertIn("permanent", str(error))
        self.assertEqual(module.K, 3)


class InterruptTests(EngineCase):
    """Control-C in a migration that waited."""

    def test_goes_through(self):
        """It reaches whoever drives the slices, and the release is taken back."""
        text = "from gameserver.reload import Reloadable, migration\n"
        text += "class P(Reloadable):\n    version = {}\n"
        step = "@migration(P, to=2)\ndef step(state): raise KeyboardInterrupt\n"
        module = self.load(a=text.format(1))
        held = module.P()
        self.write(a=text.format(2) + step)
        release = self.engine.release(lazily=True)
        self.assertRaises(KeyboardInterrupt, release.advance)
        self.assertEqual((release.is_undone, module.P.version), (True, 1))
        self.assertEqual(vars(held), {})


class OrderTests(EngineCase):
    """The order of a module's names."""

    def test_undo(self):
        """Names that a release removed are back in their place."""
        module = self.load(a="A = 1\nB = 2\nC = 3\n")
        before = list(vars(module))
        self.release(a="A = 1\nC = 4\nD = 5\n").undo()
        self.assertEqual(list(vars(module)), before)
