"""Prepared writes: all of them or none, and back."""

from __future__ import annotations

import copy
from collections import deque
from functools import partial
from types import CellType, FunctionType

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.journal import GONE, Journal

KEYS = st.sampled_from("abcd")
ITEMS = st.dictionaries(KEYS, st.integers(0, 3), max_size=4)


class World:
    """A class, a dict, a list, a set, a deque and a cell to write to."""

    def __init__(self, items):
        self.owner = type("Owner", (), dict(items))
        self.table = dict(items)
        self.list = list(items)
        self.set = set(items)
        self.deque = deque(items)
        self.cell = CellType()

    def state(self):
        try:
            content = self.cell.cell_contents
        except ValueError:
            content = GONE
        return copy.deepcopy(
            (
                {k: v for k, v in vars(self.owner).items() if len(k) == 1},
                self.table, self.list, self.set, self.deque, content,
            )
        )  # fmt: skip


@st.composite
def worlds(draw):
    """Give a world, and a journal with writes of every kind laid down for it."""
    world, journal = World(draw(ITEMS)), Journal()
    names, attributes = set(world.table), set(world.table)
    for _ in range(draw(st.integers(0, 8))):
        kind, key, value = draw(st.integers(0, 5)), draw(KEYS), draw(st.integers(4, 9))
        if kind == 0:
            journal.put(world.table, key, value)
            names.add(key)
        elif kind == 1 and key in names:
            journal.drop(world.table, key)
            names.remove(key)
        elif kind == 2:
            journal.set(world.owner, key, value)
            attributes.add(key)
        elif kind == 3 and key in attributes:
            journal.delete(world.owner, key)
            attributes.remove(key)
        elif kind == 4:
            target = draw(st.sampled_from([world.list, world.set, world.deque]))
            journal.refill(target, [value])
        elif kind == 5:
            journal.set(world.cell, "cell_contents", value)
    return world, journal


def fails():
    raise LookupError("a write that fails")


class LawTests(SynchronousTestCase):
    @given(worlds())
    def test_identity(self, made):
        """Apply, then revert, is identity."""
        world, journal = made
        before = world.state()
        journal.apply()
        journal.revert()
        self.assertEqual(world.state(), before)

    @given(worlds(), st.data())
    def test_failure(self, made, data):
        """If any write fails, all is as before."""
        world, journal = made
        before = world.state()
        place = data.draw(st.integers(0, len(journal)))
        journal._acts.insert(place, fails)
        journal._inverses.insert(place, fails)
        self.assertRaises(LookupError, journal.apply)
        self.assertEqual(world.state(), before)

    @given(worlds())
    def test_again(self, made):
        """After a way back the same writes can be done once more."""
        world, journal = made
        journal.apply()
        after = world.state()
        journal.revert()
        journal.apply()
        self.assertEqual(world.state(), after)

    @given(ITEMS, ITEMS, st.lists(st.tuples(KEYS, st.integers(4, 9)), max_size=3))
    def test_refill_after_items(self, before, after, puts):
        """A table can be written by items first and then as a whole."""
        table, journal = dict(before), Journal()
        for key, value in puts:
            journal.put(table, key, value)
        if "a" in before and not any(key == "a" for key, _ in puts):
            journal.drop(table, "a")
        journal.refill(table, after)
        journal.apply()
        self.assertEqual(table, after)
        journal.revert()
        self.assertEqual(table, before)


class WriteTests(SynchronousTestCase):
    def test_not_yet(self):
        """Nothing is written before ``apply``."""
        table, journal = {}, Journal()
        journal.put(table, "a", 1)
        self.assertEqual((table, len(journal)), ({}, 1))

    def test_past_the_metaclass(self):
        """A class is written past its metaclass."""

        class Meta(type):
            def __setattr__(cls, name, value):
                raise AssertionError(name)

            def __delattr__(cls, name):
                raise AssertionError(name)

        owner, journal = Meta("Owner", (), {"a": 1}), Journal()
        journal.set(owner, "a", 2)
        journal.set(owner, "b", 3)
        journal.apply()
        self.assertEqual((owner.a, owner.b), (2, 3))
        journal.revert()
        self.assertEqual((owner.a, hasattr(owner, "b")), (1, False))

    def test_bases(self):
        """Bases are an attribute that is not in the class's dict."""
        one, other = type("One", (), {}), type("Other", (), {})
        owner, journal = type("Owner", (one,), {}), Journal()
        journal.set(owner, "__bases__", (other,))
        journal.apply()
        self.assertEqual(owner.__bases__, (other,))
        journal.revert()
        self.assertEqual(owner.__bases__, (one,))

    def test_function(self):
        """A function is written and comes back, attributes that it had not too."""
        one, other = (lambda: 1), (lambda: 2)
        journal = Journal()
        journal.set(one, "__code__", other.__code__)
        journal.set(one, "tag", 5)
        journal.apply()
        self.assertEqual((one(), one.tag), (2, 5))
        journal.revert()
        self.assertEqual((one(), hasattr(one, "tag")), (1, False))

    def test_given_up_new(self):
        """A class that loses its ``__new__`` can be called with arguments still."""

        class Owner:
            def __new__(cls, *args):
                return object.__new__(cls)

            def __init__(self, number):
                self.number = number

        journal = Journal()
        journal.delete(Owner, "__new__")
        journal.apply()
        self.assertEqual(Owner(3).number, 3)
        self.assertRaises(TypeError, Owner)
        journal.revert()
        self.assertEqual(Owner(4).number, 4)

    def test_new_taken_back(self):
        """So can one that gained a ``__new__`` for a while, and its subclasses."""

        class Owner:
            def __init__(self, number):
                self.number = number

        class Below(Owner):
            pass

        class Bare:
            pass

        journal = Journal()
        for one in (Owner, Bare):
            journal.set(
                one, "__new__", staticmethod(lambda cls, *_: object.__new__(cls))
            )
        journal.apply()
        journal.revert()
        self.assertEqual((Owner(3).number, Below(4).number), (3, 4))
        self.assertIsInstance(Bare(), Bare)
        self.assertRaisesRegex(TypeError, "takes no arguments", Bare, 5)

    def test_inherited_new(self):
        """Where a base makes the instances, that base makes them again."""

        class Base:
            def __new__(cls, number):
                self = object.__new__(cls)
                self.made = number
                return self

        class Owner(Base):
            pass

        journal = Journal()
        journal.set(Owner, "__new__", staticmethod(lambda cls, _: object.__new__(cls)))
        journal.apply()
        journal.revert()
        self.assertEqual(Owner(3).made, 3)
        self.assertNotIn("__new__", vars(Owner))

    def test_new_beside(self):
        """A class that lost its ``__new__`` passes on to the next class in line."""

        class Owner:
            def __new__(cls):
                return object.__new__(cls)

        class Beside:
            def __new__(cls, number):
                self = object.__new__(cls)
                self.made = number
                return self

        class Both(Owner, Beside):
            pass

        journal = Journal()
        journal.delete(Owner, "__new__")
        journal.apply()
        self.assertEqual(Both(3).made, 3)

    def test_instance(self):
        """An instance is written past its class's own ``__setattr__``."""

        class Owner:
            def __setattr__(self, name, value):
                raise AssertionError(name)

        owner, journal = Owner(), Journal()
        journal.set(owner, "a", 1)
        journal.apply()
        self.assertEqual(owner.a, 1)
        journal.revert()
        self.assertEqual(vars(owner), {})

    def test_full_cell(self):
        """A cell that holds something gets it back."""
        cell, journal = CellType(1), Journal()
        journal.set(cell, "cell_contents", 2)
        journal.apply()
        self.assertEqual(cell.cell_contents, 2)
        journal.revert()
        self.assertEqual(cell.cell_contents, 1)

    def test_names(self):
        """The last value of each item is known, ``GONE`` for one that is dropped."""
        table, journal = {"b": 1}, Journal()
        journal.put(table, "a", 1)
        journal.put(table, "a", 2)
        journal.drop(table, "b")
        self.assertEqual(journal.names, [(table, "a", 2), (table, "b", GONE)])

    def test_twice_gone(self):
        """What one write deletes, a second need not."""
        owner, table, journal = type("Owner", (), {"a": 1}), {"a": 1}, Journal()
        for _ in range(2):
            journal.delete(owner, "a")
            journal.drop(table, "a")
        journal.apply()
        self.assertEqual((hasattr(owner, "a"), table), (False, {}))
        journal.revert()
        self.assertEqual((owner.a, table), (1, {"a": 1}))

    def test_refill_beside(self):
        """Writes to one table are nothing to another."""
        one, other, journal = {"a": 1}, {}, Journal()
        journal.put(one, "a", 2)
        journal.refill(other, {"b": 1})
        journal.apply()
        journal.revert()
        self.assertEqual((one, other), ({"a": 1}, {}))

    def test_dict(self):
        """A dict can be filled anew."""
        table, journal = {"a": 1}, Journal()
        journal.refill(table, {"b": 2})
        journal.apply()
        self.assertEqual(table, {"b": 2})
        journal.revert()
        self.assertEqual(table, {"a": 1})


class PassTests(SynchronousTestCase):
    def test_also(self):
        """Further calls are part of the pass; if one fails, the writes go back."""
        table, journal, done = {}, Journal(), []
        journal.put(table, "a", 1)
        journal.apply([partial(done.append, 1)])
        self.assertEqual((table, done), ({"a": 1}, [1]))
        journal.revert()
        self.assertRaises(LookupError, journal.apply, [partial(done.append, 2), fails])
        self.assertEqual(table, {})

    def test_afterwards(self):
        """What follows is done after each pass, in either direction."""
        table, journal, seen = {}, Journal(), []
        journal.put(table, "a", 1)
        journal.afterwards(lambda: seen.append(dict(table)))
        journal.apply()
        journal.revert()
        self.assertEqual(seen, [{"a": 1}, {}])

    def test_own_write(self):
        """An adapter's write is done and taken back by its own two calls."""
        journal, seen = Journal(), []
        journal.do(partial(seen.append, "act"), partial(seen.append, "undo"))
        journal.apply()
        journal.revert()
        self.assertEqual(seen, ["act", "undo"])

    def test_keeps_alive(self):
        """What was replaced lives on, so that nothing is finalised in the pass."""
        died = []

        class Thing:
            def __del__(self):
                died.append(self)

        table, journal = {"a": Thing()}, Journal()
        journal.put(table, "a", None)
        journal.apply()
        self.assertEqual(died, [])

    def test_no_bytecode(self):
        """The writes are C calls, not functions of Python."""
        world, journal = World({"a": 1}), Journal()
        journal.put(world.table, "a", 2)
        journal.set(world.owner, "a", 2)
        journal.refill(world.list, [1])
        for act in [*journal._acts, *journal._inverses]:
            self.assertNotIsInstance(act, FunctionType)
            self.assertNotIsInstance(act.func, FunctionType)
