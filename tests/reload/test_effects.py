"""What bodies do to other modules: seen, taken back, done at the commit."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload import effects
from gameserver.reload.effects import Effects
from gameserver.reload.elsewhere import Elsewhere
from tests.reload.game import Game, desk_for

KEYS = st.sampled_from("abc")
TABLES = st.one_of(
    st.dictionaries(KEYS, st.integers(0, 3)),
    st.lists(st.integers(0, 3)),
    st.sets(st.integers(0, 3)),
    st.lists(st.integers(0, 3)).map(deque),
)


def own_copy(table):
    return table.copy()


class TableTests(SynchronousTestCase):
    """Tables that adapters name."""

    def done(self, table, change, *, later=None, translate=None):
        """Watch a table while ``change`` is done to it; then commit the effects."""
        watch = Effects([], [table])
        change(table)
        watch.take_back()
        if later is not None:
            later(table)
        desk = desk_for()
        Elsewhere(translate or (lambda x: x), desk).lay_down(watch.found)
        desk.journal.apply()
        return desk

    @given(TABLES, st.data())
    def test_law(self, table, data):
        """Taken back, a table is what it was; committed, it holds what the body put."""
        new = data.draw(kind_of(table))
        before = own_copy(table)
        watch = Effects([], [table])
        refill(table, new)
        watch.take_back()
        self.assertEqual(table, before)
        desk = desk_for()
        Elsewhere(lambda x: x, desk).lay_down(watch.found)
        desk.journal.apply()
        self.assertEqual(set(table), set(new))
        desk.journal.revert()
        self.assertEqual(table, before)

    def test_changed_since(self):
        """A key that was changed after staging stays as it is."""
        table = {"a": 1}
        self.done(table, lambda t: t.update(a=2), later=lambda t: t.update(a=3))
        self.assertEqual(table, {"a": 3})

    def test_gone_since(self):
        """A key that the body takes away may be gone already."""
        table = {"a": 1}
        self.done(table, lambda t: t.pop("a"), later=lambda t: t.clear())
        self.assertEqual(table, {})

    def test_translated_back(self):
        """What translates to what is there already is not written."""
        table, old = {"a": "old"}, "old"
        desk = self.done(table, lambda t: t.update(a="new"), translate=lambda _: old)
        self.assertEqual(len(desk.journal), 0)

    def test_there_since(self):
        """An item that somebody else has added since is not added twice."""
        table, one = [], object()
        self.done(table, lambda t: t.append(one), later=lambda t: t.append(one))
        self.assertEqual(table, [one])

    def test_equal_callable(self):
        """A callback that is there already, equal, is not added twice."""
        table = [self.test_law]
        self.done(table, lambda t: t.append(self.test_law))
        self.assertEqual(len(table), 1)

    def test_quarrel(self):
        """Values whose comparison fails are others."""

        class Quarrel:
            def __call__(self):
                pass

            def __eq__(self, other):
                raise RuntimeError("no")

            __hash__ = None

        table = [Quarrel()]
        self.done(table, lambda t: t.append(Quarrel()))
        self.assertEqual(len(table), 2)

    def test_added_since(self):
        """Items that came after staging stay beside those of the body."""
        table = [1]
        self.done(table, lambda t: t.append(2), later=lambda t: t.append(3))
        self.assertEqual(table, [1, 3, 2])

    def test_reordered(self):
        """A list that the body put in another order gets that order."""
        table = [1, 2]
        self.done(table, lambda t: t.reverse())
        self.assertEqual(table, [2, 1])

    def test_large(self):
        """Very large tables are not watched."""
        table = dict.fromkeys(range(effects.MANY + 1))
        watch = Effects([], [table])
        table["a"] = 1
        watch.take_back()
        self.assertEqual(watch.found, [])

    def test_large_set(self):
        """A large set that loses items is compared in one go."""
        table = set(range(effects.MANY))
        self.done(table, lambda t: t.remove(5))
        self.assertEqual(len(table), effects.MANY - 1)

    def test_functions(self):
        """Functions in watched tables are found, those of bound methods too."""
        watch = Effects([], [{"a": own_copy}, [self.test_law], {1}])
        self.assertEqual(list(watch.functions()), [own_copy, self.test_law.__func__])


def kind_of(table):
    """Give a strategy for tables of the same type."""
    if isinstance(table, dict):
        return st.dictionaries(KEYS, st.integers(4, 6))
    if isinstance(table, set):
        return st.sets(st.integers(0, 6))
    return st.lists(st.integers(0, 6)).map(type(table))


def refill(table, content):
    table.clear()
    getattr(table, "extend", getattr(table, "update", None))(content)


class ModuleTests(SynchronousTestCase):
    """Modules that the staged ones import."""

    REGISTRY = "table = {}\nitems = []\ncount = 0\nclass C:\n  a = 1\n  seen = []\n"

    def test_registers(self):
        """A body's entry in another's table comes with the commit, and goes back."""
        text = "from ROOT.registry import table\nclass A: x = {}\ntable[{!r}] = A"
        game = Game(self, registry=self.REGISTRY, m=text.format(1, "a"))
        game.put(m=text.format(2, "b"))
        plan = game.engine.plan()
        self.assertEqual(list(game.registry.table), ["a"])
        release = game.engine.commit(plan)
        self.assertIs(game.registry.table["b"], game.m.A)
        release.undo()
        self.assertEqual(list(game.registry.table), ["a"])

    def test_attributes(self):
        """So do attributes of modules and classes, set or deleted."""
        game = Game(self, registry=self.REGISTRY + "gone = 1\n", m="")
        release = game.release(
            m="from ROOT import registry\nregistry.count = 5\ndel registry.gone\n"
            "registry.C.a = 5\nregistry.C.b = 6\nregistry.C.seen.append(1)\n"
        )
        found = game.registry
        self.assertEqual(
            (found.count, found.C.a, found.C.b, found.C.seen), (5, 5, 6, [1])
        )
        self.assertFalse(hasattr(found, "gone"))
        release.undo()
        self.assertEqual((found.count, found.C.a, found.C.seen), (0, 1, []))
        self.assertFalse(hasattr(found.C, "b"))
        self.assertEqual(found.gone, 1)

    def test_fields(self):
        """So do fields of the game's objects, and containers there."""
        boxes = (
            "class Box:\n  def __init__(self): self.items = []; self.inner = [self]\n"
            "class Slotted:\n  __slots__ = ('items',)\n"
            "box, boxes, slotted = Box(), [Box()], Slotted()\n"
        )
        game = Game(self, registry=boxes, m="")
        text = (
            "from ROOT.registry import box, boxes\n"
            "box.items.append(1)\nbox.seen = 1\nboxes[0].items.append(2)\n"
        )
        game.put(m=text)
        plan = game.engine.plan()
        box, inner = game.registry.box, game.registry.boxes[0]
        self.assertEqual(
            (box.items, inner.items, hasattr(box, "seen")), ([], [], False)
        )
        release = game.engine.commit(plan)
        self.assertEqual((box.items, inner.items, box.seen), ([1], [2], 1))
        release.undo()
        self.assertEqual(
            (box.items, inner.items, hasattr(box, "seen")), ([], [], False)
        )

    def test_class_loses(self):
        """A class attribute that a body deletes goes with the commit."""
        game = Game(self, registry=self.REGISTRY, m="")
        release = game.release(m="from ROOT.registry import C\ndel C.a\n")
        self.assertFalse(hasattr(game.registry.C, "a"))
        release.undo()
        self.assertEqual(game.registry.C.a, 1)

    def test_set_already(self):
        """A class attribute that has the value already is not written."""
        game = Game(self, registry=self.REGISTRY, m="")
        game.put(m="from ROOT.registry import C\nC.a = 5\n")
        plan = game.engine.plan()
        game.registry.C.a = 5
        game.engine.commit(plan)
        self.assertEqual(game.registry.C.a, 5)

    def test_refused(self):
        """A body that fails leaves nothing of what it did elsewhere."""
        game = Game(self, registry=self.REGISTRY, m="")
        game.put(
            m="from ROOT.registry import table, items\n"
            "table[1] = 1\nitems.append(1)\nraise LookupError\n"
        )
        self.assertRaises(ReleaseRefused, game.engine.release)
        self.assertEqual((game.registry.table, game.registry.items), ({}, []))


class DefinitionTests(SynchronousTestCase):
    """What bodies do to functions and classes of other modules."""

    FAR = """
        class A: pass
        class B: pass
        class C(A):
            def go(self, n=1): return n
        def f(n, *, m=1): return n + m
        """

    def setUp(self) -> None:
        self.game = Game(self, far=self.FAR, near="from ROOT import far\n")

    def state(self) -> list[object]:
        """Give what bodies change here."""
        far = self.game.far
        parts = [far.f.__code__, far.f.__defaults__, far.f.__kwdefaults__]
        named = [far.C.__bases__, far.C.__name__, far.C.go.__defaults__]
        return [*parts, far.f.__doc__, *named]

    BODY = """
        from ROOT import far
        def other(n, *, m=1): return n * m
        far.f.__code__ = other.__code__
        far.f.__defaults__ = (5,)
        far.f.__kwdefaults__ = {"m": 7}
        far.f.__doc__ = "told"
        far.C.__bases__ = (far.B,)
        far.C.__name__ = "K"
        far.C.go.__defaults__ = (9,)
        """

    def test_refused(self):
        """A body that fails leaves them as they were."""
        before = self.state()
        self.game.put(near=self.BODY + "        1 / 0\n")
        self.assertRaises(ReleaseRefused, self.game.engine.release)
        self.assertEqual(self.state(), before)

    def test_planned(self):
        """A plan does, too; the commit changes them, and the undo takes that back."""
        before = self.state()
        self.game.put(near=self.BODY)
        plan = self.game.engine.plan()
        self.assertEqual(self.state(), before)
        release = self.game.engine.commit(plan)
        far = self.game.far
        self.assertEqual((far.f(), far.C().go()), (35, 9))
        self.assertEqual((far.C.__bases__, far.C.__name__), ((far.B,), "K"))
        release.undo()
        self.assertEqual(self.state(), before)
