"""A member that changes its kind, a class inside another thing, a class no more."""

from __future__ import annotations

from tests.reload.suite.lab import case


@case("classes")
def property_to_method(lab):
    """A property may become a method."""
    m = lab.load("m", "class C:\n    @property\n    def hp(self): return 1")
    o = m.C()
    lab.reload("m", "class C:\n    def hp(self): return 2")
    lab.eq(o.hp(), 2)


@case("classes")
def staticmethod_to_method(lab):
    """A static method may become a method."""
    m = lab.load("m", "class C:\n    @staticmethod\n    def s(): return 1")
    o = m.C()
    lab.reload("m", "class C:\n    def s(self): return self")
    lab.ok(o.s() is o)


@case("classes")
def method_to_staticmethod(lab):
    """A method may become a static method."""
    m = lab.load("m", "class C:\n    def s(self): return 1")
    o = m.C()
    lab.reload("m", "class C:\n    @staticmethod\n    def s(): return 2")
    lab.eq(o.s(), 2)


@case("classes")
def descriptor_parameter_changed(lab):
    """A descriptor made with another parameter replaces the old one."""
    src = """
    class Field:
        def __init__(self, default): self.default = default
        def __get__(self, o, t=None): return self if o is None else o.__dict__.get('x', self.default)
    class C:
        x = Field(%d)
    """  # noqa: E501 - a source, kept as it came
    m = lab.load("m", src % 1)
    o = m.C()
    lab.reload("m", src % 2)
    lab.eq(o.x, 2)


@case("classes")
def nested_class_changed(lab):
    """Instances of a class inside a class follow it."""
    src = (
        "class O:\n"
        "    class I:\n"
        "        def go(self): return %d\n"
        "    def mk(self): return self.I()"
    )
    m = lab.load("m", src % 1)
    o, i = m.O(), m.O.I()
    lab.reload("m", src % 2)
    lab.eq((i.go(), o.mk().go(), isinstance(i, lab.mod("m").O.I)), (2, 2, True))


@case("classes", want=False, choice="local-class")
def class_defined_in_function(lab):
    """The rejected side: instances of a function's local class follow its source."""
    src = (
        "def make():\n    class Loc:\n        def go(self): return %d\n    return Loc()"
    )
    m = lab.load("m", src % 1)
    o = m.make()
    lab.reload("m", src % 2)
    lab.eq((o.go(), lab.mod("m").make().go()), (2, 2))


@case("classes")
def dunder_methods_changed(lab):
    """Special methods of live instances change and arrive."""
    src = (
        "class C:\n"
        "    def __len__(self): return %d\n"
        "    def __call__(self): return %d\n"
        "    def __eq__(self, o): return %s\n"
        "    __hash__ = object.__hash__"
    )
    m = lab.load("m", src % (1, 1, "False"))
    o = m.C()
    lab.reload("m", src % (2, 2, "True") + "\n    def __getitem__(self, k): return k")
    lab.eq((len(o), o(), o == 3, o["k"]), (2, 2, True, "k"))


@case("classes")
def dunder_removed(lab):
    """A special method that the source dropped acts no more."""
    m = lab.load(
        "m", "class C:\n    def __len__(self): return 0\n    def x(self): pass"
    )
    o = m.C()
    lab.reload("m", "class C:\n    def x(self): pass")
    lab.ok(bool(o) is True, "a removed __len__ still makes the object falsy")


@case("classes")
def class_becomes_function(lab):
    """A class may become a function; its instances keep working as they were."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    o = m.C()
    lab.reload("m", "def C(): return 'made'")
    lab.eq((lab.mod("m").C(), o.go()), ("made", 1))
