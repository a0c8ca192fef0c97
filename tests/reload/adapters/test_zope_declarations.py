"""zope.interface: what is declared merges three ways."""

from __future__ import annotations

from zope.interface import (
    alsoProvides,
    classImplements,
    noLongerProvides,
    providedBy,
)

from tests.reload.adapters.game import GameCase
from tests.reload.adapters.zope_game import PLAIN


class DeclarationTests(GameCase):
    """What becomes of what classes, modules and objects declare."""

    def setUp(self) -> None:
        super().setUp()
        self.m = self.load("m", PLAIN)

    def test_declared_of_a_class_that_declared_nothing(self) -> None:
        """A first declaration reaches instances old and new."""
        old = self.m.Plain()
        self.release(m=PLAIN.replace("class Plain", "@implementer(IFoo)\nclass Plain"))
        self.assertTrue(self.m.IFoo.providedBy(old))
        self.assertTrue(self.m.IBase.providedBy(self.m.Plain()))

    def test_of_a_class_whose_empty_declaration_is_known(self) -> None:
        """The same where zope has computed the empty declaration before."""
        old = self.m.Plain()
        self.assertFalse(self.m.IFoo.providedBy(old))
        self.release(m=PLAIN.replace("class Plain", "@implementer(IFoo)\nclass Plain"))
        self.assertTrue(self.m.IFoo.providedBy(old))

    def test_taken_back(self) -> None:
        """A declaration that the text drops is gone."""
        old = self.m.C()
        self.release(m=PLAIN.replace("@implementer(IFoo)", ""))
        self.assertFalse(self.m.IFoo.providedBy(old))
        self.assertFalse(self.m.IFoo.implementedBy(self.m.C))

    def test_run_time_declarations_stay(self) -> None:
        """What was declared of a class at run time outlives what the text changes."""
        user = self.load(
            "u", "from zope.interface import Interface\nclass ILive(Interface): pass"
        )
        classImplements(self.m.C, user.ILive)
        old = self.m.C()
        self.release(m=PLAIN.replace("@implementer(IFoo)", "@implementer(IOther)"))
        found = [
            one.providedBy(old) for one in (self.m.IFoo, self.m.IOther, user.ILive)
        ]
        self.assertEqual(found, [False, True, True])

    def test_subclasses_elsewhere_follow(self) -> None:
        """A subclass in a module that is not released inherits the new declaration."""
        user = self.load(
            "u",
            "from ROOT.m import C\nfrom zope.interface import Interface, implementer\n"
            "class IMine(Interface): pass\n@implementer(IMine)\nclass D(C): pass",
        )
        old = user.D()
        self.release(
            m=PLAIN.replace("@implementer(IFoo)", "@implementer(IFoo, IOther)")
        )
        self.assertTrue(self.m.IOther.providedBy(old))
        self.assertTrue(user.IMine.providedBy(old))

    def test_bases_of_the_class_change(self) -> None:
        """With another base class the inherited interfaces change."""
        text = (
            PLAIN
            + "class A: pass\n@implementer(IOther)\nclass B: pass\nclass X(%s): pass\n"
        )
        self.release(m=text % "A")
        old = self.m.X()
        self.assertFalse(self.m.IOther.providedBy(old))
        self.release(m=text % "B")
        self.assertTrue(self.m.IOther.providedBy(old))

    def test_only(self) -> None:
        """``implementer_only`` cuts off what is inherited, until it is dropped."""
        text = PLAIN + "@%s(IOther)\nclass D(C): pass\n"
        self.release(m=text % "implementer")
        old = self.m.D()
        self.release(m=text % "implementer_only")
        self.assertFalse(self.m.IFoo.providedBy(old))
        self.release(m=text % "implementer")
        self.assertTrue(self.m.IFoo.providedBy(old))

    def test_provider(self) -> None:
        """What a class itself provides follows the text; run time additions stay."""
        text = PLAIN + "%s\nclass F: pass\n"
        self.release(m=text % "@provider(IFoo)")
        alsoProvides(self.m.F, self.m.IOther)
        self.release(m=text % "@provider(IBase)")
        found = [self.m.IFoo.providedBy(self.m.F), self.m.IOther.providedBy(self.m.F)]
        self.assertEqual(found, [False, True])
        self.release(m=text % "")
        self.assertFalse(self.m.IBase.providedBy(self.m.F))
        self.assertTrue(self.m.IOther.providedBy(self.m.F))

    def test_module_provides(self) -> None:
        """``moduleProvides`` comes, changes and goes; run time additions stay."""
        self.release(m=PLAIN + "moduleProvides(IFoo)\n")
        self.assertTrue(self.m.IFoo.providedBy(self.m))
        self.release(m=PLAIN + "moduleProvides(IOther)\n")
        self.assertFalse(self.m.IFoo.providedBy(self.m))
        self.assertTrue(self.m.IOther.providedBy(self.m))
        alsoProvides(self.m, self.m.IBase)
        self.release(m=PLAIN)
        self.assertFalse(self.m.IOther.providedBy(self.m))
        self.assertTrue(self.m.IBase.providedBy(self.m))

    def test_objects_of_the_module(self) -> None:
        """What an object of the module declares for itself follows the text."""
        text = PLAIN + "thing = Plain()\n%s\n"
        self.release(m=text % "directlyProvides(thing, IFoo)")
        held = self.m.thing
        self.release(m=text % "directlyProvides(thing, IOther)")
        self.assertIs(self.m.thing, held)
        self.assertEqual(list(providedBy(held)), [self.m.IOther])
        self.release(m=text % "")
        self.assertEqual(list(providedBy(held)), [])

    def test_instances_at_run_time(self) -> None:
        """What an instance declared at run time stays, and can be taken back."""
        old = self.m.C()
        alsoProvides(old, self.m.IOther)
        self.release(m=PLAIN.replace('"one"', '"two"').replace("return n", "return 2"))
        self.assertTrue(self.m.IOther.providedBy(old))
        self.assertTrue(self.m.IFoo.providedBy(old))
        noLongerProvides(old, self.m.IOther)
        self.assertFalse(self.m.IOther.providedBy(old))

    def test_new_class_of_a_live_interface(self) -> None:
        """A new class is told when the interfaces it declares change later."""
        new = PLAIN + "@implementer(IFoo)\nclass E: pass\n"
        self.release(m=new)
        one = self.m.E()
        self.assertTrue(self.m.IFoo.providedBy(one))
        self.release(m=new.replace("IFoo(IBase)", "IFoo(IOther)"))
        self.assertTrue(self.m.IOther.providedBy(one))

    def test_new_module(self) -> None:
        """A module new in the release has live declarations, told of later changes."""
        text = (
            "from ROOT.m import IFoo\nfrom zope.interface import implementer\n"
            "@implementer(IFoo)\nclass N: pass"
        )
        self.release(m=PLAIN + "x = 1\n", n=text)
        module = self.load("n", text)
        one = module.N()
        self.assertTrue(self.m.IFoo.providedBy(one))
        self.release(m=PLAIN.replace("IFoo(IBase)", "IFoo(IOther)"))
        self.assertTrue(self.m.IOther.providedBy(one))

    def test_declared_of_a_class_in_another_module(self) -> None:
        """What a text declares of another module's class follows the text."""
        user = self.load(
            "u",
            "class Far: pass\nimport zope.interface\nzope.interface.implementedBy(Far)",
        )
        text = PLAIN + "from ROOT.u import Far\n%s\n"
        self.release(m=text % "classImplements(Far, IFoo)")
        far = user.Far()
        self.assertTrue(self.m.IFoo.providedBy(far))
        classImplements(user.Far, self.m.IBase)
        self.release(m=text % "classImplements(Far, IFoo, IOther)")
        self.assertTrue(self.m.IFoo.providedBy(far))
        self.assertTrue(self.m.IOther.providedBy(far))
        self.release(m=text % "")
        self.assertFalse(self.m.IFoo.providedBy(far))
