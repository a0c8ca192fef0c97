"""zope.interface: interfaces keep their identity, whatever becomes of their text."""

from __future__ import annotations

from zope.interface import Invalid
from zope.interface.verify import verifyObject

from tests.reload.adapters.game import GameCase
from tests.reload.adapters.zope_game import HEAD, PLAIN


class InterfaceTests(GameCase):
    """What becomes of interfaces."""

    def setUp(self) -> None:
        super().setUp()
        self.m = self.load("m", PLAIN)

    def test_stays_the_same_object(self) -> None:
        """An interface is the same object after a release, everywhere."""
        user = self.load("u", "from ROOT.m import IFoo")
        held = self.m.IFoo
        self.release(m=PLAIN.replace('"one"', '"two"'))
        self.assertIs(self.m.IFoo, held)
        self.assertIs(user.IFoo, held)
        self.assertEqual(held.__doc__, "two")

    def test_methods_come_and_go(self) -> None:
        """New attributes and methods arrive, dropped ones go, kept ones stay."""
        kept = self.m.IFoo["here"]
        self.release(m=PLAIN.replace("def go(n)", "def run(n, m=1)"))
        self.assertEqual(list(self.m.IFoo.names()), ["here", "run"])
        self.assertEqual(self.m.IFoo["run"].getSignatureString(), "(n, m=1)")
        self.assertIs(self.m.IFoo["run"].interface, self.m.IFoo)
        self.assertIs(self.m.IFoo["here"], kept)

    def test_a_held_method_description_follows(self) -> None:
        """A description that is held shows the new signature and text."""
        held = self.m.IFoo["go"]
        new = PLAIN.replace('def go(n): "go there"', 'def go(n, fast=0): "run"')
        self.release(m=new)
        self.assertEqual(held.getSignatureString(), "(n, fast=0)")
        self.assertEqual(held.__doc__, "run")
        self.assertIs(self.m.IFoo["go"], held)

    def test_verify_object_sees_the_new_text(self) -> None:
        """An old instance verifies against the interface as it is now."""
        old = self.m.C()
        new = PLAIN.replace(
            'def go(n): "go there"', "def go(n): 'x'\n    def stop(): 'y'"
        )
        self.release(
            m=new.replace("return n\n", "return n\n    def stop(self): pass\n")
        )
        self.assertTrue(verifyObject(self.m.IFoo, old))

    def test_bases_change(self) -> None:
        """Other bases arrive with all that depends on the interface."""
        user = self.load(
            "u",
            "from ROOT.m import IFoo\nfrom zope.interface import implementer\n"
            "class ISub(IFoo): pass\n@implementer(ISub)\nclass D: pass",
        )
        thing = user.D()
        self.assertTrue(self.m.IBase.providedBy(thing))
        self.release(m=PLAIN.replace("IFoo(IBase)", "IFoo(IOther)"))
        self.assertFalse(self.m.IBase.providedBy(thing))
        self.assertTrue(self.m.IOther.providedBy(thing))
        self.assertTrue(self.m.IOther.implementedBy(self.m.C))

    def test_a_new_base_in_the_same_text(self) -> None:
        """An interface that is new can be a base of one that is live."""
        old = self.m.C()
        new = PLAIN.replace(
            "class IFoo(IBase)", "class INew(IBase): pass\nclass IFoo(INew)"
        )
        self.release(m=new)
        self.assertTrue(self.m.INew.providedBy(old))
        self.assertTrue(self.m.IFoo.extends(self.m.INew))

    def test_tagged_values_merge(self) -> None:
        """Tags follow the text; tags set at run time stay."""
        tagged = PLAIN + "\nIFoo.setTaggedValue('a', 1); IFoo.setTaggedValue('b', 1)\n"
        self.release(m=tagged)
        self.m.IFoo.setTaggedValue("live", 9)
        self.release(
            m=PLAIN + "\nIFoo.setTaggedValue('a', 2); IFoo.setTaggedValue('c', 3)\n"
        )
        tags = {one: self.m.IFoo.getTaggedValue(one) for one in "ac"}
        self.assertEqual(tags, {"a": 2, "c": 3})
        self.assertIsNone(self.m.IFoo.queryTaggedValue("b"))
        self.assertEqual(self.m.IFoo.getTaggedValue("live"), 9)

    def test_invariants_follow(self) -> None:
        """An invariant's new text is what validation runs."""
        text = HEAD + (
            "class IFoo(Interface):\n    @invariant\n    def check(one):\n"
            "        if one.n < %d: raise Invalid(%d)\n"
            "@implementer(IFoo)\nclass C: n = 5\n"
        )
        module = self.load("i", text % (1, 1))
        old = module.C()
        module.IFoo.validateInvariants(old)
        self.release(i=text % (9, 9))
        with self.assertRaises(Invalid):
            module.IFoo.validateInvariants(old)

    def test_own_methods_follow(self) -> None:
        """A method the interface has itself, such as ``__adapt__``, is the new one."""
        text = HEAD + (
            "class IFoo(Interface):\n    @interfacemethod\n"
            "    def __adapt__(self, one): return (%d, one)\n"
        )
        module = self.load("i", text % 1)
        self.assertEqual(module.IFoo(7), (1, 7))
        self.release(i=text % 2)
        self.assertEqual(module.IFoo(7), (2, 7))

    def test_gains_and_loses_an_own_method(self) -> None:
        """An interface gains ``__adapt__`` in a release and loses it in the next."""
        plain = HEAD + "class IFoo(Interface):\n    a = Attribute('a')\n"
        own = "    @interfacemethod\n    def __adapt__(self, one): return (1, one)\n"
        module = self.load("i", plain)
        held = module.IFoo
        self.release(i=plain + own)
        self.assertEqual(held(7), (1, 7))
        self.release(i=plain)
        self.assertEqual(held(7, None), None)

    def test_a_removed_interface_goes(self) -> None:
        """A dropped interface leaves its module and the classes that declared it."""
        old, held = self.m.C(), self.m.IFoo
        new = (
            PLAIN.partition("class IFoo")[0] + "class C:\n    pass\nclass Plain: pass\n"
        )
        self.release(m=new)
        self.assertFalse(hasattr(self.m, "IFoo"))
        self.assertFalse(held.providedBy(old))

    def test_renamed(self) -> None:
        """Instances provide the interface under its new name only."""
        old, held = self.m.C(), self.m.IFoo
        self.release(m=PLAIN.replace("IFoo", "IBar"))
        self.assertTrue(self.m.IBar.providedBy(old))
        self.assertFalse(held.providedBy(old))

    def test_moved_to_another_module(self) -> None:
        """An interface moves; its class, which stays, provides it from there."""
        old = self.m.C()
        iface = "from zope.interface import Interface\nclass IFoo(Interface): pass\n"
        head, _, rest = PLAIN.partition("class IFoo")
        rest = "@implementer" + rest.partition("@implementer")[2]
        self.release(m=head + "from ROOT.n import IFoo\n" + rest, n=iface)
        self.assertEqual(self.m.IFoo.__module__, f"{self.root}.n")
        self.assertTrue(self.m.IFoo.providedBy(old))
