"""Modules among one another: importers, cycles, packages, databases."""

from __future__ import annotations

from tests.reload.suite.lab import case


@case("module")
def module_identity_and_alias(lab):
    """A module imported under another name shows the new names."""
    lab.load("m", "V = 1\ndef f(): return V")
    u = lab.load("u", "import m as mm\ndef go(): return (mm.f(), mm.V)")
    lab.reload("m", "V = 2\ndef f(): return V")
    lab.eq(u.go(), (2, 2))


@case("module", choice="importer-bindings", want=True)
def from_imported_constant_follows(lab):
    """A constant that another module imported by name takes its new value."""
    lab.load("m", "SPEED = 5\ndef f(): return 1")
    u = lab.load("u", "from m import SPEED\ndef go(): return SPEED")
    lab.reload("m", "SPEED = 7\ndef f(): return 1")
    lab.eq(u.go(), 7)


@case("module")
def circular_imports(lab):
    """Two modules that import one another change together."""
    lab.put("a", "import b\ndef f(): return 'a1'\ndef g(): return b.f()")
    lab.put("b", "import a\ndef f(): return 'b1'\ndef g(): return a.f()")
    lab.imp("a")
    lab.reload(
        {
            "a": "import b\ndef f(): return 'a2'\ndef g(): return b.f()",
            "b": "import a\ndef f(): return 'b2'\ndef g(): return a.f()",
        }
    )
    lab.eq((lab.mod("a").g(), lab.mod("b").g()), ("b2", "a2"))


@case("module")
def circular_from_imports(lab):
    """Two modules that import names from one another change together."""
    lab.put("a", "def f(): return 'a1'\nfrom b import h\ndef g(): return h()")
    lab.put("b", "from a import f\ndef h(): return ('b1', f())")
    lab.imp("a")
    g = lab.mod("a").g
    lab.reload(
        {
            "b": "from a import f\ndef h(): return ('b2', f())",
            "a": "def f(): return 'a2'\nfrom b import h\ndef g(): return h()",
        }
    )
    lab.eq((lab.mod("a").g(), g()), (("b2", "a2"), ("b2", "a2")))


@case("module")
def package_reexport(lab):
    """What a package passes on follows the module it comes from."""
    lab.put("pkg.__init__", "from .core import f, C")
    lab.put("pkg.core", "def f(): return 1\nclass C:\n    def go(self): return 1")
    u = lab.load(
        "u",
        "import pkg\nfrom pkg import f, C\ndef go(): return (f(), C().go(), pkg.f())",
    )
    lab.reload("pkg.core", "def f(): return 2\nclass C:\n    def go(self): return 2")
    lab.eq((u.go(), lab.mod("pkg").C is lab.mod("pkg.core").C), ((2, 2, 2), True))


@case("module")
def package_init_itself(lab):
    """A package's own __init__ may change."""
    lab.put("pkg.__init__", "from . import core\nV = 1\ndef f(): return core.g() + V")
    lab.put("pkg.core", "def g(): return 10")
    p = lab.imp("pkg")
    f = p.f
    lab.reload(
        "pkg.__init__", "from . import core\nV = 2\ndef f(): return core.g() * V"
    )
    lab.eq((lab.mod("pkg").f(), f()), (20, 20))


@case("module", choice="importer-bindings", want=False)
def star_import_new_name(lab):
    """The rejected side: a new name reaches those who once imported everything."""
    lab.load("m", "def f(): return 1")
    u = lab.load("u", "from m import *")
    lab.reload("m", "def f(): return 1\ndef g(): return 2")
    lab.eq(u.g(), 2)


@case("module")
def new_import_used_by_held_function(lab):
    """A held function may use what the module imports only now."""
    m = lab.load("m", "def f(): return 1")
    f = m.f
    lab.reload("m", "import math\ndef f(): return math.floor(2.5)")
    lab.eq(f(), 2)


@case("module")
def transaction_order_independent(lab):
    """B needs a's new name at import time, but is listed first."""
    lab.load("a", "def f(): return 1")
    lab.load("b", "from a import f\nV = f()")
    lab.reload(
        {"b": "from a import g\nV = g()", "a": "def f(): return 1\ndef g(): return 2"}
    )
    lab.eq(lab.mod("b").V, 2)


@case("module")
def new_module_in_transaction(lab):
    """A changed module may import one that comes with the same change."""
    lab.load("a", "def f(): return 1")
    lab.reload({"a": "import newmod\ndef f(): return newmod.V", "newmod": "V = 2"})
    lab.eq(lab.mod("a").f(), 2)


@case("module")
def module_from_database(lab):
    """A module that is in no file reloads as any other."""
    lab.put_mem("dbmod", "def f(): return 1\nclass C:\n    def go(self): return 1")
    m = lab.imp("dbmod")
    f, o = m.f, m.C()
    lab.a.before(lab, ["dbmod"])
    lab.mem.src["dbmod"] = "def f(): return 2\nclass C:\n    def go(self): return 2\n"
    lab.a.reload(lab, ["dbmod"])
    lab.eq((lab.mod("dbmod").f(), f(), o.go()), (2, 2, 2))
