"""What libraries answer belongs to the same version as the code, in every thread."""

from __future__ import annotations

import functools
from typing import Any

from tests.reload.adapters.reading import ReadingCase


class FunctoolsTests(ReadingCase):
    def test_partial(self) -> None:
        """A partial's arguments change with the code."""
        text = "import functools\ndef version(): return %d\n"
        text += "def tick(*a): return a\nrun = functools.partial(tick, %d)\n"
        m = self.load("m", text % (1, 1))
        self.assert_unmixed((text % (1, 1), text % (2, 2)), m.version, m.run)

    def test_partial_over_state(self) -> None:
        """A partial over a table is over the one that the module names."""
        text = "import functools\ndef version(): return %d\n"
        text += "STATE = {'hp': %d}\ndef tick(one): return one['hp']\n"
        text += "run = functools.partial(tick, STATE)\n"
        m = self.load("m", text % (1, 1))
        self.assert_unmixed((text % (1, 1), text % (2, 2)), m.version, m.run)

    def test_lru_cache(self) -> None:
        """A kept result goes with the code that made it."""
        text = "import functools\ndef version(): return %d\n"
        text += "@functools.%s\ndef price(n): return n + %d\n"
        m = self.load("m", text % (1, "cache", 1))
        texts = (text % (1, "cache", 1), text % (2, "cache", 2))
        self.assert_unmixed(texts, m.version, lambda: m.price(1))

    def test_cached_property(self) -> None:
        """A value that an instance keeps is of the code in force."""
        text = "import functools\ndef version(): return %d\n"
        text += "class C:\n    @functools.cached_property\n"
        text += "    def size(self): return %d\n"
        m = self.load("m", text % (1, 1))
        thing = m.C()
        self.assert_unmixed(
            (text % (1, 1), text % (2, 2)), m.version, lambda: thing.size
        )

    def test_single_dispatch(self) -> None:
        """Registrations and remembered dispatches change with the code."""
        text = "import functools\ndef version(): return %d\n"
        text += "@functools.singledispatch\ndef show(x): return 'any'\n"
        one = text % 1 + "@show.register\ndef _(x: int): return 'int'\n"
        m = self.load("m", one)
        texts = (one, text % 2)
        self.assert_unmixed(texts, m.version, lambda: m.show(True))


class AbstractTests(ReadingCase):
    HEAD = "import abc\nfrom collections.abc import Sized\ndef version(): return %d\n"

    def test_registered(self) -> None:
        """Who is registered changes with the code."""
        text = self.HEAD + "class A(abc.ABC): pass\nclass C: pass\n"
        one, two = text % 1 + "A.register(C)\n", text % 2
        m = self.load("m", one)
        thing = m.C()
        self.assert_unmixed((one, two), m.version, lambda: isinstance(thing, m.A))

    def test_hooks(self) -> None:
        """What a library's class finds in ours changes with the code."""
        text = self.HEAD + "class C:\n    def %s(self): return 1\n"
        one, two = text % (1, "__len__"), text % (2, "other")
        m = self.load("m", one)
        thing = m.C()
        self.assert_unmixed((one, two), m.version, lambda: isinstance(thing, m.Sized))

    def test_subclass_elsewhere(self) -> None:
        """What a subclass elsewhere must still define changes with the code."""
        text = self.HEAD + "class A(abc.ABC):\n    def go(self): pass\n"
        two = text % 2 + "    @abc.abstractmethod\n    def stop(self): pass\n"
        m = self.load("m", text % 1)
        far = self.load("far", "from ROOT.m import A\nclass F(A): pass\n")

        def make() -> str:
            try:
                far.F()
            except TypeError:
                return "abstract"
            return "made"

        self.assert_unmixed((text % 1, two), m.version, make)


class TypingTests(ReadingCase):
    def test_generic(self) -> None:
        """A class takes as many parameters as its text says."""
        text = "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
        text += "U = TypeVar('U')\ndef version(): return %d\n"
        text += "class Box(Generic[%s]): pass\n"
        m = self.load("m", text % (1, "T"))
        texts = (text % (1, "T"), text % (2, "T, U"))
        self.assert_unmixed(texts, m.version, lambda: len(m.Box.__parameters__))

    def test_generic_alias(self) -> None:
        """An alias with too few parameters is refused as soon as the text says so."""
        text = "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
        text += "U = TypeVar('U')\ndef version(): return %d\n"
        text += "class Box(Generic[%s]): pass\n"
        m = self.load("m", text % (1, "T"))

        def ask() -> str:
            try:
                m.Box[int]
            except TypeError:
                return "two"
            return "one"

        texts = (text % (1, "T"), text % (2, "T, U"))
        self.assert_unmixed(texts, m.version, ask)

    def test_named_tuple(self) -> None:
        """A default changes with the code."""
        text = "from typing import NamedTuple\ndef version(): return %d\n"
        text += "class P(NamedTuple):\n    x: int = %d\n"
        text += "    def far(self): return self.x\n"
        m = self.load("m", text % (1, 1))
        texts = (text % (1, 1), text % (2, 2))
        self.assert_unmixed(texts, m.version, lambda: m.P().far())


class ClassTests(ReadingCase):
    def test_dataclass(self) -> None:
        """A new field reaches old instances with the code."""
        text = "from dataclasses import dataclass, field, fields\n"
        text += "def version(): return %d\n@dataclass\nclass C:\n    a: int = 1\n%s"
        one = text % (1, "")
        two = text % (2, "    b: list[int] = field(default_factory=list)\n")
        m = self.load("m", one)

        def look() -> tuple[int, str]:
            thing = m.C()
            return len(m.fields(thing)), repr(thing)

        self.assert_unmixed((one, two), m.version, look)

    def test_enum(self) -> None:
        """Members, values and tables change with the code."""
        text = "from enum import Enum\ndef version(): return %d\n"
        text += "class E(Enum):\n    A = %d\n    B = %d\n"
        one, two = text % (1, 1, 2), text % (2, 5, 6)
        m = self.load("m", one)
        held = m.E.A
        self.assert_unmixed((one, two), m.version, lambda: held.value)


class TwistedTests(ReadingCase):
    def test_jelly(self) -> None:
        """The class that stands for a type changes with the code."""
        text = "from twisted.spread import jelly, pb\ndef version(): return %d\n"
        text += "class A(pb.Copyable, pb.RemoteCopy): pass\n"
        text += "class B(A): pass\njelly.setUnjellyableForClass('%s', %s)\n"
        name = f"{self.root}.thing"
        one, two = text % (1, name, "A"), text % (2, name, "B")
        m = self.load("m", one)
        table, key = m.jelly.unjellyableRegistry, name.encode()
        self.addCleanup(table.pop, key, None)
        self.assert_unmixed((one, two), m.version, lambda: table[key].__name__)


ZOPE = """
from zope.interface import *
from twisted.python.components import registerAdapter
def version(): return {n}
class IA(Interface): pass
class IB(Interface): pass
class IFoo({base}):
    def go(): pass
    {more}
@implementer({declared})
class C: pass
@implementer(IA)
class Adapted:
    def __init__(self, one): pass
class Other(Adapted): pass
registerAdapter({factory}, C, IB)
"""


def zope_text(**changes: Any) -> str:
    """Give the text above in one of two versions."""
    first = {"n": 1, "base": "IA", "more": "", "declared": "IFoo", "factory": "Adapted"}
    return ZOPE.format(**{**first, **changes})


class ZopeTests(ReadingCase):
    def setUp(self) -> None:
        super().setUp()
        self.m = self.load("m", zope_text())
        self.thing = self.m.C()
        self.held = self.m.IFoo

    def check(self, look: Any, **changes: Any) -> None:
        """Read while the two versions alternate."""
        texts = (zope_text(), zope_text(n=2, **changes))
        self.assert_unmixed(texts, self.m.version, look)

    def test_declared(self) -> None:
        """What an instance provides changes with the code."""
        look = functools.partial(self.held.providedBy, self.thing)
        self.check(look, declared="IA")

    def test_bases(self) -> None:
        """What an interface extends changes with the code."""
        self.check(functools.partial(self.held.isOrExtends, self.m.IA), base="IB")

    def test_bases_seen_from_an_instance(self) -> None:
        """What an instance provides by way of bases changes with the code."""
        self.check(functools.partial(self.m.IA.providedBy, self.thing), base="IB")

    def test_order(self) -> None:
        """The order of resolution, once asked for by an instance of a subclass."""
        far = self.load("far", "from ROOT.m import C\nclass F(C): pass\n").F()
        spec = self.m.implementedBy(type(far))
        self.check(lambda: self.m.IA in spec.__iro__, base="IB")

    def test_names(self) -> None:
        """What an interface asks for changes with the code, inherited or not."""
        far = self.load("far", "from ROOT.m import IFoo\nclass IFar(IFoo): pass\n").IFar
        self.check(lambda: far.get("stop") is None, more="def stop(): pass")

    def test_adapter(self) -> None:
        """The factory of an adapter changes with the code."""
        look = functools.partial(self.m.IB, self.thing, None)
        self.check(lambda: type(look()).__name__, factory="Other")

    def test_adapter_by_extension(self) -> None:
        """An adapter to what an interface extends is found as the bases are now."""
        text = "from ROOT.m import *\nclass Far: pass\n"
        text += "registerAdapter(Adapted, Far, IFoo)\n"
        far = self.load("far", text).Far()
        look = functools.partial(self.m.IA, far, None)
        self.check(lambda: look() is None, base="IB")

    def test_adapter_for_what_is_declared(self) -> None:
        """An adapter is found for what an instance provides now."""
        text = "from ROOT.m import *\nclass IBar(Interface): pass\n"
        text += "registerAdapter(Adapted, IFoo, IBar)\n"
        far = self.load("far", text)
        look = functools.partial(far.IBar, self.thing, None)
        self.check(lambda: look() is None, declared="IA")

    def test_a_registry_of_the_game(self) -> None:
        """Another registry's remembered lookups go, too."""
        text = "from zope.interface.adapter import AdapterRegistry\n"
        text += "from ROOT.m import *\nclass IBar(Interface): pass\n"
        text += "registry = AdapterRegistry()\n"
        text += "registry.register([IFoo], IBar, '', 'found')\n"
        far = self.load("far", text)
        spec = self.m.implementedBy(self.m.C)
        look = functools.partial(far.registry.lookup, [spec], far.IBar, "", None)
        self.check(look, declared="IA")
