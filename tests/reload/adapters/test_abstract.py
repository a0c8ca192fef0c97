"""Abstract base classes over releases."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Sized
from typing import Any

from gameserver.reload.adapters.abstract import registry
from tests.reload.adapters.released import ReleaseCase

BASE = """
    from abc import ABC, abstractmethod
    class Mob(ABC):
        @abstractmethod
        def act(self): ...
        def rest(self): return "old"
"""
MORE = (
    BASE
    + """
        @abstractmethod
        def flee(self): ...
"""
)
SUB = """
    from ROOT.m import Mob
    class Orc(Mob):
        def act(self): return "orc"
"""


def kept(owner: Any) -> object:
    """Give what an abstract class keeps."""
    return (
        vars(owner)["_abc_impl"],
        registry(owner._abc_impl),
        owner.__abstractmethods__,
    )


class AbstractNameTests(ReleaseCase):
    """Who can be instantiated."""

    def test_added_in_the_same_module(self) -> None:
        """A class that does not define a new abstract method is abstract now."""
        sub = "    class Orc(Mob):\n        def act(self): return 1\n"
        m = self.load(m=BASE + sub)
        old = m.Orc()
        self.release(m=MORE + sub)
        self.assertRaises(TypeError, m.Orc)
        self.assertEqual(old.act(), 1)

    def test_added_to_a_base_elsewhere(self) -> None:
        """Subclasses in modules that are not released become abstract too."""
        b = self.load(m=BASE, b=SUB)
        old = b.Orc()
        self.release(m=MORE)
        self.assertEqual(b.Orc.__abstractmethods__, {"flee"})
        self.assertRaises(TypeError, b.Orc)
        self.assertEqual(old.rest(), "old")

    def test_removed_from_a_base_elsewhere(self) -> None:
        """They are concrete again when the abstract method goes."""
        b = self.load(m=MORE, b=SUB)
        self.assertRaises(TypeError, b.Orc)
        self.release(m=BASE)
        self.assertEqual(b.Orc().act(), "orc")

    def test_implemented_in_the_base(self) -> None:
        """They are concrete when the base implements the method."""
        b = self.load(m=MORE, b=SUB)
        self.release(m=BASE + "        def flee(self): return 'away'\n")
        self.assertEqual(b.Orc().flee(), "away")

    def test_through_two_modules(self) -> None:
        """A subclass of a subclass elsewhere follows, deepest last."""
        c = self.load(m=BASE, b=SUB, c="from ROOT.b import Orc\nclass Chief(Orc): pass")
        self.release(m=MORE)
        self.assertEqual(c.Chief.__abstractmethods__, {"flee"})
        self.release(m=MORE, b=SUB + "        def flee(self): return 1\n")
        self.assertEqual(c.Chief().flee(), 1)

    def test_both_modules_in_one_plan(self) -> None:
        """Base and subclass released together: each has its text's abstract names."""
        b = self.load(m=BASE, b=SUB)
        self.release(m=MORE, b=SUB + "        def flee(self): return 1\n")
        self.assertEqual(b.Orc().flee(), 1)
        self.assertEqual(b.Orc.__abstractmethods__, frozenset())

    def test_implementation_in_a_plain_mixin(self) -> None:
        """A mixin that is not abstract implements for a class elsewhere."""
        mixin = "class Walks:\n    pass\n"
        text = SUB.replace("Mob\n", "Mob\n    from ROOT.w import Walks\n", 1)
        text = text.replace("Orc(Mob)", "Orc(Walks, Mob)")
        b = self.load(m=MORE, w=mixin, b=text)
        self.assertRaises(TypeError, b.Orc)
        done = self.release(w="class Walks:\n    def flee(self): return 2\n")
        self.assertEqual(b.Orc().flee(), 2)
        done.undo()
        self.assertRaises(TypeError, b.Orc)

    def test_subclass_made_at_run_time(self) -> None:
        """A class that play made follows as well."""
        m = self.load(m=BASE)
        made = abc.ABCMeta("Made", (m.Mob,), {"act": lambda self: 1})
        made()
        self.release(m=MORE)
        self.assertRaises(TypeError, made)

    def test_abstract_property(self) -> None:
        """Abstract properties and class methods count as well."""
        b = self.load(m=BASE, b=SUB)
        self.release(m=BASE + "        @property\n        @abstractmethod\n"
                     "        def name(self): ...\n"
                     "        @classmethod\n        @abstractmethod\n"
                     "        def make(cls): ...\n")  # fmt: skip
        self.assertEqual(b.Orc.__abstractmethods__, {"name", "make"})

    def test_becomes_and_ceases_to_be_abstract(self) -> None:
        """A plain class may take ``ABCMeta``, and give it back."""
        plain = "class A:\n    def f(self): return 1\n"
        text = "import abc\nclass A(metaclass=abc.ABCMeta):\n"
        text += "    def f(self): return 2\n"
        m = self.load(m=plain)
        old = m.A()
        self.release(m=text)
        self.assertEqual((old.f(), isinstance(old, m.A)), (2, True))
        m.A.register(int)
        self.assertIsInstance(3, m.A)
        self.release(m=plain)
        self.assertEqual((m.A().f(), old.f(), type(m.A)), (1, 1, type))


class RegistryTests(ReleaseCase):
    """Virtual subclasses."""

    TEXT = BASE + "    class Cat: pass\n    class Dog: pass\n    Mob.register(Cat)\n"

    def test_run_time_registrations_stay(self) -> None:
        """What play registered is there after a release."""
        m = self.load(m=self.TEXT)
        m.Mob.register(m.Dog)
        m.Mob.register(int)
        self.release(m=self.TEXT.replace('"old"', '"new"'))
        for one in (m.Dog, m.Cat, int):
            self.assertTrue(issubclass(one, m.Mob))

    def test_registrations_follow_the_text(self) -> None:
        """The text's registration goes, another comes; play's stays; undo restores."""
        m = self.load(m=self.TEXT)
        m.Mob.register(int)
        before = kept(m.Mob)
        done = self.release(m=self.TEXT.replace("(Cat)", "(Dog)"))
        found = [issubclass(one, m.Mob) for one in (m.Cat, m.Dog, int)]
        self.assertEqual(found, [False, True, True])
        done.undo()
        self.assertEqual(kept(m.Mob), before)
        found = [issubclass(one, m.Mob) for one in (m.Cat, m.Dog, int)]
        self.assertEqual(found, [True, False, True])

    def test_second_release(self) -> None:
        """What the first release's text registered follows the second's."""
        m = self.load(m=self.TEXT)
        self.release(m=self.TEXT.replace("(Cat)", "(Dog)"))
        self.release(m=self.TEXT.replace("Mob.register(Cat)", "pass"))
        self.assertEqual(registry(m.Mob._abc_impl), set())

    USER = """
        from ROOT.m import Mob
        @Mob.register
        class Bat:
            def f(self): return 1
    """

    def test_registered_elsewhere_once(self) -> None:
        """A class registered by decorator in another module is registered once."""
        b = self.load(m=BASE, b=self.USER)
        self.release(b=self.USER.replace("return 1", "return 2"))
        self.assertEqual(registry(b.Mob._abc_impl), {b.Bat})
        self.assertIsInstance(b.Bat(), b.Mob)

    def test_registration_elsewhere_goes_and_comes(self) -> None:
        """It goes with the decorator, comes with it, and undo restores it."""
        b = self.load(m=BASE, b=self.USER)
        without = self.USER.replace("@Mob.register", "")
        done = self.release(b=without)
        self.assertFalse(issubclass(b.Bat, b.Mob))
        done.undo()
        self.assertTrue(issubclass(b.Bat, b.Mob))
        self.release(b=without)
        self.release(b=self.USER)
        self.assertTrue(issubclass(b.Bat, b.Mob))

    def test_dropped_registration_undone(self) -> None:
        """A plan looks at registries and leaves no trace: what it lays is undone."""
        core = "import abc\nclass B(abc.ABC): pass\n"
        text = "from ROOT.core import B\nclass A: pass\n"
        a = self.load(core=core, a=f"{text}B.register(A)\n")
        done = self.release(a=text)
        self.assertFalse(issubclass(a.A, a.B))
        self.assertEqual(len(self.notes(done)), 1)
        done.undo()
        self.assertTrue(issubclass(a.A, a.B))

    def test_borrowed_state(self) -> None:
        """A class that only made a registry's state is in no plan and no way back."""
        self.load(core="import abc\nclass B(abc.ABC): pass\n", a="class A: pass\n")
        text = "from ROOT.core import B\nclass A: pass\nB.register(A)\n"
        done = [self.release(a=text), self.release(a=text + "x = 1\n")]
        notes = [line for one in done for line in self.notes(one)]
        self.assertFalse([line for line in notes if "Probe" in line], notes)
        for one in reversed(done):
            one.undo()

    def test_both_modules_and_a_dropped_registration(self) -> None:
        """With the abstract class in the same plan the dropped one goes as well."""
        b = self.load(m=BASE, b=self.USER)
        self.release(m=MORE, b=self.USER.replace("@Mob.register", ""))
        self.assertFalse(issubclass(b.Bat, b.Mob))

    def test_only_the_abstract_class_is_released(self) -> None:
        """Registrations by other modules stay when only the base is released."""
        b = self.load(m=BASE, b=self.USER)
        self.release(m=MORE)
        self.assertTrue(issubclass(b.Bat, b.Mob))

    def test_new_class_registered(self) -> None:
        """A class that is new in the text is registered as the text says."""
        b = self.load(m=BASE, b=self.USER)
        self.release(
            b=self.USER.rstrip() + "\n        @Mob.register\n        class Owl: pass\n"
        )
        self.assertIsInstance(b.Owl(), b.Mob)
        self.release(b=self.USER.rstrip() + "\n        class Owl: pass\n")
        self.assertFalse(issubclass(b.Owl, b.Mob))

    def test_new_abstract_class(self) -> None:
        """A new abstract class has the live classes registered, not staged ones."""
        m = self.load(m="class Cat: pass\n")
        cat = m.Cat()
        self.release(m="import abc\nclass Cat: pass\nclass Pet(abc.ABC): pass\n"
                     "Pet.register(Cat)\n")  # fmt: skip
        self.assertIsInstance(cat, m.Pet)


class CacheTests(ReleaseCase):
    """Answers that abstract classes have cached."""

    HOOK = """
        import abc
        class Quacks(abc.ABC):
            @classmethod
            def __subclasshook__(cls, other):
                return hasattr(other, "quack") or NotImplemented
    """

    def test_hook_changes(self) -> None:
        """A changed hook is asked again, whatever was cached."""
        m = self.load(m=self.HOOK)
        quacks = type("Duck", (), {"quack": 1})
        barks = type("Dog", (), {"bark": 1})
        self.assertTrue(issubclass(quacks, m.Quacks))
        self.assertFalse(issubclass(barks, m.Quacks))
        done = self.release(m=self.HOOK.replace('"quack"', '"bark"'))
        self.assertFalse(issubclass(quacks, m.Quacks))
        self.assertTrue(issubclass(barks, m.Quacks))
        done.undo()
        self.assertTrue(issubclass(quacks, m.Quacks))

    def test_methods_that_a_hook_looks_for(self) -> None:
        """``Sized`` and the like see that a class gained a method, and lost it."""
        m = self.load(m="class Bag:\n    pass\n")
        bag = m.Bag()
        self.assertNotIsInstance(bag, Sized)
        self.assertNotIsInstance(bag, Iterable)
        done = self.release(m="class Bag:\n    def __len__(self): return 0\n"
                            "    def __iter__(self): return iter(())\n")  # fmt: skip
        self.assertIsInstance(bag, Sized)
        self.assertIsInstance(bag, Iterable)
        done.undo()
        self.assertNotIsInstance(bag, Sized)


class WayBackTests(ReleaseCase):
    """Undo, refusal, growth."""

    NEW = MORE + "    class Cat: pass\n    Mob.register(Cat)\n"

    def test_undo_restores_the_very_objects(self) -> None:
        """Undo gives each class the abstract names and the registry it had."""
        b = self.load(m=BASE, b=SUB)
        before = [kept(b.Mob), kept(b.Orc)]
        names = b.Orc.__abstractmethods__
        self.release(m=self.NEW).undo()
        self.assertEqual([kept(b.Mob), kept(b.Orc)], before)
        self.assertIs(b.Orc.__abstractmethods__, names)
        self.assertEqual(b.Orc().act(), "orc")

    def test_names_not_counted_again_stay_after_undo(self) -> None:
        """A method patched in without a count leaves the class abstract, after undo."""
        b = self.load(m=MORE, b=SUB)
        b.Orc.flee = lambda self: 1
        self.release(m=BASE).undo()
        self.assertEqual(b.Orc.__abstractmethods__, {"flee"})

    def test_refused(self) -> None:
        """A text that fails at its end, or whose hook does, changes nothing."""
        b = self.load(m=BASE, b=SUB)
        before = [kept(b.Mob), kept(b.Orc)]
        self.refused(m=self.NEW + "    1/0\n")
        self.refused(m=self.NEW + "    def module_reloaded(old, new): 1/0\n")
        self.assertEqual([kept(b.Mob), kept(b.Orc)], before)
        b.Orc()

    def test_nothing_grows(self) -> None:
        """Classes of former releases are gone, registered ones too."""
        m = self.load(m=BASE, b=RegistryTests.USER, c=SUB)
        self.assert_grows_not(self.NEW, BASE)
        self.assertEqual(m.Mob.__subclasses__(), [m.Orc])
