"""Live objects that are one of a kind, inside tables and rows that the text changes."""

from __future__ import annotations

import ast
from collections import OrderedDict, deque

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.graft import MADE_OTHERS, STAYS, Graft
from gameserver.reload.same import Comparison
from tests.reload.game import Game, planned

ROOM = "class Room:\n  def __init__(self, name): self.name = name\n"


class Thing:
    """One of a kind, in which nothing can be seen."""


def written(text):
    return ast.parse(text, mode="eval").body


def graft(initial, live, staged, old="f()", new="g()", *, is_kept=False):
    """Give the grafted value, and the graft."""
    found = Graft(
        Comparison(lambda one, other: one is other),
        {},
        is_changed=True,
        is_kept=is_kept,
    )
    return found(initial, live, staged, written(old), written(new)), found


class GraftTests(SynchronousTestCase):
    def test_singletons(self):
        """A table that gains an entry keeps the live singletons of its others."""
        one, fresh, added = Thing(), Thing(), Thing()
        staged = {"a": fresh, "b": added, "c": 1}
        found, _ = graft({"a": Thing(), "c": 2}, {"a": one, "c": 2}, staged)
        self.assertEqual(found, {"a": one, "b": added, "c": 1})
        self.assertIs(found, staged)

    def test_gone(self):
        """An entry that is not live any more comes from the text."""
        fresh = Thing()
        found, _ = graft({"a": Thing()}, {}, {"a": fresh})
        self.assertIs(found["a"], fresh)

    def test_other_kinds(self):
        """Anything but three containers of one kind is taken as it is."""
        for initial, live, staged in (([], [], {1}), ({}, [], {}), ([], {}, {})):
            self.assertIs(graft(initial, live, staged)[0], staged)

    def test_nested(self):
        """Also in containers in containers, of each kind that has places."""
        one = Thing()
        for make in (
            lambda x: {"z": {"a": x}}, lambda x: [[x, 1]], lambda x: deque([x]),
            lambda x: (1, (x,)), lambda x: OrderedDict(a=[x]),
        ):  # fmt: skip
            found, _ = graft(make(one), make(one), make(Thing()))
            self.assertEqual(found, make(one))

    def test_row_by_words(self):
        """In a row the words tell which item is which."""
        a, b, fresh = Thing(), Thing(), Thing()
        staged = [fresh, Thing(), Thing()]
        found, seen = graft([a, b], [a, b], staged, "[A(), B()]", "[C(), A(), B()]")
        self.assertEqual((found, seen.others), ([fresh, a, b], []))
        found, seen = graft([a, b], [a, b], [Thing()], "[A(), B()]", "[B()]")
        self.assertEqual((found, seen.others), ([b], []))

    def test_row_without_words(self):
        """Without words a row of another length cannot be told, if it matters."""
        one = Thing()
        _, seen = graft([one], [one], [Thing(), Thing()])
        self.assertTrue(seen.is_unsure)
        _, seen = graft([1], [1], [1, 2])
        self.assertFalse(seen.is_unsure)

    def test_set(self):
        """A set's items have no places: the live set, or it cannot be told."""
        live = {Thing()}
        found, seen = graft({"s": live}, {"s": live}, {"s": {Thing()}})
        self.assertIs(found["s"], live)
        _, seen = graft(live, live, {Thing(), Thing()})
        self.assertTrue(seen.is_unsure)
        staged = {Thing()}
        self.assertIs(graft(live, live, staged, is_kept=True)[0], staged)
        self.assertEqual(graft({1}, {1}, {2})[0], {2})

    def test_others(self):
        """Where the words make another object, the live one stays, and is named."""
        one, two = Thing(), Thing()
        tables = {"a": one, "b": two}, {"a": one, "b": two}
        staged = {"a": Thing(), "b": Thing()}
        found, seen = graft(*tables, staged, "{1: A(), 2: B()}", "{1: A(), 2: C()}")
        self.assertEqual(found, {"a": one, "b": two})
        self.assertEqual(seen.why, f"['b']: the text makes another Thing; {STAYS}")

    def test_many_others(self):
        """The first few are named."""
        row = [Thing() for _ in range(5)]
        words = "[A(), A(), A(), A(), A()]"
        _, seen = graft(row, row, [Thing() for _ in row], words, words.lower())
        self.assertEqual(seen.why, f"[0], [1], [2], 2 more: {MADE_OTHERS}")

    def test_again(self):
        """A graft made again finds what the text made, and the live object of now."""
        first, second = Thing(), Thing()
        staged, doubles = {"a": Thing()}, {}
        for live in (first, second):
            one = Graft(
                Comparison(lambda a, b: a is b), doubles, is_changed=True, is_kept=False
            )
            words = written("{1: A()}"), written("{1: B()}")
            one({"a": first}, {"a": live}, staged, *words)
            self.assertIs(staged["a"], live)
            self.assertEqual(len(one.others), 1)

    def test_endless(self):
        """A container that holds itself ends somewhere."""
        rows = [[], [], []]
        for row in rows:
            row.append(row)
        self.assertIs(graft(*rows)[0], rows[2])


class ReleaseTests(SynchronousTestCase):
    def change(self, old, new, setup=ROOM):
        """Load one text and release the next; give module, value before, notes."""
        self.game = Game(self, m=setup + old)
        before = self.game.m.X
        self.was = getattr(before, "copy", lambda: before)()
        self.done = self.game.release(m=setup + new)
        notes = {(one.kind, one.name, one.why) for one in self.done.plan.entries}
        return self.game.m, before, notes

    def test_only_the_singleton(self):
        """A table in which only a singleton is made otherwise stays, and it changes."""
        m, table, notes = self.change("X = {1: Room('a')}", "X = {1: Room('b')}")
        self.assertIs(m.X, table)
        self.assertIs(m.X[1], self.was[1])
        self.assertEqual(m.X[1].name, "b")
        self.assertIn(("patched", "X[1].name", ""), notes)

    def test_beside(self):
        """Plain parts beside it merge, too; the plan names both."""
        m, _, notes = self.change(
            "X = {1: Room('a'), 2: 1}", "X = {1: Room('b'), 2: 2, 3: Room('c')}"
        )
        self.assertIs(m.X[1], self.was[1])
        self.assertEqual((m.X[1].name, m.X[2], m.X[3].name), ("b", 2, "c"))
        self.assertEqual(notes, {("patched", "X[1].name", ""), ("patched", "X", "")})
        self.done.undo()
        self.assertEqual(self.game.m.X[1].name, "a")
        self.assertEqual((list(self.game.m.X), self.game.m.X[2]), ([1, 2], 1))

    def test_other_entry(self):
        """Singletons whose own words did not change are no conflict, touched or not."""
        text = "X = {1: Room('a')%s}"
        game = Game(self, m=ROOM + text % "")
        game.m.X[1].name = "touched"
        room = game.m.X[1]
        release = game.release(m=ROOM + text % ", 2: 2")
        self.assertEqual(game.m.X, {1: room, 2: 2})
        self.assertEqual(planned(release), [("patched", "X")])

    def test_other_words_for_the_same(self):
        """Other words that make what is live already are no conflict."""
        _, _, notes = self.change("X = [Room('a')]", "X = [Room(name='a')]")
        self.assertNotIn("conflict", {kind for kind, _, _ in notes})

    def test_nothing_to_see(self):
        """Of what shows no fields the words decide."""
        text = "from contextvars import ContextVar as C\n"
        _, _, notes = self.change("X = [C('a')]", "X = [C('b')]", text)
        why = f"[0]: the text makes another ContextVar; {STAYS}"
        self.assertEqual(notes, {("conflict", "X", why)})

    def test_another_name(self):
        """A part that is another name's object now is that object."""
        setup = ROOM + "A, B = Room('a'), Room('b')\n"
        m, _, notes = self.change("X = {1: A}", "X = {1: B}", setup)
        self.assertIs(m.X[1], m.B)
        self.assertLessEqual({("patched", "X", "")}, notes)
        self.assertNotIn("conflict", {kind for kind, _, _ in notes})

    def test_computed(self):
        """A row that a call makes, of another length now, stays; a conflict."""
        setup = ROOM + "def make(n): return [Room(i) for i in range(n)]\n"
        m, row, notes = self.change("X = make(1)", "X = make(2)", setup)
        self.assertIs(m.X, row)
        ((kind, name, why),) = notes
        self.assertEqual((kind, name), ("conflict", "X"))
        self.assertIn("cannot be told", why)

    def test_in_a_class(self):
        """Class attributes alike."""
        text = ROOM + "class C:\n  rooms = {1: Room('a'), 2: %d}\n"
        game = Game(self, m=text % 1)
        room = game.m.C.rooms[1]
        game.release(m=text % 2)
        self.assertEqual(game.m.C.rooms, {1: room, 2: 2})

    def test_held_by_something_new(self):
        """What the text builds anew over such a part holds the live object."""
        text = "X = {1: Room('a')}"
        m, table, _ = self.change(text, text + "\nclass S: room = X[1]\nN = [X[1]]")
        self.assertEqual((m.S.room, m.N), (table[1], [table[1]]))

    def test_set_of_singletons(self):
        """A set of singletons stays if its words did not change."""
        m, rooms, notes = self.change("X = {Room('a')}", "X = {Room('a')}\nY = 1")
        self.assertEqual((m.X, m.X is rooms), (self.was, True))
        self.assertNotIn(("patched", "X", ""), notes)

    def test_set_filled_since(self):
        """What was put into such a set at run time stays, release after release."""
        game = Game(self, m=ROOM + "X = {Room('a')}\n")
        game.m.X.add(3)
        for number in range(3):
            game.release(m=ROOM + f"X = {{Room('a')}}\nY = {number}\n")
            self.assertIn(3, game.m.X)

    def test_default(self):
        """The live object in a default stays when another default changes."""
        text = ROOM + "def f(a=Room('a'), n=%d): return a, n\n"
        game = Game(self, m=text % 1)
        room, _ = game.m.f()
        game.release(m=text % 2)
        self.assertEqual(game.m.f(), (room, 2))
        game.release(m=text.replace("a=Room('a'), ", "b=3, a=Room('a'), ") % 2)
        self.assertEqual(game.m.f(), (room, 2))

    def test_keyword_default(self):
        """Also in one that is given by keyword alone; the plan says ``defaults``."""
        text = ROOM + "def f(*, a=Room('a'), n=%d): return a, n\n"
        game = Game(self, m=text % 1)
        room, _ = game.m.f()
        release = game.release(m=text % 2)
        self.assertEqual(game.m.f(), (room, 2))
        (entry,) = release.plan.entries
        self.assertEqual(
            (entry.kind, entry.name, entry.why), ("patched", "f", "defaults")
        )
        release.undo()
        self.assertEqual(game.m.f(), (room, 1))
