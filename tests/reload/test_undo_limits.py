"""What an undo would lose, and what it would not: neither too lax nor too strict."""

from __future__ import annotations

import sys

from gameserver.errors import UndoRefused
from gameserver.reload import memento
from tests.reload.engines import EngineCase

HEAD = "from gameserver.reload import Reloadable, migration\n"
P1 = (
    HEAD
    + "class P(Reloadable):\n    version = 1\n    def __init__(self): self.bag = []\n"
)
P2 = P1.replace("version = 1", "version = 2")
KEEP = "@migration(P, to=2)\ndef step(state): return {**state, 'x': 1}\n"


class NewModuleTests(EngineCase):
    """The state of a module that the release brought."""

    def test_shared_table(self):
        """A table of an older module that a new one imports is not lost."""
        old = self.load(a="PLAYERS = {}\n")
        release = self.release(b="from worlds.a import PLAYERS\nK = 1\n")
        old.PLAYERS["bob"] = 1
        release.undo()
        self.assertEqual(old.PLAYERS, {"bob": 1})

    def test_put_elsewhere(self):
        """A new table counts though the release has put it into older things, too."""
        text = "TABLE = {}\nROW = []\nclass Conf: pass\nC = Conf()\ndef f(): pass\n"
        puts = ("TABLE['x'] = X", "TABLE[1] = X", "ROW.append(X)", "Conf.x = X")
        for put in (*puts, "C.x = X", "f.x = X"):
            self.load(a=text)
            release = self.release(b=f"from worlds import a\nX = []\na.{put}\n")
            table = sys.modules["worlds.b"].X
            table.append(1)
            error = self.assertRaises(UndoRefused, release.undo)
            self.assertIn("worlds.b.X", str(error))
            table.pop()
            release.undo()

    def test_put_into_instances(self):
        """Likewise into instances that it migrated."""
        module = self.load(a=P1 + "HELD = []\n")
        module.HELD.append(module.P())
        step = "from worlds import b\n" + KEEP.replace("'x': 1", "'x': b.X")
        release = self.release(a=P2 + "HELD = []\n" + step, b="X = {}\n")
        module.HELD[0].x["n"] = 1
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("worlds.b.X", str(error))

    def test_put_since(self):
        """What players have put into older things since stays: it is not lost."""
        module = self.load(a="TABLE = {}\n")
        release = self.release(b="X = []\n")
        module.TABLE["x"] = sys.modules["worlds.b"].X
        module.TABLE["x"].append(1)
        release.undo()
        self.assertEqual(module.TABLE, {"x": [1]})

    def test_shared_class(self):
        """Nor are classes and objects of an older module."""
        text = "class Conf:\n    level = 1\n    def __init__(self): self.n = 0\n"
        text += "C = Conf()\n"
        old = self.load(a=text)
        release = self.release(b="from worlds.a import Conf, C\nOTHERS = [C]\n")
        old.Conf.level = 5
        old.C.n = 7
        release.undo()
        self.assertEqual((old.Conf.level, old.C.n), (5, 7))

    def test_counted_object(self):
        """An object of an older class that the new module made is."""
        self.load(a="class Npc:\n    def __init__(self): self.hp = 1\n")
        release = self.release(b="from worlds.a import Npc\nBOSS = Npc()\n")
        sys.modules["worlds.b"].BOSS.hp = 5
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("worlds.b.BOSS.hp", str(error))

    def test_registered_object(self):
        """So is one that it entered in another module's table."""
        old = self.load(a="TABLE = {}\n")
        text = "from worlds import a\nclass Npc:\n    hp = 1\n"
        release = self.release(b=text + "a.TABLE['boss'] = Npc()\n")
        old.TABLE["boss"].hp = 5
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("hp", str(error))


class BroughtTests(EngineCase):
    """Objects that the release brought to modules that were there."""

    def test_singleton(self):
        """What became of a new singleton would be lost."""
        text = "class Boss:\n    def __init__(self): self.hp = 1\n"
        module = self.load(a=text)
        release = self.release(a=text + "BOSS = Boss()\n")
        module.BOSS.hp = 5
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("a new Boss.hp", str(error))

    def test_table_of_a_singleton(self):
        """So would what is in its tables."""
        text = "class Boss:\n    def __init__(self): self.bag = {'a': []}\n"
        module = self.load(a=text)
        release = self.release(a=text + "BOSS = Boss()\n")
        module.BOSS.bag["a"].append(1)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("a new Boss.bag['a']", str(error))

    def test_number_as_key(self):
        """An item under a key that is no text counts as well."""
        old = self.load(a="TABLE = {}\n")
        release = self.release(b="from worlds import a\na.TABLE[1] = []\n")
        old.TABLE[1].append(2)
        self.assertRaises(UndoRefused, release.undo)

    def test_cell(self):
        """What a closure that the release set has counted since."""
        text = "def make(n):\n    def count():\n        nonlocal n\n        n += 1\n"
        text += "        return n\n    return count\ncount = make({})\n"
        module = self.load(a=text.format(0))
        release = self.release(a=text.format(10))
        self.assertEqual(module.count(), 11)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("make.<locals>.count (n)", str(error))

    def test_function_attribute(self):
        """What a function's attribute has counted since."""
        text = "def f(): pass\nf.calls = {}\n"
        module = self.load(a=text.format(0))
        release = self.release(a=text.format(10))
        module.f.calls += 1
        self.assertRaises(UndoRefused, release.undo)

    def test_class_attribute_that_stayed(self):
        """Attributes of classes that the release left alone stay as they are."""
        text = "class C:\n    level = 1\n    def f(self): return {}\n"
        module = self.load(a=text.format(1))
        release = self.release(a=text.format(2))
        module.C.level = 9
        release.undo()
        self.assertEqual((module.C.level, module.C().f()), (9, 1))


class LateFieldTests(EngineCase):
    """Fields of dataclasses that instances made on first touch."""

    def touched(self) -> tuple[object, object]:
        """Release a new field with a factory and touch it; give instance, release."""
        text = "from dataclasses import dataclass, field\n@dataclass\nclass C:\n"
        text += "    n: int = 0\n"
        one = self.load(a=text).C()
        release = self.release(a=text + "    bag: list = field(default_factory=list)\n")
        self.assertEqual(one.bag, [])
        return one, release

    def test_as_made(self):
        """One that is as it was made goes."""
        one, release = self.touched()
        release.undo()
        self.assertEqual(vars(one), {"n": 0})

    def test_filled(self):
        """One that was filled since stands in the way."""
        one, release = self.touched()
        one.bag.append(1)
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertEqual(str(error), "changed since the release: C.bag")

    def test_permanent(self):
        """Once the release is permanent nobody keeps a list of them any more."""
        one, release = self.touched()
        maker = vars(type(one))["bag"]
        self.assertEqual(len(maker.made), 1)
        release.make_permanent()
        self.assertIs(maker.made, None)

    def test_older_field(self):
        """One that an earlier release lets be made stays."""
        one, first = self.touched()
        text = self.texts["worlds.a"]
        self.release(a=text.replace("=list)", "=lambda: [1])")).undo()
        self.assertEqual(one.bag, [])
        del first


class CarriedTests(EngineCase):
    """Instances that a release migrated."""

    def carried(self, *, lazily: bool, step: str = KEEP) -> tuple[object, object]:
        module = self.load(a=P1)
        one = module.P()
        one.bag.append("old")
        self.write(a=P2 + step)
        release = self.engine.release(lazily=lazily)
        release.advance()
        return one, release

    def test_filled_since(self):
        """A list that a migration made, filled since, stands in the way."""
        step = KEEP.replace("'x': 1", "'bag': ['made']")
        for lazily in (False, True):
            one, release = self.carried(lazily=lazily, step=step)
            one.bag.append("new")
            self.assertRaises(UndoRefused, release.undo)
            self.assertEqual(one.bag, ["made", "new"])
            self.forget()

    def forget(self) -> None:
        """Let the module be gone."""
        del self.texts["worlds.a"]
        self.engine.release().make_permanent()

    def test_hook_in_place(self):
        """What an instance's hook did to a list goes, at once or lazily."""
        hook = "    def reloaded(self): self.bag.append('hook')\n"
        for lazily in (False, True):
            one, release = self.carried(lazily=lazily, step=hook)
            self.assertEqual(one.bag, ["old", "hook"])
            release.undo()
            self.assertEqual(one.bag, ["old"])
            self.forget()

    def test_hook_fails_in_place(self):
        """What it did to a list goes if it fails later."""
        hook = (
            "    def reloaded(self):\n        self.bag.append('hook')\n        1 / 0\n"
        )
        one, release = self.carried(lazily=True, step=hook)
        self.assertTrue(release.is_undone)
        self.assertEqual(one.bag, ["old"])

    def test_hook_in_place_then_filled(self):
        """A list that a hook changed, filled since, stands in the way."""
        hook = "    def reloaded(self): self.bag.append('hook')\n"
        for lazily in (False, True):
            one, release = self.carried(lazily=lazily, step=hook)
            one.bag.append("new")
            self.assertRaises(UndoRefused, release.undo)
            one.bag.pop()
            release.undo()
            self.assertEqual(one.bag, ["old"])
            self.forget()

    def test_hook_elsewhere_undone(self):
        """It goes with an undo as well."""
        text = HEAD + "LOG = []\nclass P(Reloadable):\n    pass\n"
        module = self.load(a=text)
        one = module.P()
        release = self.release(a=text + "    def reloaded(self): LOG.append(self)\n")
        self.assertEqual(module.LOG, [one])
        release.undo()
        self.assertEqual(module.LOG, [])

    def test_hook_elsewhere(self):
        """What an instance's hook did to other things goes if it fails."""
        text = HEAD + "LOG = []\nclass P(Reloadable):\n    pass\n"
        module = self.load(a=text)
        one = module.P()
        self.refused(
            a=text
            + "    def reloaded(self):\n        LOG.append(self)\n        1 / 0\n"
        )
        self.assertEqual(module.LOG, [])
        del one

    def test_ordinary_class(self):
        """Instances of ordinary classes made since are counted, too."""
        text = "from gameserver.reload import migration\nclass P:\n    version = {}\n"
        module = self.load(a=text.format(1))
        held = module.P()
        step = "@migration(P, to=2)\ndef step(state): return {**state, 'x': 1}\n"
        release = self.release(a=text.format(2) + step)
        made = module.P()
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("1 instances of worlds.a.P were made since", str(error))
        del made
        release.undo()
        self.assertEqual(vars(held), {})

    def test_own_setattr(self):
        """A ``__setattr__`` that the release brings stays when all are migrated."""
        module = self.load(a=P1)
        held = module.P()
        self.write(
            a=P2 + "    def __setattr__(self, name, value):\n"
            "        object.__setattr__(self, name, (value,))\n" + KEEP
        )
        self.engine.release(lazily=True).advance()
        held.mood = 1
        self.assertEqual(held.mood, (1,))

    def test_own_methods_undone(self):
        """They stay for reading and deleting, too, and an undo takes them away."""
        module = self.load(a=P1)
        held = module.P()
        own = "    def __getattribute__(self, name):\n"
        own += "        return [name, object.__getattribute__(self, name)]\n"
        own += "    def __delattr__(self, name): self.gone = name\n"
        self.write(a=P2 + own + KEEP)
        release = self.engine.release(lazily=True)
        release.advance()
        self.assertEqual(held.x, ["x", 1])
        del held.x
        self.assertEqual(held.gone, ["gone", "x"])
        object.__delattr__(held, "gone")
        release.undo()
        self.assertEqual(held.bag, [])
        del held.bag
        self.assertEqual(vars(held), {})

    def test_own_setattr_removed(self):
        """One that the release takes away does not come back."""
        own = "    def __setattr__(self, name, value):\n"
        own += "        object.__setattr__(self, name, (value,))\n"
        module = self.load(a=P1 + own)
        held = module.P()
        self.write(a=P2 + KEEP)
        self.engine.release(lazily=True).advance()
        held.mood = 1
        self.assertEqual(held.mood, 1)


class BoundTests(EngineCase):
    """More objects than are remembered when hooks run."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(memento, "MANY", 50)
        self.text = "ROOMS = [[n] for n in range(100)]\n"
        self.load(a=self.text)

    def test_undo(self):
        """The plan tells it, and undo is refused: what hooks did is not known."""
        hook = "def module_reloaded(old, new): new.ROOMS[99].append(1)\n"
        release = self.release(a=self.text + hook)
        self.assertIn("50", "".join(str(one) for one in release.plan.entries))
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("hook", str(error))

    def test_failure(self):
        """So does a refusal."""
        hook = "def module_reloaded(old, new): 1 / 0\n"
        self.assertIn("50", str(self.refused(a=self.text + hook)))


class OrderTests(EngineCase):
    """The order of names."""

    def test_refused(self):
        """After a refused release it is as before."""
        module = self.load(a="A = 1\nB = 2\nC = 3\n")
        before = list(vars(module))
        self.refused(a="A = 1\nC = 4\nD = 5\ndef module_reloaded(old, new): 1 / 0\n")
        self.assertEqual(list(vars(module)), before)

    def test_keys_that_quarrel(self):
        """A table whose keys cannot be compared any more loses nothing."""
        text = "class K:\n    ok = True\n    def __init__(self, n): self.n = n\n"
        text += "    def __hash__(self): return 1\n"
        text += "    def __eq__(self, other):\n        if not K.ok: raise ValueError\n"
        text += "        return self is other\nTABLE = {K(1): 1, K(2): 2}\n"
        old = self.load(a=text)
        self.load(b="from worlds import a\nclass X: pass\na.TABLE['x'] = X\n")
        release = self.release(b="class X: pass\n")
        self.assertEqual(len(old.TABLE), 2)
        old.K.ok = False
        release.undo()
        old.K.ok = True
        self.assertEqual(len(old.TABLE), 3)

    def test_keys_with_code(self):
        """Keys that run code of the game keep their order as well."""
        text = "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2\nTABLE = {}\n"
        old = self.load(a=text)
        put = "from worlds import a\nclass X: pass\na.TABLE['x'] = X\n"
        self.load(b=put + "a.TABLE[a.E.A] = X\n")
        before = list(old.TABLE)
        release = self.release(b="class X: pass\n")
        self.assertEqual(old.TABLE, {})
        old.TABLE[old.E.B] = 1
        release.undo()
        self.assertEqual(list(old.TABLE), [*before, old.E.B])
