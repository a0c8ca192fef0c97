"""What a text enters elsewhere is known by what its body did, whatever it enters."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from tests.reload.engines import EngineCase

REGISTRY = """
LISTENERS = []
BY_NAME = {}
ROOMS = {}
SCORE = {}
NAMES = set()
LEVEL = 0

def listener(fn):
    def inner(*args):
        return fn(*args)
    LISTENERS.append(inner)
    BY_NAME[fn.__name__] = inner
    return inner

class Room:
    def __init__(self, name):
        self.name, self.people = name, []
        ROOMS[name] = self
        LISTENERS.append(self)
"""


class PutTests(EngineCase):
    """Entries of every kind, over several releases."""

    def setUp(self) -> None:
        super().setUp()
        self.registry = self.load(registry=REGISTRY)

    def tables(self) -> dict[str, Any]:
        """Give three kinds of tables as they are."""
        r = self.registry
        return {"score": r.SCORE, "listeners": r.LISTENERS, "names": r.NAMES}

    def test_wrapped_function(self):
        """A function that a decorator made stays the same object, there once."""
        text = (
            "from worlds.registry import listener\n@listener\ndef tick(): return {}\n"
        )
        module = self.load(a=text.format(0))
        held = module.tick
        for n in range(1, 4):
            self.release(a=text.format(n))
            self.assertEqual(self.registry.LISTENERS, [held])
            self.assertIs(self.registry.BY_NAME["tick"], held)
            self.assertIs(module.tick, held)
            self.assertEqual(held(), n)

    def test_partial_and_cache(self):
        """Partials and cached functions do not grow in number."""
        text = "from functools import lru_cache, partial\n"
        text += "from worlds.registry import LISTENERS\n"
        text += "def f(x): return x, {0}\nLISTENERS.append(partial(f, 0))\n"
        text += "@lru_cache\ndef g(x): return {0}\nLISTENERS.append(g)\n"
        module = self.load(a=text.format(0))
        for n in range(1, 5):
            self.release(a=text.format(n))
            self.assertEqual([one(0) for one in self.registry.LISTENERS[1:]], [n])
            self.assertEqual(self.registry.LISTENERS[0](), (0, n))
            self.assertIs(self.registry.LISTENERS[1], module.g)

    def test_instance_that_enters_itself(self):
        """A room that registered itself stays, with the people in it."""
        text = "from worlds.registry import Room\nRoom('hall')\ndef f(): return {}\n"
        self.load(a=text.format(1))
        hall = self.registry.ROOMS["hall"]
        hall.people.append("bob")
        self.release(a=text.format(2))
        self.assertEqual(self.registry.ROOMS, {"hall": hall})
        self.assertEqual(self.registry.LISTENERS, [hall])
        self.assertEqual(hall.people, ["bob"])

    def test_plain_values(self):
        """A number that was changed at run time stays if its text is the same."""
        text = "from worlds import registry\nregistry.SCORE['red'] = {}\n"
        text += "registry.LEVEL = {}\ndef f(): return {}\n"
        self.load(a=text.format(0, 1, 1))
        self.registry.SCORE["red"] = 99
        self.release(a=text.format(0, 1, 2))
        self.assertEqual((self.registry.SCORE, self.registry.LEVEL), ({"red": 99}, 1))
        self.release(a=text.format(0, 5, 2))
        self.assertEqual((self.registry.SCORE, self.registry.LEVEL), ({"red": 99}, 5))
        self.write(a=text.format(3, 5, 2))
        plan = self.engine.plan()
        self.assertIn(("conflict", "worlds.registry.SCORE['red']"), self.kinds(plan))
        self.engine.commit(plan)
        self.assertEqual(self.registry.SCORE, {"red": 99})

    def test_changed_texts_and_numbers(self):
        """Each entry of a number or text follows the text, in every kind of table."""
        head = "from worlds import registry as r\n"
        one = "r.SCORE['red'] = 1000\nr.LISTENERS.append('b')\nr.NAMES.add('b')\n"
        two = "r.SCORE.update(red=2000, blue=3)\nr.LISTENERS.append('bb')\n"
        two += "r.LISTENERS.extend('cd')\nr.NAMES.update('bc')\n"
        self.load(a=head + one)
        shown = {"score": {"red": 1000}, "listeners": ["b"], "names": {"b"}}
        self.assertEqual(self.tables(), shown)
        release = self.release(a=head + two)
        later = {"score": {"red": 2000, "blue": 3}}
        later |= {"listeners": ["bb", "c", "d"], "names": {"b", "c"}}
        self.assertEqual(self.tables(), later)
        self.release(a=head + two + "K = 1\n")
        self.assertEqual(self.tables(), later)
        self.release(a=head)
        self.assertEqual(self.tables(), {"score": {}, "listeners": [], "names": set()})
        self.engine.releases[-1].undo()
        self.engine.releases[-1].undo()
        release.undo()
        self.assertEqual(self.tables(), shown)

    def test_entry_over_another(self):
        """What the table's own module had under a key comes back when ours goes."""
        self.registry.SCORE["red"] = 1
        text = "from worlds import registry\n"
        self.load(a=text + "registry.SCORE['red'] = 5\n")
        self.release(a=text + "registry.SCORE['red'] = 6\n")
        self.assertEqual(self.registry.SCORE, {"red": 6})
        self.release(a=text)
        self.assertEqual(self.registry.SCORE, {"red": 1})

    def test_rows_with_objects(self):
        """Rows that hold objects of the text are there once, release after release."""
        text = "from worlds.registry import LISTENERS\nclass H:\n    n = 0\n"
        text += "LISTENERS.append(('event', 1, H()))\ndef f(): return {}\n"
        self.load(a=text.format(1))
        row = self.registry.LISTENERS[0]
        for n in range(2, 5):
            self.release(a=text.format(n))
            self.assertEqual(len(self.registry.LISTENERS), 1)
            self.assertIs(self.registry.LISTENERS[0][2], row[2])

    def test_sorted_rows(self):
        """Rows that the text sorts are in the new order, each once."""
        text = "from worlds.registry import LISTENERS\ndef f(): pass\ndef g(): pass\n"
        text += "LISTENERS.append(({}, 'f', f))\nLISTENERS.append((3, 'g', g))\n"
        text += "LISTENERS.sort(key=lambda one: one[:2])\n"
        self.load(a=text.format(5))
        for n in (1, 4, 2):
            self.release(a=text.format(n))
            found = [one[:2] for one in self.registry.LISTENERS]
            self.assertEqual(found, sorted([(n, "f"), (3, "g")]))

    def test_several_modules_at_once(self):
        """Of several modules in a release, each keeps what is its own."""
        text = (
            "from worlds.registry import listener\n@listener\ndef {0}(): return {1}\n"
        )
        modules = [self.load(**{one: text.format(one, 0)}) for one in "abc"]
        held = list(self.registry.LISTENERS)
        for n in range(1, 4):
            self.release(**{one: text.format(one, n) for one in "abc"})
            self.assertEqual(self.registry.LISTENERS, held)
        self.assertEqual([one.__dict__[one.__name__[-1]]() for one in modules], [3] * 3)
        self.release(b="def b(): return 0\n")
        self.assertEqual(self.registry.LISTENERS, [held[0], held[2]])

    def test_removed_module(self):
        """A module that goes takes its registrations along; an undo restores them."""
        text = "from worlds.registry import BY_NAME, LISTENERS\ndef f(): pass\n"
        self.load(a=text + "BY_NAME['f'] = f\nLISTENERS.append(f)\n")
        before = list(self.registry.LISTENERS)
        self.registry.LISTENERS.append("other")
        del self.texts["worlds.a"]
        release = self.engine.release()
        self.assertEqual(
            (self.registry.BY_NAME, self.registry.LISTENERS), ({}, ["other"])
        )
        release.undo()
        self.assertEqual(self.registry.LISTENERS, [*before, "other"])

    def test_table_and_plugin_together(self):
        """A table's module and one that enters something change in one release."""
        core = "T = {}\nL = [0]\ndef c(f):\n    T[f.__name__] = f\n    L.append(f)\n"
        core += "    return f\n"
        text = "from worlds.core import c\n@c\ndef f(): return {}\n"
        more = "@c\ndef g(): return {}\n"
        self.load(core=core)
        live = self.load(a=text.format(1))
        module = self.load(core=core).__dict__
        self.release(core=core + "X = 1\n", a=text.format(2) + more.format(2))
        self.assertEqual(list(module["T"]), ["f", "g"])
        self.assertEqual(module["L"], [0, live.f, live.g])
        self.assertEqual([one() for one in module["T"].values()], [2, 2])
        self.release(core=core + "X = 2\n", a=text.format(3))
        self.assertEqual(module["T"], {"f": live.f})
        self.assertEqual(module["L"], [0, live.f])
        again = "from worlds.core import c\n@c\ndef h(): return 4\n"
        self.release(core=core + "X = 3\n", a=again)
        self.assertEqual(module["T"], {"h": live.h})
        self.assertEqual(module["L"], [0, live.h])

    def test_late_import(self):
        """Entries of run time, there before a late import, are not its text's."""
        self.registry.SCORE["blue"] = 7
        self.registry.LISTENERS.append("live")
        text = (
            "from worlds.registry import SCORE\nSCORE['red'] = 1\ndef f(): return {}\n"
        )
        self.load(a=text.format(1))
        self.release(a="def f(): return 2\n")
        self.assertEqual(self.registry.SCORE, {"blue": 7})
        self.assertEqual(self.registry.LISTENERS, ["live"])

    def test_told(self):
        """The plan tells of entries that come and go."""
        text = "from worlds.registry import BY_NAME\ndef f(): pass\nBY_NAME['{}'] = f\n"
        self.load(a=text.format("look"))
        self.write(a=text.format("peer"))
        found = self.kinds(self.engine.plan())
        self.assertIn(("added", "worlds.registry.BY_NAME['peer']"), found)
        self.assertIn(("removed", "worlds.registry.BY_NAME['look']"), found)

    def test_own_mistake_runs_once(self):
        """A text that fails by itself is not run again; its entries stay in place."""
        text = "from worlds.registry import BY_NAME, SCORE\ndef f(): pass\n"
        text += (
            "BY_NAME['f'] = f\nSCORE.setdefault('runs', []).append(sorted(BY_NAME))\n"
        )
        self.load(a=text)
        runs = self.registry.SCORE["runs"]
        self.registry.SCORE["runs"] = _Told(runs)
        self.refused(a=text + "1 / 0\n")
        self.assertEqual(self.registry.SCORE["runs"].told, [["f"]])


class HostTests(EngineCase):
    """Tables of modules that the engine does not serve: those of a host program."""

    def setUp(self) -> None:
        super().setUp()
        self.host: Any = ModuleType("host_program")
        self.host.__file__ = "/program/host_program.py"
        text = "T, L = {}, []\ndef c(f):\n    T[f.__name__] = f\n    L.append(f)\n"
        text += "    c.table[f.__name__] = f\n    return f\nc.table = {}\n"
        exec(text, vars(self.host))  # noqa: S102 - it stands for a module's import
        sys.modules["host_program"] = self.host
        self.addCleanup(sys.modules.pop, "host_program")

    def test_registers(self):
        """They hold the live functions, once, and the new code."""
        text = "from host_program import c\nN = {0}\n@c\ndef f(): return N\n"
        module = self.load(a=text.format(1))
        for n in (2, 3):
            self.release(a=text.format(n))
            self.assertEqual(self.host.T, {"f": module.f})
            self.assertEqual(self.host.L, [module.f])
            self.assertEqual(self.host.c.table, {"f": module.f})
            self.assertEqual(self.host.T["f"](), n)

    def test_refused(self):
        """A refused text leaves nothing in them, nor in a function's attribute."""
        text = "from host_program import c\n@c\ndef f(): return {0}\n"
        module = self.load(a=text.format(1))
        self.refused(a=text.format(2) + "@c\ndef g(): ...\n1 / 0\n")
        found = (self.host.T, self.host.L, self.host.c.table)
        self.assertEqual(found, ({"f": module.f}, [module.f], {"f": module.f}))
        self.assertEqual(self.host.T["f"](), 1)

    def test_loaded_meanwhile(self):
        """What a host made itself while a text imported it is not the text's."""
        self.host.T["own"] = 1
        text = "from host_program import T\ndef f(): return {}\n"
        self.load(a=text.format(1))
        self.release(a=text.format(2))
        self.assertEqual(self.host.T, {"own": 1})


class _Told(list):  # type: ignore[type-arg]
    """A list that tells what is appended; the watch cannot take that back."""

    def __init__(self, items: list[object]) -> None:
        super().__init__(items)
        self.told: list[object] = []

    def append(self, item: object) -> None:
        self.told.append(item)
