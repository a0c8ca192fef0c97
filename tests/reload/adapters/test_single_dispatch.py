"""functools.singledispatch and singledispatchmethod: implementations come and go."""

from __future__ import annotations

import functools
import gc
from types import FunctionType
from typing import Any

from gameserver.errors import ReleaseRefused
from tests.reload.adapters.game import GameCase

HEAD = """
import functools

class Sword: pass

@functools.singledispatch
def show(thing): return "thing 1"
"""
WHOLE = """
@show.register
def _(thing: int): return "int 1"
"""
BLADE = """
@show.register
def _(thing: Sword): return "sword 1"
"""
TEXT = """
@show.register
def _(thing: str): return "text 1"
"""
OTHER = """
from ROOT.m import show

@show.register
def _(thing: list): return "list 1"

@show.register
def _(thing: dict): return "dict 1"
"""
METHOD = """
import functools

class Shop:
    @functools.singledispatchmethod
    def show(self, thing): return "thing 1"

    @show.register
    def _(self, thing: int): return "int 1"

    @show.register
    @classmethod
    def _(cls, thing: list): return cls.__name__ + " 1"
"""


def _two(text: str) -> str:
    return text.replace('1"', '2"')


class SingleDispatchTests(GameCase):
    def test_implementations_are_patched(self) -> None:
        """The held dispatcher runs the new implementations."""
        module = self.load("m", HEAD + WHOLE + BLADE)
        show, sword = module.show, module.Sword()
        self.assertEqual(show(sword), "sword 1")
        self.release(m=_two(HEAD + WHOLE + BLADE))
        said = (show(1.5), show(1), show(sword))
        self.assertEqual(said, ("thing 2", "int 2", "sword 2"))
        self.assertIs(module.show, show)

    def test_registration_added(self) -> None:
        """What the text registers anew arrives, past what was remembered."""
        show = self.load("m", HEAD + WHOLE).show
        self.assertEqual(show("a"), "thing 1")
        self.release(m=HEAD + WHOLE + TEXT)
        self.assertEqual(show("a"), "text 1")
        self.assertIn(str, show.registry)

    def test_registration_dropped(self) -> None:
        """What the text no longer registers goes."""
        show = self.load("m", HEAD + WHOLE + TEXT).show
        self.assertEqual(show("a"), "text 1")
        self.release(m=HEAD + WHOLE)
        self.assertEqual(show("a"), "thing 1")
        self.assertNotIn(str, show.registry)

    def test_registrations_change_order(self) -> None:
        """Nameless implementations that change places stay with their classes."""
        show = self.load("m", HEAD + WHOLE + TEXT).show
        self.release(m=HEAD + TEXT + WHOLE)
        self.assertEqual((show(1), show("a")), ("int 1", "text 1"))
        self.release(m=HEAD + BLADE + TEXT + WHOLE)
        self.assertEqual((show(1), show("a")), ("int 1", "text 1"))

    def test_registered_with_an_argument(self) -> None:
        """``register(cls)`` and ``register(cls, function)`` count as well."""
        more = "show.register(int, repr)\n@show.register(str)\ndef f(t): return 'f'\n"
        show = self.load("m", HEAD + more).show
        self.assertEqual((show(1), show("a")), ("1", "f"))
        self.release(m=HEAD + more.replace("repr", "hex").replace("'f'", "'g'"))
        self.assertEqual((show(1), show("a")), ("0x1", "g"))
        self.release(m=HEAD)
        self.assertEqual((show(1), show("a")), ("thing 1", "thing 1"))

    def test_registered_union(self) -> None:
        """A union registers each of its classes."""
        text = HEAD + '@show.register\ndef _(thing: int | str): return "u 1"\n'
        show = self.load("m", text).show
        self.release(m=_two(text).replace("int | str", "int | bytes"))
        said = (show(1), show(b""), show("a"))
        self.assertEqual(said, ("u 2", "u 2", "thing 2"))

    def test_registered_at_run_time_stays(self) -> None:
        """What was registered while the game ran stays, over drops and additions."""
        show = self.load("m", HEAD + WHOLE).show
        show.register(set, lambda _: "mine")
        self.release(m=_two(HEAD + TEXT))
        self.assertEqual((show(set()), show(1)), ("mine", "thing 2"))

    def test_registered_anew_at_run_time_stays(self) -> None:
        """An implementation replaced at run time stays; the plan says so."""
        show = self.load("m", HEAD + WHOLE).show
        show.register(int, lambda _: "mine")
        other = WHOLE.replace("def _", "def whole")
        release = self.release(m=HEAD + other)
        self.assertEqual(show(1), "mine")
        kinds = [one.kind for one in release.plan.entries]
        self.assertIn("conflict", kinds)

    def test_imports_inside_imports(self) -> None:
        """Texts that import one another in a row import as ever, dispatcher or none."""
        self.write("items", "X = 1")
        self.write("m", "import ROOT.items\n" + HEAD)
        world = self.load("world", "from ROOT import m")
        self.assertEqual(world.m.show(1), "thing 1")

    def test_other_module_keeps_its_registrations(self) -> None:
        """A release of the dispatcher's module leaves other modules' registrations."""
        module = self.load("m", HEAD + WHOLE)
        self.load("u", OTHER)
        self.release(m=_two(HEAD))
        said = (module.show([]), module.show({}), module.show(1))
        self.assertEqual(said, ("list 1", "dict 1", "thing 2"))

    def test_other_module_changes_its_registrations(self) -> None:
        """A module that registers elsewhere is followed: changed, dropped, added."""
        module = self.load("m", HEAD)
        self.load("u", OTHER)
        text = OTHER.replace("list", "tuple")
        release = self.release(u=_two(text))
        said = (module.show({}), module.show(()), module.show([]))
        self.assertEqual(said, ("dict 2", "tuple 2", "thing 1"))
        release.undo()
        said = (module.show({}), module.show(()), module.show([]))
        self.assertEqual(said, ("dict 1", "thing 1", "list 1"))

    def test_both_modules_at_once(self) -> None:
        """One release of both keeps one dispatcher for both."""
        module = self.load("m", HEAD + WHOLE)
        user = self.load("u", OTHER)
        show = module.show
        self.release(u=_two(OTHER), m=_two(HEAD + TEXT))
        self.assertIs(module.show, show)
        self.assertIs(user.show, show)
        said = (show([]), show("a"), show(1))
        self.assertEqual(said, ("list 2", "text 2", "thing 2"))

    def test_registration_moves_to_another_module(self) -> None:
        """A registration that moves between modules of one release arrives."""
        show = self.load("m", HEAD + WHOLE).show
        self.load("u", "from ROOT.m import show\n")
        self.release(m=HEAD, u="from ROOT.m import show\n" + _two(WHOLE))
        self.assertEqual(show(1), "int 2")

    def test_new_module_registers(self) -> None:
        """A new module's registrations come with the commit, and go with undo."""
        show = self.load("m", HEAD).show
        release = self.release(n="from ROOT.m import show\n" + TEXT)
        self.assertEqual(show("a"), "text 1")
        release.undo()
        self.assertEqual(show("a"), "thing 1")

    def test_removed_module_takes_its_registrations(self) -> None:
        """A module that is removed takes its registrations along."""
        show = self.load("m", HEAD).show
        self.load("u", "from ROOT.m import show\n" + TEXT)
        name = f"{self.root}.u"
        del self.texts[name]
        release = self.engine.commit(self.engine.plan([], remove=[name]))
        self.assertEqual(show("a"), "thing 1")
        release.undo()
        self.assertEqual(show("a"), "text 1")

    def test_plan_registers_nothing(self) -> None:
        """While a release is only planned the live table is as before."""
        show = self.load("m", HEAD).show
        before = dict(show.registry)
        self.write("u", OTHER)
        self.engine.plan([f"{self.root}.u"])
        self.assertEqual(dict(show.registry), before)

    def test_undo_restores_the_table(self) -> None:
        """Undo gives back exactly the table of before."""
        module = self.load("m", HEAD + WHOLE + BLADE)
        before = dict(module.show.registry)
        self.release(m=_two(HEAD + TEXT)).undo()
        self.assertEqual(dict(module.show.registry), before)
        self.assertEqual(module.show(1), "int 1")

    def test_refused_release_changes_no_table(self) -> None:
        """A body that raises, here or in a module that registers, changes nothing."""
        show = self.load("m", HEAD + WHOLE).show
        self.load("u", OTHER)
        before = dict(show.registry)
        self.refuse(m=_two(HEAD + TEXT))
        self.refuse(u=_two(OTHER).replace("list", "tuple"))
        self.refuse(m=_two(HEAD), u=_two(OTHER).replace("list", "tuple"))
        self.assertEqual(dict(show.registry), before)
        self.assertEqual((show(1), show([]), show("a")), ("int 1", "list 1", "thing 1"))

    def test_raising_hook_changes_no_table(self) -> None:
        """A hook that raises takes registrations back."""
        show = self.load("m", HEAD + WHOLE).show
        before = dict(show.registry)
        with self.assertRaises(ReleaseRefused):
            self.release(m=HEAD + TEXT + "def module_reloaded(old, new): 1/0\n")
        self.assertEqual(dict(show.registry), before)
        self.assertEqual(show("a"), "thing 1")

    def test_library_dispatcher(self) -> None:
        """A dispatcher of a library is changed with the commit only, and back."""

        @functools.singledispatch
        def describe(thing: object) -> str:
            return "library"

        library: Any = functools
        library.describe = describe
        self.addCleanup(delattr, library, "describe")
        text = "import functools\n@functools.describe.register\n"
        text += 'def _(thing: int): return "int 1"\n'
        self.load("m", text)
        self.assertEqual(describe(1), "int 1")
        self.refuse(m=_two(text).replace("int)", "str)"))
        self.assertEqual((describe(1), describe("a")), ("int 1", "library"))
        self.release(m=_two(text).replace(": int", ": str"))
        self.assertEqual((describe(1), describe("a")), ("library", "int 2"))

    def test_dispatch_added(self) -> None:
        """A plain function held elsewhere passes on to the dispatcher."""
        module = self.load("m", "def show(thing): return 'plain'\n")
        show = module.show
        self.release(m=HEAD + WHOLE + "SAID = show(1)\n")
        self.assertEqual((show(1), show("a")), ("int 1", "thing 1"))
        function = module.show.dispatch(int)
        self.assertIs(function.__globals__, vars(module))

    def test_dispatch_removed(self) -> None:
        """The name is a plain function again, and undo gives the dispatcher back."""
        module = self.load("m", HEAD + WHOLE)
        show = module.show
        release = self.release(m="def show(thing): return 'plain'\n")
        self.assertEqual(module.show(1), "plain")
        release.undo()
        self.assertIs(module.show, show)
        self.assertEqual(show(1), "int 1")

    def test_faces_of_the_dispatcher(self) -> None:
        """``dispatch``, ``register`` and documentation show the new text."""
        module = self.load("m", HEAD + WHOLE)
        show = module.show
        self.release(m=HEAD.replace("return", '"""Say it."""; return') + TEXT)
        self.assertEqual(show.__doc__, "Say it.")
        self.assertIs(show.dispatch(int), show.__wrapped__)
        show.register(float, lambda _: "later")
        self.assertEqual(show(1.5), "later")

    def test_base_class_gained(self) -> None:
        """What is remembered by class goes when a class gets another base."""
        text = "class Edge: pass\nclass Blade: pass\nclass Knife(Edge): pass\n"
        more = "@show.register\ndef _(thing: Blade): return 'blade'\n"
        module = self.load("m", HEAD + text + more)
        knife = module.Knife()
        self.assertEqual(module.show(knife), "thing 1")
        self.release(m=HEAD + text.replace("Knife(Edge)", "Knife(Blade)") + more)
        self.assertEqual(module.show(knife), "blade")

    def test_method(self) -> None:
        """A dispatching method stays the same object with new implementations."""
        module = self.load("m", METHOD)
        shop, member = module.Shop(), vars(module.Shop)["show"]
        held = shop.show
        release = self.release(
            m=_two(METHOD)
            + "\n    @show.register\n    def _(self, t: str): return 's'\n"
        )
        said = (held(1.5), held(1), shop.show([]), shop.show("a"))
        self.assertEqual(said, ("thing 2", "int 2", "Shop 2", "s"))
        self.assertIs(vars(module.Shop)["show"], member)
        release.undo()
        self.assertEqual(
            (held(1), shop.show([]), held("a")), ("int 1", "Shop 1", "thing 1")
        )

    def test_method_drops_a_registration(self) -> None:
        """What a class body no longer registers goes."""
        shop = self.load("m", METHOD).Shop()
        self.release(m=METHOD.partition("    @show.register\n    @class")[0])
        self.assertEqual(shop.show([]), "thing 1")

    def test_method_of_a_subclass_elsewhere(self) -> None:
        """Subclasses in other modules see the change."""
        self.load("m", METHOD)
        thing = self.load("u", "from ROOT.m import Shop\nclass Stall(Shop): pass\n")
        stall = thing.Stall()
        self.release(m=_two(METHOD))
        self.assertEqual((stall.show(1), stall.show([])), ("int 2", "Stall 2"))

    def test_no_growth(self) -> None:
        """Releases leave neither functions nor entries behind."""
        show = self.load("m", HEAD + WHOLE).show
        self.load("u", OTHER)

        def count() -> int:
            gc.collect()
            return sum(type(one) is FunctionType for one in gc.get_objects())

        texts = ((_two(HEAD + TEXT), _two(OTHER)), (HEAD + WHOLE, OTHER))

        def go(times: int) -> None:
            for number in range(times):
                mine, other = texts[number % 2]
                self.release(m=mine, u=other).make_permanent()

        go(4)
        before = count()
        go(60)
        self.assertLessEqual(count(), before)
        self.assertEqual([*show.registry], [object, list, dict, int])
