"""Who still holds on to what a release removed."""

from __future__ import annotations

import sys
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.importers import Rebinding
from gameserver.reload.leftovers import Leftover
from tests.reload.game import Game

GONE = """
class C:
    def method(self): pass
def f(): return C
def walk(one):
    kept = one
    yield 1
"""


class HeldTests(SynchronousTestCase):
    """``keep`` holds something of ``gone``, which is removed."""

    def held(self, text: str = "", act: str = "", name: str = "C") -> tuple[str, ...]:
        """Remove ``gone`` after ``act`` ran in ``keep``; say who holds a name of it."""
        self.game = game = Game(self, gone=GONE, keep=f"import functools\n{text}")
        acts = f"from {game.root} import gone\n{act}\ndel gone"
        code = compile(acts, "<acts>", "exec", dont_inherit=True)
        exec(code, vars(game.keep))  # noqa: S102 - what a game does
        return self.told(name)

    def told(self, name: str) -> tuple[str, ...]:
        game = self.game
        del game.texts[game.full("gone")]
        release = game.engine.release()
        release.make_permanent()
        found = {one.name: one.held_by for one in release.leftovers()}
        dots = found.get(f"{game.full('gone')}.{name}".rstrip("."), ("gone",))
        return tuple(one.replace(game.root, "ROOT") for one in dots)

    def test_nothing(self) -> None:
        """What nobody holds is no leftover."""
        self.assertEqual(self.held(), ("gone",))

    def test_name_in_module(self) -> None:
        """A name of a module."""
        self.assertEqual(self.held(act="Kept = gone.C"), ("ROOT.keep.Kept",))

    def test_containers(self) -> None:
        """A container in a module, by the module's name for it and its kind."""
        for text, act, said in (
            ("CACHE = []", "CACHE.append(gone.C)", "CACHE (a list)"),
            ("CACHE = {}", "CACHE['c'] = gone.C", "CACHE (a dict)"),
            ("CACHE = set()", "CACHE.add(gone.C)", "CACHE (a set)"),
            ("CACHE = []", "CACHE.append((1, gone.C))", "CACHE (a tuple)"),
            ("CACHE = {}", "CACHE[1] = {2: [gone.C]}", "CACHE (a list)"),
            ("", "CACHE = functools.partial(gone.C)", "CACHE (a functools.partial)"),
        ):
            self.assertEqual(self.held(text, act), (f"ROOT.keep.{said}",))

    def test_instance(self) -> None:
        """An instance of a removed class that lies in a container."""
        said = self.held("CACHE = []", "CACHE.append(gone.C())")
        self.assertEqual(said, ("ROOT.keep.CACHE (a ROOT.gone.C)",))

    def test_bound_method(self) -> None:
        """A bound method, which holds instance and function."""
        act = "k = [gone.f.__get__(5)]"
        said = self.held(act=act, name="f")
        self.assertIn("ROOT.keep.k (a bound method ROOT.gone.f)", said)
        act = "k = [type(gone.C().method)(print, gone.f)]"
        self.assertEqual(self.held(act=act, name="f"), ("ROOT.keep.k (a method)",))
        said = self.held(act="k = gone.C().method")
        self.assertEqual(said, ("ROOT.keep.k (a ROOT.gone.C)",))

    def test_attributes(self) -> None:
        """An attribute of a game's object, in its dict or a slot, and what is in it."""
        keep = "class P:\n    __slots__ = ('a', '__dict__')\np = P()"
        for act, said in (
            ("p.a = gone.C", "a of a ROOT.keep.P"),
            ("p.b = gone.C", "b of a ROOT.keep.P"),
            ("p.b = [gone.C]", "b of a ROOT.keep.P (a list)"),
            ("p.__dict__['b'] = gone.C", "b of a ROOT.keep.P"),
        ):
            self.assertEqual(self.held(keep, act), (said,))

    def test_slots(self) -> None:
        """An object without a dict."""
        keep = "class P:\n    __slots__ = ('a', 'b')\np = P()"
        self.assertEqual(self.held(keep, "p.b = gone.C"), ("b of a ROOT.keep.P",))

    def test_container_class(self) -> None:
        """A container of a class of the game's is told by the class."""
        keep = "class P(list): pass\np = P()"
        self.assertEqual(self.held(keep, "p.append(gone.C)"), ("a ROOT.keep.P",))

    def test_class(self) -> None:
        """A member of a class, a table in it, and a class below the removed one."""
        keep = "class P:\n    table = {}\n"
        for act, said in (
            ("P.x = gone.C", "ROOT.keep.P.x"),
            ("P.table[1] = gone.C", "ROOT.keep.P.table (a dict)"),
            ("P.x = staticmethod(gone.C)", "ROOT.keep.P.x (a staticmethod)"),
        ):
            self.assertEqual(self.held(keep, act), (said,))
        act = "class Sub(gone.C): pass"
        self.assertEqual(self.held(act=act), ("ROOT.keep.Sub",))

    def test_functions(self) -> None:
        """A closure's cell, a default argument, an attribute, an annotation."""
        for act, said in (
            (
                "def mk(x):\n  def inner(): return x\n  return inner\nk = mk(gone.C)",
                "x of ROOT.keep.mk.<locals>.inner",
            ),
            ("def f(a, x=gone.C): pass", "x of ROOT.keep.f"),
            ("def f(a=1, x=[gone.C]): pass", "x of ROOT.keep.f (a list)"),
            ("def f(*, x=gone.C): pass", "x of ROOT.keep.f"),
            ("def f(): pass\nf.x = gone.C", "x of ROOT.keep.f"),
            ("def f(x: gone.C): pass", "x of ROOT.keep.f"),
            ("k = lambda x=gone.C: x", "x of ROOT.keep.<lambda>"),
        ):
            self.assertEqual(self.held(act=act), (said,), act)

    def test_running(self) -> None:
        """A generator or coroutine under way, by the function it is of."""
        for text, kind in (
            (
                "def walk(one):\n  yield one\n  one\nk = walk(gone.C); next(k)",
                "generator",
            ),
            ("async def walk(one): one\nk = walk(gone.C)", "coroutine"),
            ("async def walk(one): yield one\nk = walk(gone.C)", "async_generator"),
        ):
            said = self.held(act=text)
            self.assertEqual(said, (f"ROOT.keep.k (a {kind} of ROOT.keep.walk)",))
            if kind == "coroutine":
                self.game.keep.k.close()

    def test_removed_and_running(self) -> None:
        """A generator of the removed code, which keeps all of its module."""
        said = self.held(act="k = gone.walk(gone.C); next(k)")
        self.assertIn("ROOT.keep.k (a generator of ROOT.gone.walk)", said)
        said = self.held(act="k = gone.walk(1); next(k)")
        self.assertEqual(said, ("module ROOT.gone, removed as well",))

    def test_removed_as_well(self) -> None:
        """Held by the same module's function only: that one is what to look for."""
        self.assertEqual(
            self.held(act="k = gone.f"), ("module ROOT.gone, removed as well",)
        )

    def test_removed_below(self) -> None:
        """Held by a class of the same module only."""
        text = "class C: pass\nclass D(C): pass"
        game = self.game = Game(self, gone=text, keep="")
        game.keep.k = sys.modules[game.full("gone")].D
        self.assertEqual(self.told("C"), ("module ROOT.gone, removed as well",))

    def test_module(self) -> None:
        """The module object itself."""
        self.assertEqual(self.held(act="k = gone", name=""), ("ROOT.keep.k",))

    def test_several(self) -> None:
        """Each holder is told, once."""
        said = self.held("A = []", "A += [gone.C, gone.C]; B = gone.C")
        self.assertEqual(sorted(said), ["ROOT.keep.A (a list)", "ROOT.keep.B"])

    def test_many(self) -> None:
        """Of very many holders some are told."""
        said = self.held(act="k = [[gone.C] for _ in range(3000)]")
        self.assertEqual(said, ("ROOT.keep.k (a list)",))
        said = self.held(
            "class P: pass",
            "k = [P() for _ in range(99)]\nfor one in k: one.x = gone.C",
        )
        self.assertEqual(said, ("x of a ROOT.keep.P",))

    def test_too_far(self) -> None:
        """What is nested too deep is told by its kind, and so is what nobody names."""
        said = self.held(act="k = [[[[[[[[gone.C]]]]]]]]")
        self.assertEqual(said, ("a list",))

    def test_of_a_kind(self) -> None:
        """An attribute behind a name that is none, and a raising ``__dict__``."""
        act = "p = P()\np.__dict__[5] = gone.C"
        said = self.held("class P: pass", act)
        self.assertEqual(said, ("a ROOT.keep.P (a dict)",))
        keep = "class P(list):\n  __slots__ = ()\n  __dict__ = property(lambda s: 1/0)"
        self.assertEqual(self.held(keep, "p = P([gone.C])"), ("a ROOT.keep.P",))
        said = self.held(act="globals()[5] = gone.C")
        self.assertEqual(said, ("ROOT.keep",))

    def test_engine(self) -> None:
        """What the engine keeps for the way back is not told."""
        game = self.game = Game(self, gone=GONE, keep="")
        game.keep.k = sys.modules[game.full("gone")].C
        game.release(keep="k = 5")  # a conflict: the record has both
        del game.keep.k
        game.keep.plan = game.engine.plan()
        self.assertNotIn("gameserver", " ".join(self.told("C")))

    def test_loaded_again(self) -> None:
        """A new module of the same name can hold what is left of the first."""
        game = self.game = Game(self, gone=GONE)
        old = sys.modules[game.full("gone")].C
        text = game.texts.pop(game.full("gone"))
        release = game.engine.release()
        release.make_permanent()
        game.texts[game.full("gone")] = text
        game.load("gone").__dict__["old"] = old
        del old
        held = {one.name: one.held_by for one in release.leftovers()}
        name = f"{game.full('gone')}.C"
        self.assertEqual(held[name], (f"{game.full('gone')}.old",))

    def test_own_of_the_engine(self) -> None:
        """What the engine's own objects hold is not told."""
        game = self.game = Game(self, gone=GONE)
        entry = Rebinding("m", "n", sys.modules[game.full("gone")].C, None)
        self.assertEqual(self.told("C"), ("module ROOT.gone, removed as well",))
        self.assertIsNotNone(entry)

    def test_circle(self) -> None:
        """A circle of containers ends."""
        said = self.held(act="k = [gone.C]; k.append([k])")
        self.assertEqual(said, ("ROOT.keep.k (a list)",))

    def test_module_unloaded(self) -> None:
        """A module that is in ``sys.modules`` no more is told by its name."""
        game = self.game = Game(self, gone=GONE)
        hidden = ModuleType("hidden")
        hidden.k = [sys.modules[game.full("gone")].C]  # type: ignore[attr-defined] # any name
        self.assertEqual(self.told("C"), ("hidden.k (a list)",))

    def test_frame(self) -> None:
        """A frame that somebody keeps, such as a traceback's."""
        text = "def fail(one): 1 / 0"
        said = self.held(text, "try: fail(gone.C)\nexcept Exception as e: k = e")
        self.assertEqual(said, ("ROOT.keep.k (a frame of ROOT.keep.fail)",))

    def test_caller(self) -> None:
        """What the one who asks holds for the moment is not told."""
        game = self.game = Game(self, gone=GONE)
        here = sys.modules[game.full("gone")].C
        self.assertEqual(self.told("C"), ("module ROOT.gone, removed as well",))
        del here

    def test_said(self) -> None:
        """A leftover prints itself."""
        self.assertEqual(str(Leftover("a.C", ("b.k", "c"))), "a.C: held by b.k, c")
        self.assertEqual(str(Leftover("a.C", ())), "a.C: held by nothing seen")


class EarlierTests(SynchronousTestCase):
    """An earlier release keeps its way back."""

    def test_not_permanent(self) -> None:
        """What an earlier release holds is told as that, until it is permanent."""
        game = Game(self, gone=GONE, keep="")
        earlier = game.release(gone=GONE.replace("return C", "return 2"))
        del game.texts[game.full("gone")]
        release = game.engine.release()
        release.make_permanent()
        told = {one.held_by for one in release.leftovers()}
        self.assertEqual(told, {("a release that is not permanent yet",)})
        earlier.make_permanent()
        self.assertEqual(release.leftovers(), [])
