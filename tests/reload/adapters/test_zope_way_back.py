"""zope.interface: undo, refusals and growth."""

from __future__ import annotations

import gc
from typing import Any

from zope.interface import Interface, implementedBy
from zope.interface.declarations import InstanceDeclarations

from gameserver.errors import ReleaseRefused
from tests.reload.adapters.game import GameCase
from tests.reload.adapters.zope_game import PLAIN

CHANGED = PLAIN.replace("IFoo(IBase)", "IFoo(IOther)").replace("go(n)", "run(n)")
CHANGED = CHANGED.replace('"one"', '"two"').replace(
    "class Plain", "@implementer(IFoo)\nclass Plain"
)
CHANGED += "IFoo.setTaggedValue('t', 1)\nmoduleProvides(IOther)\nthing = Plain()\n"
CHANGED += "directlyProvides(thing, IBase)\nclass INew(IFoo): pass\n"


def state(interface: Any, root: str) -> tuple[Any, ...]:
    """Give all that zope keeps of a specification, other tests' dependents left out."""
    return (
        interface._bases,
        interface.__iro__,
        interface.__sro__,
        dict(interface._implied),
        {
            id(one): count
            for one, count in dict(interface.dependents).items()
            if "adapted_" not in place(one) or root in place(one)
        },
        getattr(interface, "declared", None),
        getattr(interface, "inherit", None),
        getattr(interface, "__doc__", None),
        dict(getattr(interface, "_Element__tagged_values", None) or {}),
        {
            name: (one, dict(vars(one)))
            for name, one in (
                getattr(interface, "_InterfaceClass__attrs", None) or {}
            ).items()
        },
    )


def place(spec: Any) -> str:
    """Give where a specification comes from."""
    owner = getattr(spec, "inherit", None) or getattr(spec, "_cls", None)
    return f"{spec!r} {getattr(owner, '__module__', '')}."


def alive() -> int:
    """Count the specifications that are alive."""
    kind = type(Interface).__mro__[1].__mro__[2]
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())


class WayBackTests(GameCase):
    """Undo, refusals and growth."""

    def setUp(self) -> None:
        super().setUp()
        self.m = self.load("m", PLAIN)
        self.m.C()
        self.m.IFoo.providedBy(self.m.Plain())

    def snapshot(self) -> list[Any]:
        """Give the state of everything that takes part."""
        gc.collect()
        parts = [self.m.IFoo, self.m.IBase, self.m.IOther, Interface]
        parts += [implementedBy(one) for one in (self.m.C, self.m.Plain, object)]
        parts += [vars(self.m.C)["__provides__"]]
        states = [state(one, f"{self.root}.") for one in parts]
        return [*states, len(InstanceDeclarations), sorted(vars(self.m))]

    def test_undo(self) -> None:
        """Undo restores all that zope keeps."""
        before = self.snapshot()
        self.release(m=CHANGED).undo()
        self.assertEqual(self.snapshot(), before)

    def test_a_refused_release(self) -> None:
        """A body that fails at its end leaves all that zope keeps as it was."""
        before = self.snapshot()
        self.refuse(m=CHANGED)
        self.assertEqual(self.snapshot(), before)
        self.release(m=CHANGED)
        self.assertTrue(self.m.IOther.providedBy(self.m.C()))

    def test_a_failing_hook(self) -> None:
        """A hook that raises takes everything back."""
        before = self.snapshot()
        with self.assertRaises(ReleaseRefused):
            self.release(m=CHANGED + "def module_reloaded(old, new): 1 / 0\n")
        self.assertEqual(self.snapshot(), before)

    def test_a_plan_changes_nothing(self) -> None:
        """A plan that is not committed changes nothing."""
        before = self.snapshot()
        self.write("m", CHANGED)
        self.assertIsNone(self.engine.plan([f"{self.root}.m"]).error)
        self.assertEqual(self.snapshot(), before)

    def test_no_growth(self) -> None:
        """Many releases back and forth leave no specification behind."""
        gc.collect()
        gc.freeze()  # what other tests have left is not counted
        self.addCleanup(gc.unfreeze)
        counts = []
        for _ in range(4):
            for text in (CHANGED, PLAIN) * 10:
                self.release(m=text).make_permanent()
            known = [one for one in Interface.dependents if self.root in place(one)]
            counts.append((alive(), len(known)))
        for before, after in zip(counts[1], counts[3], strict=True):
            self.assertLessEqual(after, before, counts)
