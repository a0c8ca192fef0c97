"""registerAdapter: registrations follow the text that makes them."""

from __future__ import annotations

import gc
from typing import Any

from twisted.python.components import globalRegistry, registerAdapter

from gameserver.errors import ReleaseRefused
from tests.reload.adapters.game import GameCase

TEXT = """
from twisted.python.components import registerAdapter
from zope.interface import Interface, implementer
class IFoo(Interface): pass
class IBar(Interface): pass
class C: pass
@implementer(IFoo)
class F:
    def __init__(self, one): self.one = one
    def go(self): return 1
@implementer(IFoo)
class G(F): pass
"""
IMPORTS = """
from twisted.python.components import registerAdapter
from ROOT.m import *
"""
ONCE = TEXT + "registerAdapter(F, C, IFoo)\n"


def table() -> tuple[Any, ...]:
    """Give a copy of what the registry holds."""
    gc.collect()
    extendors = globalRegistry._v_lookup._extendors
    return (
        dict.fromkeys(globalRegistry.allRegistrations()),
        dict(globalRegistry._provided),
        {one: all_ for one, all_ in extendors.items() if all_},
        sorted(vars(globalRegistry)),
    )


class RegisterAdapterTests(GameCase):
    """What becomes of registrations."""

    def setUp(self) -> None:
        super().setUp()
        before = set(globalRegistry.allRegistrations())
        self.addCleanup(self.unregister, before)
        self.m = self.load("m", ONCE)
        self.old = self.m.C()

    def unregister(self, before: set[Any]) -> None:
        for required, provided, name, value in list(globalRegistry.allRegistrations()):
            if (required, provided, name, value) not in before:
                globalRegistry.unregister(required, provided, name, value)

    def count(self) -> int:
        """Count the registrations of this game."""
        return sum(
            self.root in provided.__module__
            for _, provided, _, _ in globalRegistry.allRegistrations()
        )

    def test_the_new_factory_runs(self) -> None:
        """A second run registers nothing twice, and the factory is the new version."""
        held = self.m.IFoo(self.old)
        self.release(m=ONCE.replace("return 1", "return 2"))
        self.assertEqual((held.go(), self.m.IFoo(self.old).go()), (2, 2))
        self.assertEqual(self.count(), 1)

    def test_another_factory(self) -> None:
        """Another factory in the text replaces the old one."""
        self.assertIs(type(self.m.IFoo(self.old)), self.m.F)
        self.release(m=TEXT + "registerAdapter(G, C, IFoo)\n")
        self.assertIs(type(self.m.IFoo(self.old)), self.m.G)
        self.assertEqual(self.count(), 1)

    def test_dropped(self) -> None:
        """A registration that the text drops is gone."""
        self.assertIsNotNone(self.m.IFoo(self.old, None))
        self.release(m=TEXT)
        self.assertIsNone(self.m.IFoo(self.old, None))
        self.assertEqual(self.count(), 0)

    def test_added(self) -> None:
        """A registration that the text adds arrives, for old instances too."""
        self.assertIsNone(self.m.IBar(self.old, None))
        self.release(m=ONCE + "registerAdapter(G, C, IBar)\n")
        self.assertIs(type(self.m.IBar(self.old)), self.m.G)

    def test_from_interface_to_interface(self) -> None:
        """Registrations between interfaces, new ones too, arrive and serve."""
        text = ONCE + "class INew(Interface): pass\nclass H(F): pass\n"
        self.release(m=text + "registerAdapter(H, IFoo, INew)\n")
        self.assertIs(type(self.m.INew(self.m.F(1))), self.m.H)

    def test_a_base_of_the_provided_interface_changes(self) -> None:
        """An adapter serves the interface's new bases."""
        self.release(
            m=ONCE.replace("class IFoo(Interface)", "class IFoo(IBar)").replace(
                "class IFoo(IBar): pass\nclass IBar(Interface): pass",
                "class IBar(Interface): pass\nclass IFoo(IBar): pass",
            )
        )
        self.assertIs(type(self.m.IBar(self.old)), self.m.F)

    def test_at_run_time(self) -> None:
        """What was registered at run time, or elsewhere, stays."""
        registerAdapter(self.m.G, self.m.C, self.m.IBar)
        self.release(m=TEXT)
        self.assertIs(type(self.m.IBar(self.old)), self.m.G)
        self.assertIsNone(self.m.IFoo(self.old, None))

    def test_registered_elsewhere(self) -> None:
        """Another module's registration for our classes stays when ours changes."""
        self.load(
            "u",
            IMPORTS + "registerAdapter(G, C, IBar)\n",
        )
        self.release(m=TEXT + "x = 1\n")
        self.assertIs(type(self.m.IBar(self.old)), self.m.G)
        self.release(u="from ROOT.m import *\n")
        self.assertIsNone(self.m.IBar(self.old, None))

    def test_moved(self) -> None:
        """A registration moves to another module in one release."""
        move = IMPORTS
        self.load("u", move)
        self.release(m=TEXT, u=move + "registerAdapter(F, C, IFoo)\n")
        self.assertIs(type(self.m.IFoo(self.old)), self.m.F)
        self.assertEqual(self.count(), 1)
        self.release(u=move, m=ONCE)
        self.assertIs(type(self.m.IFoo(self.old)), self.m.F)

    def test_a_true_duplicate_is_refused(self) -> None:
        """Two modules registering for one pair are refused, as on a fresh import."""
        text = IMPORTS
        self.load("u", text)
        with self.assertRaises(ReleaseRefused):
            self.release(u=text + "registerAdapter(G, C, IFoo)\n")
        self.assertIs(type(self.m.IFoo(self.old)), self.m.F)

    def test_undo(self) -> None:
        """Undo restores the registry."""
        before = table()
        self.release(m=TEXT + "registerAdapter(G, C, IFoo, IBar)\n").undo()
        self.assertEqual(table(), before)
        self.assertIs(type(self.m.IFoo(self.old)), self.m.F)
        self.release(m=TEXT)
        self.assertIsNone(self.m.IFoo(self.old, None))

    def test_refused(self) -> None:
        """A refused release leaves the registry as it was; the next good one works."""
        before = table()
        text = TEXT + "registerAdapter(G, C, IFoo, IBar)\n"
        self.refuse(m=text)
        self.assertEqual(table(), before)
        self.release(m=text)
        self.assertIs(type(self.m.IBar(self.old)), self.m.G)

    def test_removed_module(self) -> None:
        """With its module a registration goes."""
        name = f"{self.root}.m"
        self.engine.commit(self.engine.plan([], remove=[name]))
        self.assertEqual(self.count(), 0)

    def test_no_growth(self) -> None:
        """Many releases leave as many registrations as one."""
        for _ in range(30):
            for text in (TEXT + "registerAdapter(G, C, IFoo, IBar)\n", ONCE):
                self.release(m=text).make_permanent()
        self.assertEqual(self.count(), 1)
        gc.collect()
        alive = [
            one
            for one in gc.get_objects()
            if isinstance(one, type) and one.__module__ == f"{self.root}.m"
        ]
        self.assertEqual(sorted(one.__name__ for one in alive), ["C", "F", "G"])
