"""Staged objects that hang together in long chains are carried over as short ones are.

The interpreter's stack is the same for all tests: a chain is longer than it is deep.
"""

from __future__ import annotations

from textwrap import dedent

from tests.reload.engines import EngineCase

AGAIN = "def now(): return {}\n"


class ChainTests(EngineCase):
    def last(self, start, step, count):
        """Give what is at the end of a chain."""
        for _ in range(count):
            start = step(start)
        return start

    def test_rooms(self):
        """5,000 linked rooms of a module are no hindrance to its release."""
        rooms = """
            class Room:
                def __init__(self): self.exits = {}
            rooms = [Room() for _ in range(5000)]
            for one, other in zip(rooms, rooms[1:]):
                one.exits["east"] = other; other.exits["west"] = one
            start = rooms[0]
        """
        game = self.load(rooms=dedent(rooms) + AGAIN.format(1))
        start, second = game.start, game.rooms[1]
        self.release(rooms=dedent(rooms) + AGAIN.format(2))
        self.assertEqual(game.now(), 2)
        self.assertIs(game.start, start)
        self.assertIs(start.exits["east"], second)

    def test_rooms_by_slots(self):
        """Rooms whose class gains a slot are linked as the new text links them."""
        rooms = """
            from gameserver.reload import Reloadable
            class Room(Reloadable):
                __slots__ = ("east",{})
            {} = room = Room()
            for _ in range(5000):
                room.east = Room(); room = room.east
        """
        game = self.load(rooms=dedent(rooms).format("", "start"))
        start = game.start
        self.release(rooms=dedent(rooms).format("'west'", "start = begin"))
        self.assertIs(game.start, start)
        one = self.last(game.begin, lambda room: room.east, 5000)
        self.assertIs(type(one), game.Room)
        self.assertFalse(hasattr(one, "east"))

    def test_linked_list(self):
        """A list of 5,000 nodes comes whole, each an instance of the live class."""
        node = "class Node:\n    def act(self): return 1\n"
        game = self.load(line=node)
        nodes = """
            head = node = Node()
            for _ in range(5000):
                node.next = Node(); node = node.next
        """
        self.release(line=node + dedent(nodes))
        last = self.last(game.head, lambda node: node.next, 5000)
        self.assertIs(type(last), game.Node)

    def test_nested_tables(self):
        """Dicts 2,000 deep hold, deep inside, what is live."""
        text = "def act(): return {}\n"
        game = self.load(deep=text.format(1))
        act = game.act
        tables = """
            top = table = {}
            for _ in range(2000):
                table["in"] = table = {}
            table["act"] = act
        """
        tables = dedent(tables)
        self.release(deep=text.format(2) + tables)
        end = game.table
        self.assertIs(end["act"], act)
        self.assertEqual(act(), 2)
        self.release(deep=text.format(3) + tables)
        self.assertIs(game.table, end)

    def test_nested_tuples(self):
        """Tuples 5,000 deep are built anew from the inside."""
        text = "def act(): return {}\n"
        game = self.load(deep=text.format(1))
        act = game.act
        row = "row = (act,)\nfor _ in range(5000): row = (row,)\n"
        self.release(deep=text.format(2) + row)
        self.assertIs(self.last(game.row, lambda one: one[0], 5001), act)
        self.release(deep=text.format(3) + row)

    def test_nested_by_every_kind(self):
        """A chain through methods, frozen sets, keys and closures is as good."""
        links = (
            "node = Node(); node.next = one.act",
            "node = Node(); node.next = frozenset([one])",
            "node = Node(); node.next = {one: 1}",
            "node = Node(); node.next = {one}",
            "node = Node(); node.next = lambda one=one: one",
            "node = Node(); node.next = (lambda it: lambda: it)(one)",
            "node = Node(); node.next = partial(one.act)",
            "node = Node(); node.next = MappingProxyType({1: one})",
        )
        head = "from functools import partial\nfrom types import MappingProxyType\n"
        head += "class Node:\n    def act(self): return 1\n"
        for number, link in enumerate(links):
            name = f"links{number}"
            game = self.load(**{name: head})
            make = f"def link(one):\n    {link}\n    return node\n"
            line = "one = Node()\nfor _ in range(1500): one = link(one)\n"
            self.release(**{name: head + make + line})
            self.assertIs(type(game.one), game.Node)

    def test_key_that_moves(self):
        """A key whose hash comes from what is inside is found after the release."""
        key = """
            class Key:
                def __init__(self, what): self.what = what
                def __hash__(self): return hash(self.what)
                def __eq__(self, other): return self.what is other.what
        """
        text = dedent(key) + "def act(): return {}\n"
        game = self.load(keys=text.format(1))
        added = "table = {(act, 1): 2}\nthings = {(act,)}\n"
        self.release(keys=text.format(2) + added)
        self.assertEqual(game.table[game.act, 1], 2)
        self.assertIn((game.act,), game.things)
