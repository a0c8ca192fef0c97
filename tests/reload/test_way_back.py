"""What a failed hook leaves, and what stands in the way of an undo: all of it."""

from __future__ import annotations

import operator
import sys
import threading
from typing import TYPE_CHECKING, Any

from gameserver.errors import UndoRefused
from gameserver.reload import Release
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

    def test_new_object(self):
        """Data in objects that the release brought, at a name or in a table."""
        text = "class P:\n    n = 0\nX = {}\n"
        more = text + "S = P()\nX['b'] = P()\ndef f(): pass\n"
        whys = [
            ("a new P.n", lambda a, _: setattr(a.S, "n", 77)),
            ("a new P.n", lambda a, _: setattr(a.X["b"], "n", 77)),
            ("f.tag", lambda a, _: setattr(a.f, "tag", 1)),
            ("f.__defaults__", lambda a, _: setattr(a.f, "__defaults__", (1,))),
        ]
        for name, change in whys:
            sys.modules.pop("worlds.a", None)
            self.engine.records.clear()
            self.assertIn(name, self.in_the_way(text, more, change))

    def test_new_module(self):
        """Data of a module that the release brought."""
        self.load(a="K = 1\n")
        release = self.release(b="SEEN = []\nclass C:\n    n = 0\n")
        sys.modules["worlds.b"].SEEN.append(1)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("worlds.b.SEEN", str(error))

    def test_new_module_imports(self):
        """What a new module imports is others': it may change."""
        module = self.load(a="PLAYERS = []\n")
        release = self.release(b="from worlds.a import PLAYERS\n")
        module.PLAYERS.append("ada")
        release.undo()
        self.assertEqual(module.PLAYERS, ["ada"])

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


class LayoutTests(EngineCase):
    """Instances whose class was succeeded by one of another layout."""

    def test_slot_and_back(self):
        """A slot that goes and comes back: committed, and undone."""
        text = "class Spot:\n    __slots__ = {}\n"
        module = self.load(a=text.format("('x', 'y')"))
        spot = module.Spot()
        spot.x = 1
        self.release(a=text.format("('x',)"))
        self.release(a=text.format("('x', 'y')")).undo()
        self.assertEqual((module.Spot.__slots__, spot.x), (("x",), 1))
        self.assertIs(type(spot), module.Spot)

    def test_settling_raises(self):
        """Whatever raises after the pass takes all back, and is a refusal."""
        module = self.load(a="K = 1\n")

        def broken(_):
            raise TypeError("cannot settle")

        self.patch(Release, "settle", broken)
        error = self.refused(a="K = 2\n")
        self.assertIn("cannot settle", str(error))
        self.assertEqual((module.K, self.engine.releases), (1, []))


STEPPED = "from gameserver.reload import Reloadable, migration\nLOG = [1]\n"
STEPPED += "class P(Reloadable):\n    version = {}\n"
STEPPED += "    def __init__(self): self.log, self.bag = LOG, {{'a': [1]}}\n"
STEP = "@migration(P, to=2)\ndef step(s):\n    {}\n    return {{**s, 'x': 1}}\n"


class LentTests(EngineCase):
    """Containers that instances hold, and a migration."""

    def stepped(self, body: str = "pass", *, lazily: bool = False) -> tuple[Any, ...]:
        """Carry an instance; give the module, the instance and the release."""
        module = self.load(a=STEPPED.format(1))
        held = module.P()
        self.write(a=STEPPED.format(2) + STEP.format(body))
        release = self.engine.release(lazily=lazily)
        return module, held, release

    def test_untouched(self):
        """What a step does not touch stays the same object; undo loses nothing."""
        for lazily in (False, True):
            module, held, release = self.stepped(lazily=lazily)
            self.assertEqual(held.x, 1)
            self.assertIs(held.log, module.LOG)
            release.undo()
            self.assertIs(held.log, module.LOG)

    def test_changed_copy(self):
        """A step changes its own copy; an undo gives the former list back."""
        module, held, release = self.stepped("s['bag']['a'].append(2)")
        self.assertEqual(held.bag, {"a": [1, 2]})
        self.assertIs(held.log, module.LOG)
        release.undo()
        self.assertEqual(held.bag, {"a": [1]})

    def test_other_object(self):
        """Another object of the same type in a list is a change."""
        module = self.load(a=STEPPED.format(1) + "class T: pass\n")
        held = module.P()
        held.log, log = [module.T()], held.log
        body = "s['log'][0] = T()"
        first = held.log[0]
        self.release(a=STEPPED.format(2) + "class T: pass\n" + STEP.format(body))
        self.assertIsNot(held.log[0], first)
        self.assertEqual(log, [1])

    def test_moved(self):
        """A list under another name is the same list still."""
        module, held, _ = self.stepped("s['notes'] = s.pop('log')")
        self.assertIs(held.notes, module.LOG)

    def test_cycle(self):
        """A list in itself is lent, and given back."""
        module = self.load(a=STEPPED.format(1))
        held = module.P()
        held.log = log = []
        log += [log, log]
        self.release(a=STEPPED.format(2) + STEP.format("pass"))
        self.assertIs(held.log, log)

    def test_changed_since(self):
        """What players put into such a list since stands in the way of an undo."""
        for lazily in (False, True):
            _, held, release = self.stepped(lazily=lazily)
            self.assertEqual(held.x, 1)
            held.bag["a"].append(2)
            error = self.assertRaises(UndoRefused, release.undo)
            self.assertIn("1 migrated instance has changed since;", str(error))
            held.bag["a"].pop()
            release.undo()

    def test_failure_later(self):
        """A lazy migration that fails takes nothing away that came since."""
        module = self.load(a=STEPPED.format(1))
        held, other = module.P(), module.P()
        other.bad = True
        body = "1 / (not s.get('bad'))"
        self.write(a=STEPPED.format(2) + STEP.format(body))
        release = self.engine.release(lazily=True)
        held.log.append("since")
        release.advance()
        self.assertTrue(release.is_undone)
        self.assertEqual((held.log, module.LOG), ([1, "since"], [1, "since"]))


class OnePassTests(EngineCase):
    """Layout successions without a ``successor`` are a part of the one pass."""

    def test_class_and_instances(self):
        """No thread sees the new class in its module and the old one at an instance."""
        old = "class B: pass\nclass P(B):\n    def v(self): return 1\np = P()\n"
        new = "class P:\n    def v(self): return 2\np = P()\n"
        module = self.load(a=old)
        mixed, stop = [], []
        read = operator.attrgetter("P", "p.__class__")

        def look():
            while not stop:
                one, other = read(module)
                if one is not other:
                    mixed.append((one, other))

        interval = sys.getswitchinterval()
        self.addCleanup(sys.setswitchinterval, interval)
        sys.setswitchinterval(1e-6)
        reader = threading.Thread(target=look)
        reader.start()
        try:
            for _ in range(20):
                self.release(a=new).undo()
        finally:
            stop.append(1)
            reader.join()
        self.assertEqual(mixed, [])


MAKING = "{0}class P{1}:\n    version = {2}\n"
MAKING_STEP = "from gameserver.reload import migration\n"
MAKING_STEP += "@migration(P, to=2)\ndef step(s): return {{**s, 'x': {}}}\n"


class MadeTests(EngineCase):
    """Instances made since, by players, by steps and by hooks."""

    KINDS = (("", ""), ("from gameserver.reload import Reloadable\n", "(Reloadable)"))

    def carried(self, more: str = "", x: str = "1", *, lazily: bool = False) -> Any:
        """Carry one instance of each kind of class; give module, instance, release."""
        for head, base in self.KINDS:
            for name in [one for one in sys.modules if one.startswith("worlds.")]:
                del sys.modules[name]
            self.texts.clear()
            self.engine.records.clear()
            module = self.load(a=MAKING.format(head, base, 1))
            held = module.P()
            text = MAKING.format(head, base, 2) + MAKING_STEP.format(x) + more
            self.write(a=text)
            release = self.engine.release(lazily=lazily)
            yield module, held, release

    def test_made_since(self):
        """Those of unregistered classes stand in the way as registered ones do."""
        for module, held, release in self.carried():
            made = module.P()
            error = self.assertRaises(UndoRefused, release.undo)
            self.assertIn("1 instances of worlds.a.P were made since", str(error))
            del made
            release.undo()
            self.assertEqual(vars(held), {})

    def test_made_by_step(self):
        """Those that a step makes are a part of the release."""
        for lazily in (False, True):
            for _, held, release in self.carried(x="P()", lazily=lazily):
                self.assertEqual(vars(held.x), {})
                release.undo()
                self.assertEqual(vars(held), {})

    def test_made_by_step_in_list(self):
        """So are those that it puts into a list."""
        for lazily in (False, True):
            for _, held, release in self.carried(x="[P()]", lazily=lazily):
                self.assertEqual(len(held.x), 1)
                release.undo()
                self.assertEqual(vars(held), {})

    def test_made_by_hook(self):
        """Those that a module's hook makes are new already; no step runs on them."""
        more = "def module_reloaded(old, new): new.MORE = new.P()\n"
        for lazily in (False, True):
            for module, held, release in self.carried(more, lazily=lazily):
                self.assertEqual((vars(module.MORE), held.x), ({}, 1))
                release.undo()
                self.assertEqual(vars(held), {})


class HookedTests(EngineCase):
    """Functions, classes and library objects that a failing hook has changed."""

    TEXT = """
        from collections import UserDict, UserList
        from types import SimpleNamespace

        class B: pass
        class C(B): pass
        def f(a=1, *, b=2):
            "doc"
            return a, b
        def g(a=3): return a, a
        f.tag = 1
        NAMED, TABLE, ROW = SimpleNamespace(n=1), UserDict(a=1), UserList([1])
    """
    HOOK = """
        def module_reloaded(old, new):
            f, C = new.f, new.C
            f.__defaults__, f.__kwdefaults__, f.__doc__ = (7,), {"b": 8}, "other"
            f.__code__ = new.g.__code__
            f.tag, f.more = 2, 3
            C.__name__, C.__qualname__, C.__bases__ = "D", "D", (type("E", (), {}),)
            new.NAMED.n, new.TABLE["b"] = 2, 2
            new.ROW.append(2)
            1 / 0
    """

    def test_put_back(self):
        """All of it is what it was."""
        module = self.load(a=self.TEXT)
        f, c, base = module.f, module.C, module.B
        code = f.__code__
        self.refused(a=self.TEXT + self.HOOK)
        self.assertEqual((f(), f.__doc__, vars(f)), ((1, 2), "doc", {"tag": 1}))
        self.assertIs(f.__code__, code)
        self.assertEqual((c.__name__, c.__qualname__), ("C", "C"))
        self.assertEqual(c.__bases__, (base,))
        self.assertEqual((module.NAMED.n, module.TABLE, module.ROW), (1, {"a": 1}, [1]))
