"""Where references to an instance are found when it gets a successor."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.holders import Holders
from gameserver.reload.memento import Memento


class Thing:
    """What gets a successor."""

    def __repr__(self) -> str:
        return type(self).__name__


class Next(Thing):
    """The successor."""


OLD, NEW = Thing(), Next()
REPLACED = {id(OLD): (OLD, NEW)}


class Holder:
    """An object with a field."""

    def __init__(self, held):
        self.held = held


class Slotted:
    __slots__ = ("__weakref__",)


STRUCTURES = st.recursive(
    st.sampled_from([OLD, 1]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(deque),
        st.dictionaries(st.sampled_from([OLD, "a", "b"]), inner, max_size=3),
        st.sets(st.just(OLD)),  # of one: a set's order is that of the hashes
    ),
    max_leaves=8,
)


class HoldersTests(SynchronousTestCase):
    def replaced(self, *held):
        holders, memento = Holders(), Memento()
        for one in held:
            holders.register(one)
        return holders.replace(REPLACED, memento), memento

    @given(st.lists(STRUCTURES, max_size=3))
    def test_law(self, held):
        """Every reference is replaced, and put back by the memento."""
        before = repr(held)
        found, memento = self.replaced(held)
        self.assertEqual(repr(held), before.replace("Thing", "Next"))
        self.assertEqual(found, before.count("Thing"))
        memento.put_back()
        self.assertEqual(repr(held), before)

    def test_containers(self):
        """In lists, dicts, their keys, sets and deques."""
        for held, after in (
            ([OLD, 1], [NEW, 1]),
            ({1: OLD}, {1: NEW}),
            ({OLD: 1}, {NEW: 1}),
            ({OLD}, {NEW}),
            (deque([OLD]), deque([NEW])),
        ):
            found, memento = self.replaced(held)
            self.assertEqual((found, held), (1, after))
            memento.put_back()
            self.assertNotEqual(held, after)

    def test_objects(self):
        """In the fields of a registered object, and containers there."""
        holder = Holder([OLD])
        self.replaced(holder)
        self.assertEqual(holder.held, [NEW])

    def test_weak(self):
        """A registered object is not kept alive, and missed by nobody."""
        holders = Holders()
        holders.register(Holder(1))
        self.assertEqual(holders.tables(), [])

    def test_no_fields(self):
        """An object without a dict has nothing to look at."""
        held = Slotted()
        self.assertEqual(self.replaced(held)[0], 0)

    def test_endless(self):
        """Containers that hold one another are looked at once."""
        held = [OLD]
        held.append(held)
        self.assertEqual(self.replaced(held)[0], 1)

    def test_further(self):
        """Further tables can be added for one time."""
        holders, table, mine = Holders(), [OLD], [OLD]
        holders.register(mine)
        holders.with_tables([table]).replace(REPLACED, Memento())
        self.assertEqual((table, mine), ([NEW], [NEW]))
        self.assertEqual(holders.tables(), [mine])
