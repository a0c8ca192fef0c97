"""A function's new body, defaults, text and name reach everyone who holds it."""

from __future__ import annotations

import gc
import inspect
import traceback
import weakref

from tests.reload.suite.lab import case


@case("functions")
def module_attr_call(lab):
    """A call through the module runs the new body."""
    lab.load("m", "def f(): return 1")
    lab.reload("m", "def f(): return 2")
    lab.eq(lab.mod("m").f(), 2)


@case("functions")
def from_imported_name(lab):
    """A name that another module imported runs the new body."""
    lab.load("m", "def f(): return 1")
    u = lab.load("u", "from m import f\ndef go(): return f()")
    lab.reload("m", "def f(): return 2")
    lab.eq(u.go(), 2)


@case("functions")
def default_changed(lab):
    """A held function takes its new default."""
    m = lab.load("m", "def f(a=1): return a")
    f = m.f
    lab.reload("m", "def f(a=2): return a")
    lab.eq(f(), 2)


@case("functions")
def default_removed(lab):
    """A held function forgets a default that the source dropped."""
    m = lab.load("m", "def f(a=1): return a")
    f = m.f
    lab.reload("m", "def f(a): return a")
    try:
        f()
    except TypeError:
        return
    raise AssertionError("old default survived")


@case("functions")
def doc_annotations_attrs(lab):
    """Docstring, annotations and attributes of a held function are the new ones."""
    m = lab.load("m", "def f(a: int):\n    'one'\nf.rank = 1")
    f = m.f
    lab.reload("m", "def f(a: str):\n    'two'\nf.rank = 2")
    lab.eq((f.__doc__, f.__annotations__, f.rank), ("two", {"a": str}, 2))


@case("functions")
def closure_same_freevars(lab):
    """A live closure of the same shape runs the new body with its own cells."""
    m = lab.load(
        "m", "def make(n):\n    def inner(): return ('v1', n)\n    return inner"
    )
    h = m.make(7)
    lab.reload("m", "def make(n):\n    def inner(): return ('v2', n)\n    return inner")
    lab.eq(h(), ("v2", 7))


@case("functions")
def closure_other_freevars_survives(lab):
    """A live closure with other cells works on as it was; new ones are new."""
    m = lab.load(
        "m", "def make(n):\n    def inner(): return ('v1', n)\n    return inner"
    )
    h, mk = m.make(7), m.make
    lab.reload(
        "m",
        "def make(n):\n"
        "    k = n * 2\n"
        "    def inner(): return ('v2', n, k)\n"
        "    return inner",
    )
    lab.eq(h()[1], 7)
    lab.eq(mk(7)(), ("v2", 7, 14))


@case("functions")
def weakref_to_function(lab):
    """A weakly held function neither dies nor grows stale."""
    m = lab.load("m", "def f(): return 1")
    w = weakref.ref(m.f)
    del m
    lab.reload("m", "def f(): return 2")
    gc.collect()
    lab.ok(w() is not None and w()() == 2, "weakly held callback lost or stale")


@case("functions")
def renamed_function(lab):
    """After a renaming the old name is gone and the new one is there."""
    lab.load("m", "def f(): return 1")
    lab.reload("m", "def g(): return 2")
    lab.ok(not hasattr(lab.mod("m"), "f"), "f still there")
    lab.eq(lab.mod("m").g(), 2)


@case("functions")
def line_numbers_and_source(lab):
    """Tracebacks and getsource of a held function show the new text."""
    m = lab.load("m", "def f():\n    raise ValueError('x')")
    f = m.f
    lab.reload("m", "A = 1\nB = 2\ndef f():\n    B\n    raise ValueError('y')")
    try:
        f()
    except ValueError as e:
        tb = traceback.extract_tb(e.__traceback__)[-1]
        lab.eq(tb.lineno, 5)
    lab.ok("'y'" in inspect.getsource(f), "getsource is stale")


@case("functions")
def line_shift_of_unchanged_function(lab):
    """A function that only moved reports its new line."""
    m = lab.load("m", "def f():\n    raise ValueError('x')\n")
    f = m.f
    lab.reload("m", "# one\n# two\ndef f():\n    raise ValueError('x')\n")
    try:
        f()
    except ValueError as e:
        lab.eq(traceback.extract_tb(e.__traceback__)[-1].lineno, 4)


@case("functions")
def unchanged_function_keeps_identity(lab):
    """A function whose source did not change stays the same object."""
    m = lab.load("m", "def f(): return 1\ndef g(): return 1")
    f = m.f
    lab.reload("m", "def f(): return 1\ndef g(): return 2")
    lab.ok(lab.mod("m").f is f)
