"""Generic classes, type variables and aliases over releases."""

from __future__ import annotations

import sys
import typing
from unittest import skipIf

from tests.reload.adapters.released import ReleaseCase

BOX = """
    from typing import Generic, TypeVar, Optional, Callable, Union
    T = TypeVar("T")
    class Item: pass
    class Box(Generic[T]):
        def open(self, first: T) -> list[T]: return 1
    class Chest(Box[int]): pass
    IntBox = Box[int]
    Items = list[Item]
    Maybe = Optional[Item]
    Either = Item | int
    Acts = Callable[[Item], Union[Item, str]]
"""
NEW = BOX.replace("return 1", "return 2")
PEP695 = """
    class Box[T]:
        def open(self, first: T) -> list[T]: return 1
    class Chest(Box[int]): pass
    IntBox = Box[int]
"""


class GenericTests(ReleaseCase):
    """Generic classes and what names them."""

    def test_held_alias(self) -> None:
        """An alias held from before makes instances that run the new text."""
        m = self.load(m=BOX)
        held, old = m.Box[int], m.Box[int]()
        self.release(m=NEW)
        self.assertEqual((held().open(0), old.open(0)), (2, 2))
        self.assertEqual(held, m.Box[int])
        self.assertIs(held.__origin__, m.Box)

    def test_type_variable_stays(self) -> None:
        """The type variable is shared by all that the texts make, old and new."""
        b = self.load(m=BOX, b="from ROOT.m import T, Box\nclass Bag(Box[T]): pass\n")
        variable = b.T
        self.release(m=NEW + "    class Sack(Generic[T]): pass\n")
        m = sys.modules[f"{self.root}.m"]
        self.assertIs(m.T, variable)
        for one in (m.Box, m.Sack, b.Bag):
            self.assertEqual(one.__parameters__, (variable,))
        self.assertEqual(m.Box.__orig_bases__, (typing.Generic[variable],))
        self.assertEqual(m.Box.open.__annotations__["return"], list[variable])

    def test_aliases_of_the_text_stay(self) -> None:
        """Aliases that mean the same stay the live ones."""
        m = self.load(m=BOX)
        names = ("IntBox", "Items", "Maybe", "Either", "Acts")
        before = {name: vars(m)[name] for name in names}
        self.release(m=NEW)
        for name in names:
            self.assertIs(vars(m)[name], before[name], name)
        self.assertEqual(m.Chest.__orig_bases__, (m.Box[int],))

    def test_new_aliases_name_live_classes(self) -> None:
        """Every kind of alias that is new has the live classes in it."""
        m = self.load(m=BOX)
        text = NEW + "    from collections.abc import Callable as F\n"
        text += "    A = Box[Item]\n    B = dict[str, Item]\n"
        text += "    C = Optional[Box[Item]]\n    D = Box[Item] | None\n"
        text += "    E = F[[Item], Box[T]]\n    G = Callable[[Item], T]\n"
        self.release(m=text)
        self.assertEqual(m.A, m.Box[m.Item])
        self.assertIs(m.A.__origin__, m.Box)
        self.assertEqual(m.B, dict[str, m.Item])
        box = m.Box[m.Item]
        self.assertEqual(m.C, typing.Optional[box])  # noqa: UP045 - meant
        self.assertEqual(m.D, m.Box[m.Item] | None)
        self.assertEqual(m.E.__args__, (m.Item, m.Box[m.T]))
        self.assertEqual(m.G[int], typing.Callable[[m.Item], int])

    def test_alias_changes(self) -> None:
        """A name bound to another alias is rebound, importers too."""
        b = self.load(m=BOX, b="from ROOT.m import IntBox, Box\n")
        self.release(m=NEW.replace("IntBox = Box[int]", "IntBox = Box[str]"))
        self.assertEqual(b.IntBox, b.Box[str])

    LATE = BOX.replace('T = TypeVar("T")', "").replace(
        "class Item: pass", 'class Item: pass\n    T = TypeVar("T")'
    )

    def test_bound_changes(self) -> None:
        """A type variable that says something else is another one, everywhere."""
        m = self.load(m=self.LATE)
        before = m.T
        self.release(m=self.LATE.replace('("T")', '("T", bound=Item)'))
        self.assertIsNot(m.T, before)
        self.assertIs(m.T.__bound__, m.Item)
        self.assertEqual(m.Box.__parameters__, (m.T,))

    def test_bound_by_a_class_of_the_text(self) -> None:
        """A bound that names a class of the text is the same bound again."""
        text = self.LATE.replace('("T")', '("T", bound=Item)')
        m = self.load(m=text)
        before = m.T
        self.release(m=text.replace("return 1", "return 2"))
        self.assertIs(m.T, before)

    def test_parameter_added(self) -> None:
        """A second parameter: the class takes two arguments now."""
        m = self.load(m=BOX)
        held = m.Box()
        self.release(m=NEW.replace("Generic[T]", "Generic[T, K]").replace(
            'T = TypeVar("T")', 'T = TypeVar("T"); K = TypeVar("K")').replace(
            "Box[int]", "Box[int, str]"))  # fmt: skip
        self.assertEqual(m.Box.__parameters__, (m.T, m.K))
        self.assertIsInstance(held, m.Box[int, str].__origin__)
        self.assertRaises(TypeError, lambda: m.Box[int])

    def test_becomes_generic(self) -> None:
        """A plain class whose instances live either takes the base, or says why not."""
        m = self.load(m=BOX)
        held = m.Item()
        why = self.refused(m=NEW.replace("Item: pass", "Item(Generic[T]): pass"))
        self.assertIn("Item: bases Generic", why)
        self.assertIs(type(held), m.Item)

    def test_subclass_ceases_to_be_generic(self) -> None:
        """A class may take a plain base of the text in place of a generic one."""
        m = self.load(m=BOX + "    class Crate(Box[T]): pass\n")
        held = m.Crate()
        self.release(m=NEW + "    class Crate(Chest): pass\n")
        self.assertIsInstance(held, m.Chest)
        self.assertEqual(m.Crate.__parameters__, ())

    def test_undo_and_refusal(self) -> None:
        """Undo and a refused text give the class dicts back."""
        m = self.load(m=BOX)
        before = [dict(vars(m.Box)), dict(vars(m.Chest)), m.T, m.IntBox]
        text = NEW.replace("Generic[T]", "Generic[K]").replace(
            'T = TypeVar("T")', 'K = T = TypeVar("T", bound=object)'
        )
        self.release(m=text).undo()
        self.assertEqual(
            [dict(vars(m.Box)), dict(vars(m.Chest)), m.T, m.IntBox], before
        )
        self.refused(m=text + "    1/0\n")
        self.refused(m=text + "    def module_reloaded(old, new): 1/0\n")
        self.assertEqual(
            [dict(vars(m.Box)), dict(vars(m.Chest)), m.T, m.IntBox], before
        )

    def test_nothing_grows(self) -> None:
        """Neither classes nor type variables of former releases stay."""
        self.load(m=BOX)
        self.assert_grows_not(NEW, BOX)
        self.assert_grows_not(NEW, BOX, typing.TypeVar)


@skipIf(sys.version_info < (3, 12), "the syntax is new in 3.12")
class TypeParameterTests(ReleaseCase):
    """``class Box[T]``."""

    def test_class_stays_usable(self) -> None:
        """Held aliases and instances run the new text; the parameter stays."""
        m = self.load(m=PEP695)
        held, old, variables = m.Box[int], m.Box(), m.Box.__type_params__
        self.release(m=PEP695.replace("return 1", "return 2"))
        self.assertEqual((held().open(0), old.open(0)), (2, 2))
        self.assertIs(m.Box.__type_params__[0], variables[0])
        self.assertEqual(m.Box.__parameters__, variables)
        self.assertEqual(m.Box[int], held)
        self.assertEqual(m.Chest.__orig_bases__, (held,))

    def test_parameter_added(self) -> None:
        """Another parameter arrives; the first stays the same."""
        m = self.load(m=PEP695)
        first = m.Box.__type_params__[0]
        self.release(m=PEP695.replace("[T]:", "[T, K]:").replace("[int]", "[int, str]"))
        self.assertEqual([one.__name__ for one in m.Box.__type_params__], ["T", "K"])
        self.assertIs(m.Box.__type_params__[0], first)
        self.assertEqual(m.Box.__parameters__, m.Box.__type_params__)

    def test_undo(self) -> None:
        """Undo gives the class dict back."""
        m = self.load(m=PEP695)
        before = dict(vars(m.Box))
        self.release(
            m=PEP695.replace("[T]:", "[T, K]:").replace("[int]", "[int, str]")
        ).undo()
        self.assertEqual(dict(vars(m.Box)), before)

    def test_nothing_grows(self) -> None:
        """Neither classes nor type variables of former releases stay."""
        self.load(m=PEP695)
        new = PEP695.replace("return 1", "return 2")
        self.assert_grows_not(new, PEP695)
        self.assert_grows_not(new, PEP695, typing.TypeVar)
