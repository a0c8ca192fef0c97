"""What objects hold, remembered and put back."""

from __future__ import annotations

import copy
from collections import deque

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.instances import Reloadable, alive, count
from gameserver.reload.memento import Memento

KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    st.integers(0, 3),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3),
        st.sets(st.integers(0, 3), max_size=3),
    ),
    max_leaves=10,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=3)


class Plain:
    """An ordinary object."""


class Other:
    """One of the same layout."""


class Slotted:
    __slots__ = ("empty", "full")


class Known(Reloadable):
    """Its instances are known."""


class KnownToo(Reloadable):
    """One of the same layout."""


def containers(value):
    """Give a container and those in it."""
    if isinstance(value, (dict, list, set)):
        yield value
        for one in value.values() if isinstance(value, dict) else list(value):
            yield from containers(one)


def spoil(table, draw):
    """Change some of a table's containers."""
    for one in list(containers(table)):
        what = draw(st.integers(0, 2))
        if what == 1:
            one.clear()
        elif what == 2 and isinstance(one, dict):
            one["a"] = 99
        elif what == 2 and isinstance(one, list):
            one.append(99)
        elif what == 2:
            one.add(99)


class LawTests(SynchronousTestCase):
    @given(TABLES, st.data())
    def test_put_back(self, table, data):
        """Whatever plain containers hold is put back, in the same containers."""
        memento, before = Memento(), copy.deepcopy(table)
        inner = list(containers(table))
        memento.keep_table(table)
        spoil(table, data.draw)
        memento.put_back()
        self.assertEqual(table, before)
        for one, other in zip(containers(table), inner, strict=True):
            self.assertIs(one, other)

    @given(TABLES, st.data())
    def test_differences(self, table, data):
        """Taken back and done again by what the differences remember, it is equal."""
        memento = Memento()
        memento.keep_table(table)
        spoil(table, data.draw)
        after = copy.deepcopy(table)
        done = memento.differences()
        self.assertEqual(done.changed_names(), [])
        memento.put_back()
        done.put_back()
        self.assertEqual(table, after)


class TableTests(SynchronousTestCase):
    def test_endless(self):
        """A container that holds itself is remembered once."""
        table = {}
        table["self"] = table
        memento = Memento()
        memento.keep_table(table)
        table["a"] = 1
        memento.put_back()
        self.assertEqual(list(table), ["self"])

    def test_deque(self):
        """A deque is put back, too, with what its containers hold."""
        table = deque([[1]])
        memento = Memento()
        memento.keep_table(table)
        table[0].append(2)
        table.append(3)
        memento.put_back()
        self.assertEqual(table, deque([[1]]))

    def test_equal_items(self):
        """A set whose item is another, equal one is put back."""
        one, other = 1.0, 1
        table = {one}
        memento = Memento()
        memento.keep_table(table)
        table.clear()
        table.add(other)
        memento.put_back()
        self.assertIs(type(next(iter(table))), float)

    def test_names(self):
        """What is other is named; in a list or a set, nothing can be."""
        table = {"a": 1, "b": 1, "l": [1], "s": {1}}
        memento = Memento()
        memento.keep_table(table)
        table["a"] = 2
        table["c"] = 3
        table["l"][0] = 2
        table["s"].add(2)
        found = sorted(memento.changed_names())
        self.assertEqual(found, ["a", "a container", "a container", "c"])

    def test_tables(self):
        """``differences`` knows the keys that are other, by container."""
        table = {"a": 1, "b": 1}
        memento = Memento()
        memento.keep_table(table)
        del table["a"]
        self.assertEqual(memento.differences().keys(), {(id(table), "a")})


class NamespaceTests(SynchronousTestCase):
    def kept(self):
        """Give a namespace with a class and an object of it, and its memento."""
        owner = type("Owner", (), {"a": 1, "bag": [1], "__module__": "m"})
        space = {"__name__": "m", "Owner": owner, "one": owner(), "int": int}
        memento = Memento()
        memento.keep_namespaces({"m": space}, lambda one: one is owner)
        return space, owner, memento

    def test_classes(self):
        """A namespace's classes are put back, attributes and containers in them."""
        _, owner, memento = self.kept()
        owner.a, owner.b = 2, 3
        owner.bag.append(2)
        memento.put_back()
        self.assertEqual((owner.a, owner.bag), (1, [1]))
        self.assertFalse(hasattr(owner, "b"))

    def test_objects(self):
        """So are names, and objects of the game's classes."""
        space, _, memento = self.kept()
        one = space["one"]
        one.field = 1
        del space["one"]
        memento.put_back()
        self.assertIs(space["one"], one)
        self.assertEqual(vars(one), {})

    def test_forget(self):
        """What has not changed can be given up; what has is put back still."""
        space, owner, memento = self.kept()
        owner.a = 2
        owner.bag.append(2)
        memento.forget_unchanged()
        owner.bag.append(3)
        space["later"] = 1
        memento.put_back()
        self.assertEqual((owner.a, owner.bag, space["later"]), (1, [1], 1))


class ObjectTests(SynchronousTestCase):
    def test_fields(self):
        """Fields are put back, and containers in them."""
        one, memento = Plain(), Memento()
        one.bag = ["sword"]
        memento.keep(one)
        one.bag.clear()
        one.mood = "bad"
        memento.put_back()
        self.assertEqual(vars(one), {"bag": ["sword"]})

    def test_other_dict(self):
        """Fields are put back although the object was given another ``__dict__``."""
        one, memento = Plain(), Memento()
        one.mood = "calm"
        fields = vars(one)
        memento.keep(one)
        one.__dict__ = {"mood": "bad"}
        memento.put_back()
        self.assertEqual(one.mood, "calm")
        self.assertIs(vars(one), fields)

    def test_class(self):
        """The class is put back."""
        one, memento = Plain(), Memento()
        memento.keep(one)
        one.__class__ = Other
        memento.put_back()
        self.assertIs(type(one), Plain)

    def test_known(self):
        """One of a registered class is known again as an instance of it."""
        one, memento = Known(), Memento()
        memento.keep(one)
        one.__class__ = KnownToo
        memento.put_back()
        self.assertEqual([id(each) for each in alive(Known)], [id(one)])
        self.assertEqual(count(KnownToo), 0)

    def test_slots(self):
        """Slots are put back, empty ones empty."""
        one, memento = Slotted(), Memento()
        one.full = 1
        memento.keep(one)
        one.full, one.empty = 2, 3
        memento.put_back()
        self.assertEqual(one.full, 1)
        self.assertFalse(hasattr(one, "empty"))

    def test_untouched_slots(self):
        """An empty slot that stayed empty is no trouble."""
        one, memento = Slotted(), Memento()
        memento.keep(one)
        memento.put_back()
        self.assertFalse(hasattr(one, "empty"))

    def test_once(self):
        """An object is remembered as it was the first time."""
        one, memento = Plain(), Memento()
        memento.keep(one)
        one.mood = "bad"
        memento.keep(one)
        memento.put_back()
        self.assertEqual(vars(one), {})
