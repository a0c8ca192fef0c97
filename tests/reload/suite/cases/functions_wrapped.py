"""Functions inside other callables: decorators, partials, caches, dispatchers."""

from __future__ import annotations

import functools

from tests.reload.suite.lab import case

DECO = """
import functools
def deco(fn):
    @functools.wraps(fn)
    def wrapper(*a): return ['d', fn(*a)]
    return wrapper
"""


@case("functions")
def decorator_added(lab):
    """An importer's name follows when the function becomes decorated."""
    lab.load("m", DECO + "def f(): return 1")
    u = lab.load("u", "from m import f\ndef go(): return f()")
    lab.reload("m", DECO + "@deco\ndef f(): return 2")
    lab.eq(u.go(), ["d", 2])


@case("functions")
def decorator_in_other_module(lab):
    """A bound method below another module's decorator runs the new body."""
    lab.load("d", DECO)
    m = lab.load(
        "m",
        "from d import deco\n"
        "class A:\n"
        "    @deco\n"
        "    def perspective_x(self): return 1",
    )
    b = m.A().perspective_x
    lab.reload(
        "m",
        "from d import deco\n"
        "class A:\n"
        "    @deco\n"
        "    def perspective_x(self): return 2",
    )
    lab.eq(b(), ["d", 2])


@case("functions")
def partial_held(lab):
    """A partial made before the change calls the new body."""
    m = lab.load("m", "def f(a, b): return ('old', a, b)")
    p = functools.partial(m.f, 1)
    lab.reload("m", "def f(a, b): return ('new', a, b)")
    lab.eq(p(2), ("new", 1, 2))


@case("functions")
def module_level_partial(lab):
    """A partial in the module takes its new arguments and function."""
    m = lab.load(
        "m",
        "import functools\ndef f(a): return ('old', a)\np = functools.partial(f, 1)",
    )
    _held = m.p
    lab.reload(
        "m",
        "import functools\ndef f(a): return ('new', a)\np = functools.partial(f, 2)",
    )
    lab.eq(lab.mod("m").p(), ("new", 2))


@case("functions")
def lru_cache_held(lab):
    """A cached function forgets the answers of its old body."""
    lab.load("m", "import functools\n@functools.lru_cache\ndef f(a): return 'old'")
    u = lab.load("u", "from m import f\ndef go(): return f(1)")
    lab.eq(u.go(), "old")
    lab.reload("m", "import functools\n@functools.lru_cache\ndef f(a): return 'new'")
    lab.eq(u.go(), "new")


SD = """
import functools
@functools.singledispatch
def show(x): return '%s'
@show.register
def _(x: int): return 'int-%s'
"""


@case("functions")
def singledispatch_changed(lab):
    """A held dispatcher has the new bodies and the newly registered types."""
    m = lab.load("m", SD % ("o1", "1"))
    h = m.show
    lab.reload("m", SD % ("o2", "2") + "@show.register\ndef _(x: str): return 'str'\n")
    lab.eq((h(1.5), h(1), h("s")), ("o2", "int-2", "str"))


@case("functions")
def contextmanager_held(lab):
    """A held context manager function enters the new body."""
    src = "import contextlib\n@contextlib.contextmanager\ndef cm():\n    yield %d\n"
    m = lab.load("m", src % 1)
    cm = m.cm
    lab.reload("m", src % 2)
    with cm() as v:
        lab.eq(v, 2)
