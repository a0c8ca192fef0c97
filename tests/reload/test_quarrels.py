"""Tests of values that quarrel: whatever is asked of them raises, or lies.

Mocks, proxies, lazy objects and arrays are such. Every kind is put into every place
where a text may hold a value; the release changes another name.
"""

from __future__ import annotations

import itertools
import sys
from importlib import import_module
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from gameserver.reload import Engine, Texts

RAISE = "raise LookupError('a quarrel')"


def raising(*methods):
    """Give a class body in which methods with any arguments raise."""
    return "".join(f"    def {one}(self, *a): {RAISE}\n" for one in methods)


def raising_property(name):
    """Give a class body with a property that raises."""
    return f"    @property\n    def {name}(self): {RAISE}\n"


def lying(kind):
    """Give a class body that shows another class as its instances' own."""
    return f"    __class__ = property(lambda self: {kind})\n"


KINDS = {
    "class": raising_property("__class__"),
    "eq": raising("__eq__"),
    "eq and hash": raising("__eq__", "__hash__"),
    "hash alone": raising("__hash__"),
    "worth": raising("__eq__") + "    def __hash__(self): return 1\n",
    "length and truth": raising("__len__", "__bool__"),
    "iteration": raising("__iter__", "__getitem__", "__contains__"),
    "missing attributes": raising("__getattr__"),
    "all attributes": raising("__getattribute__"),
    "words": raising("__repr__", "__str__", "__format__"),
    "fields": raising_property("__dict__"),
    "function": raising_property("__func__") + raising_property("__wrapped__"),
    "descriptor": raising("__get__"),
    "copies": raising("copy", "__copy__", "__deepcopy__", "__reduce_ex__"),
    "writes": raising("__setattr__", "__delattr__", "__setitem__", "__delitem__"),
    "lies: a dict": lying("dict"),
    "lies: a list": lying("list"),
    "lies: a class": lying("type"),
    "lies: a function": lying("type(lambda: 0)"),
    "array without hash": "    def __eq__(self, other): return Unsure()\n",
    "array": (
        "    def __eq__(self, other): return Unsure()\n"
        "    def __hash__(self): return 1\n"
    ),
}
BASES = ("", "dict", "list", "set", "tuple", "int", "str")
UNSURE = f"class Unsure:\n    def __bool__(self): {RAISE}\n"

PLACES = {
    "a name": ("held = E()\n", lambda m: m.held),
    "a class": ("class C:\n    held = E()\n", lambda m: vars(m.C)["held"]),
    "a dict": ("held = {'k': E(), 'n': 1}\n", lambda m: m.held["k"]),
    "a list": ("held = [1, E()]\n", lambda m: m.held[1]),
    "a tuple": ("held = (E(), 1)\n", lambda m: m.held[0]),
    "a default": ("def f(x=E()): return N\n", lambda m: m.f.__defaults__[0]),
    "a keyword": ("def f(*, x=E()): return N\n", lambda m: m.f.__kwdefaults__["x"]),
    "a cell": (
        "def make(held):\n    def f(): return held, N\n    return f\nf = make(E())\n",
        lambda m: m.f.__closure__[0].cell_contents,
    ),
    "a field": (
        "class Keep:\n    def __init__(self): self.held = E()\nkeep = Keep()\n",
        lambda m: m.keep.held,
    ),
    "another's dict": (
        "import quarrel.table\nquarrel.table.BY_NAME['k'] = E()\n",
        lambda _: sys.modules["quarrel.table"].BY_NAME["k"],
    ),
    "another's list": (
        "import quarrel.table\nquarrel.table.ALL.append(E())\n",
        lambda _: sys.modules["quarrel.table"].ALL[0],
    ),
}
FOREIGN = "quarrel_library"


def defined(kind, base=""):
    """Give the text of the class of such values."""
    return f"{UNSURE}class E({base}):\n{KINDS[kind]}"


class QuarrelTests(SynchronousTestCase):
    """Values that raise when asked, and releases that do not change them."""

    def setUp(self):
        self.texts = Texts({"quarrel.table": "BY_NAME = {}\nALL = []\n"})
        self.engine = Engine(self.texts)
        self.engine.install()
        self.addCleanup(self.forget)

    def forget(self):
        self.engine.uninstall()
        for name in [*sys.modules]:
            if name.partition(".")[0] in {"quarrel", FOREIGN}:
                del sys.modules[name]

    def load(self, text):
        self.texts["quarrel.game"] = text
        return import_module("quarrel.game")

    def released(self, before, after):
        """Import a text, then plan and commit another; give module and plan."""
        module = self.load(before)
        self.texts["quarrel.game"] = after
        plan = self.engine.plan()
        self.assertEqual(plan.refused, [])
        self.engine.commit(plan)
        return module, plan

    def is_kept(self, head, held, find):
        """Release a text with another ``N``; say whether the same object is there."""
        module = self.load(f"{head}N = 1\n{held}")
        live = find(module)
        self.texts["quarrel.game"] = f"{head}N = 2\n{held}"
        plan = self.engine.plan()
        self.assertEqual(plan.refused, [])
        self.engine.commit(plan)
        is_same = find(module) is live and module.N == 2
        self.forget()
        self.setUp()
        return is_same

    def test_own(self):
        """A value of the module's own class stays the live object, in every place."""
        for kind, (place, (held, find)) in itertools.product(KINDS, PLACES.items()):
            self.assertTrue(self.is_kept(defined(kind), held, find), (kind, place))

    def test_foreign(self):
        """A value of a library's class stays the live object, in every place."""
        for kind, (place, (held, find)) in itertools.product(KINDS, PLACES.items()):
            if place.startswith("another"):
                continue  # nobody can tell whose it is
            library = ModuleType(FOREIGN)
            exec(defined(kind), vars(library))  # noqa: S102 - a library of the test's
            sys.modules[FOREIGN] = library
            head = f"from {FOREIGN} import E\n"
            self.assertTrue(self.is_kept(head, held, find), (kind, place))

    def test_derived(self):
        """So does one whose class derives from a container, a number or a text."""
        held, find = PLACES["a name"]
        for kind, base in itertools.product(KINDS, BASES[1:]):
            self.assertTrue(self.is_kept(defined(kind, base), held, find), (kind, base))

    def test_changed(self):
        """If the text makes another value that cannot compare, a conflict is told."""
        head = (
            UNSURE
            + f"class E:\n    def __init__(self, n): self.n = n\n{KINDS['worth']}"
        )
        module, plan = self.released(f"{head}held = E(1)\n", f"{head}held = E(2)\n")
        self.assertEqual(module.held.n, 1)
        self.assertIn("conflict", [one.kind for one in plan.entries])

    def test_import_survives(self):
        """What cannot be looked at fails no import; the plan says file and line."""
        meta = f"class M(type):\n    def __getattribute__(cls, n): {RAISE}\n"
        module = self.load(f"{meta}class E(tuple, metaclass=M): pass\nheld = E()\n")
        self.assertEqual(len(module.held), 0)
        plan = self.engine.plan(["quarrel.game"])
        self.assertIn("a quarrel", plan.refused[0])
        self.assertRegex(plan.error.place, r"^<texts>/quarrel/game\.py:\d+$")

    def test_refused(self):
        """A class whose metaclass cannot hash refuses its plan, with file and line."""
        meta = f"class M(type):\n    def __hash__(cls): {RAISE}\n"
        text = f"{meta}class E(metaclass=M): pass\n"
        self.load(f"{text}N = 1\n")
        self.texts["quarrel.game"] = f"{text}N = 2\n"
        plan = self.engine.plan()
        self.assertRegex(plan.error.place, r"^<texts>/quarrel/game\.py:\d+$")
        self.assertRaises(ReleaseRefused, self.engine.commit, plan)

    def test_quarrel_elsewhere(self):
        """A class without a hash, somewhere in a library, is in no release's way."""
        library = ModuleType(FOREIGN)
        meta = f"class M(type):\n    __hash__ = None\n    def __eq__(cls, o): {RAISE}\n"
        exec(f"{meta}class E(metaclass=M): pass\n", vars(library))  # noqa: S102 - as above
        sys.modules[FOREIGN] = library
        text = "import abc\nclass C(abc.ABC):\n    def f(self): return {}\n"
        module, _ = self.released(text.format(1), text.format(2))
        self.assertEqual(module.C().f(), 2)

    def test_instances_of_the_staged_class(self):
        """A new value is of the live class, if that derives from a number, too."""
        text = "class Gold(int): pass\nclass Bag(dict): pass\ngold = Gold({0})\n"
        text += "bag = Bag(n={0})\nN = {0}\n"
        module, _ = self.released(text.format(1), text.format(2))
        self.assertIs(type(module.gold), module.Gold)
        self.assertIs(type(module.bag), module.Bag)
        self.assertEqual(module.gold, 2)

    def test_table_of_an_authors_class(self):
        """A refused text leaves a registry as it was, whatever its methods do."""
        self.texts["quarrel.table"] = (
            "class Registry(dict):\n"
            f"{raising('copy', '__iter__', 'items', '__len__', 'update', 'clear')}"
            "BY_NAME = Registry()\nALL = []\n"
        )
        text = "import quarrel.table\nquarrel.table.BY_NAME['a'] = 1\n"
        self.load(text)
        table = sys.modules["quarrel.table"].BY_NAME
        self.texts["quarrel.game"] = f"{text}quarrel.table.BY_NAME['b'] = 2\n1 / 0\n"
        self.assertIn("ZeroDivisionError", self.engine.plan().refused[0])
        self.assertEqual(list(dict.items(table)), [("a", 1)])
