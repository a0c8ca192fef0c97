"""A live object that stays is the one that is meant, wherever the new texts hold it.

Whatever order names are bound in, and in whatever a text puts them: the graphs of the
law below are generated, with circles, and some of their nodes are imported elsewhere.
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reload.engines import EngineCase

NODE = """
class Node:
    def __init__(self, above=None):
        self.kids = []
        self.table = {}
        if above: above.kids.append(self)
"""


class KeptTests(EngineCase):
    def test_held_by_an_earlier_name(self):
        """What an object named earlier refers to stays, and is what new names hold."""
        text = f"{NODE}root = Node()\nkid = Node(root)\n"
        game = self.load(game=text)
        kid = game.kid
        added = "index = {'kid': kid}\ndef at(it=kid): return it\n"
        self.release(game=text + added)
        self.assertIs(game.kid, kid)
        self.assertIs(game.root.kids[0], kid)
        self.assertIs(game.index["kid"], kid)
        self.assertIs(game.at(), kid)

    def test_table_in_a_table(self):
        """So does a table that an earlier one holds."""
        text = f"{NODE}S = {{}}\nT = {{}}\nS['t'] = T\n"
        game = self.load(game=text)
        table = game.T
        self.release(game=text + "store = Node()\nstore.table = T\n")
        self.assertIs(game.T, table)
        self.assertIs(game.store.table, table)

    def test_from_another_module(self):
        """And what another module of the plan begins to import."""
        text = f"{NODE}root = Node()\nkid = Node(root)\n"
        game = self.load(game=text)
        user = self.load(user="from worlds import game\n")
        use = "from worlds.game import kid\nheld = [kid, (kid, kid.__init__)]\n"
        self.release(game=text + "Z = 1\n", user=use)
        self.assertIs(user.kid, game.kid)
        self.assertIs(user.held[0], game.kid)
        self.assertIs(user.held[1][0], game.kid)
        self.assertIs(user.held[1][1].__self__, game.kid)

    def test_class_that_gains_a_slot(self):
        """And an object of a class whose memory changes."""
        text = """
            from gameserver.reload import Reloadable
            class Room(Reloadable):
                __slots__ = ("next",{})
            hall = Room()
            hall.next = cellar = Room()
            {}
        """
        game = self.load(game=text.format("", ""))
        cellar = game.cellar
        self.release(game=text.format("'hp'", "index = [cellar]; attic = Room()"))
        self.assertIs(game.cellar, cellar)
        self.assertIs(game.index[0], cellar)
        self.assertIs(type(game.attic), game.Room)

    def test_new_class_with_slots(self):
        """A new class's instance holds the live object in a slot, too."""
        text = f"{NODE}hall = Node()\n"
        game = self.load(game=text)
        added = "class Way:\n  __slots__ = ('to',)\nway = Way()\nway.to = hall\n"
        self.release(game=text + added)
        self.assertIs(game.way.to, game.hall)

    def test_name_of_a_library(self):
        """What was bound anew at run time does not stand for a library's object."""
        text = "import sys\nout = sys.stdout\n"
        game = self.load(game=text)
        game.out = object()
        self.release(game=text + "first = [sys.stdout]\n")
        self.assertIs(game.first[0], game.sys.stdout)

    def test_graft_in_an_earlier_table(self):
        """An entry that stays in a table is what later holders hold."""
        text = f"{NODE}T = {{'a': Node()}}\nL = [T['a']]\n"
        game = self.load(game=text)
        one = game.T["a"]
        self.release(game=text + "fresh = Node()\nfresh.kids = [T['a'], L]\n")
        self.assertIs(game.T["a"], one)
        self.assertIs(game.fresh.kids[0], one)
        self.assertIs(game.fresh.kids[1], game.L)


NAMES = ("a", "b", "c", "d", "e")
WAYS = (
    "{0}.kids.append({1})",
    "{0}.table['{1}'] = {1}",
    "{0}.next = {1}",
    "{0}.row = ({1}, [{1}], {{'in': {1}}})",
    "{0}.call = lambda it={1}: it",
    "{0}.call = lambda *, it={1}: it",
    "{0}.call = (lambda it: lambda: it)({1})",
    "{0}.bound = {1}.__init__",
)
edges = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(WAYS)),
    max_size=12,
)


def written(order, links, held):
    """Write a module of five nodes, in some order, and of what else holds them."""
    lines = [NODE, *(f"{name} = Node()" for name in order)]
    lines += [way.format(one, other) for one, other, way in links]
    for number, (_, other, way) in enumerate(held):
        lines += [f"holder{number} = Node()", way.format(f"holder{number}", other)]
    return "\n".join([*lines, ""])


def parts(value: Any):
    """Give what a value of these texts holds."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, FunctionType):
        cells = [one.cell_contents for one in value.__closure__ or ()]
        return [value.__defaults__, value.__kwdefaults__, *cells]
    if isinstance(value, MethodType):
        return [value.__self__]
    return vars(value).values() if type(value).__name__ == "Node" else ()


def nodes_in(*values):
    """Give the ids of all nodes within reach."""
    waiting, seen = list(values), {}
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen[id(one)] = one
            waiting += parts(one)
    return {key for key, one in seen.items() if type(one).__name__ == "Node"}


class GraphTests(EngineCase):
    @settings(max_examples=100, deadline=None)
    @given(
        st.permutations(NAMES),
        edges,
        edges,
        st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
    )
    def test_live_nodes(self, order, links, held, imported):
        """After a release the live nodes, and no others of their names, are held."""
        self.doCleanups()
        self.setUp()
        game = self.load(graph=written(order, links, ()))
        user = self.load(user="")
        live = {name: getattr(game, name) for name in NAMES}
        use = "".join(f"from worlds.graph import {name}\n" for name in imported)
        use += f"def every(them=[{', '.join(imported)}]): return them\n"
        text = f"{written(order, links, held)}Z = 1\n"
        self.release(graph=text, user=use)
        fresh = {id(getattr(game, f"holder{n}")) for n in range(len(held))}
        reached = nodes_in(vars(game), vars(user))
        self.assertEqual(reached, {*map(id, live.values()), *fresh})
        self.assertEqual(user.every(), [live[name] for name in imported])
        for name, node in live.items():
            self.assertIs(getattr(game, name), node)
