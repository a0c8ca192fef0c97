"""Bases, slots and metaclasses: what decides the shape of an instance."""

from __future__ import annotations

from tests.reload.suite.lab import case


@case("classes")
def slots_same_method_changed(lab):
    """Instances with unchanged slots keep their values and run the new body."""
    src = "class C:\n    __slots__ = ('a',)\n    def go(self): return (self.a, %d)"
    m = lab.load("m", src % 1)
    o = m.C()
    o.a = 5
    lab.reload("m", src % 2)
    lab.eq(o.go(), (5, 2))


@case("classes")
def slots_added_migrated(lab):
    """Instances in containers gain a slot that was added."""
    m = lab.load(
        "m",
        "class C:\n"
        "    __slots__ = ('a', '__weakref__')\n"
        "    def go(self): return self.a",
    )
    o = m.C()
    o.a = 5
    box = [o]
    lab.reload(
        "m",
        "class C:\n"
        "    __slots__ = ('a', 'b', '__weakref__')\n"
        "    def go(self):\n"
        "        self.b = 1\n"
        "        return (self.a, self.b)",
    )
    lab.eq(box[0].go(), (5, 1))


@case("classes")
def metaclass_registry_live(lab):
    """A metaclass's registry knows the living class, and only that one."""
    src = """
    REG = globals().get('REG', {})
    class Meta(type):
        def __init__(cls, n, b, d):
            super().__init__(n, b, d)
            REG[n] = cls
    class Orc(metaclass=Meta):
        def go(self): return %d
    """
    m = lab.load("m", src % 1)
    _reg, o = m.REG, m.Orc()
    lab.reload("m", src % 2)
    now = lab.mod("m")
    lab.eq(
        (
            now.REG["Orc"] is now.Orc,
            now.REG["Orc"]().go(),
            o.go(),
            isinstance(o, now.REG["Orc"]),
        ),
        (True, 2, 2, True),
    )


@case("classes")
def base_changed_same_module(lab):
    """Live instances follow their class to another base."""
    src = (
        "class A:\n"
        "    def go(self): return 'a'\n"
        "class B:\n"
        "    def go(self): return 'b'\n"
        "class C(%s):\n"
        "    pass"
    )
    m = lab.load("m", src % "A")
    o = m.C()
    lab.reload("m", src % "B")
    lab.eq(
        (o.go(), isinstance(o, lab.mod("m").B), isinstance(o, lab.mod("m").A)),
        ("b", True, False),
    )


@case("classes")
def base_of_subclass_in_other_module(lab):
    """Instances of a subclass in another module follow its changed base."""
    lab.load("m", "class Base:\n    def go(self): return 1")
    u = lab.load("u", "from m import Base\nclass Sub(Base):\n    pass")
    o = u.Sub()
    lab.reload(
        "m", "class Base:\n    def go(self): return 2\n    def fly(self): return 3"
    )
    lab.eq((o.go(), o.fly(), issubclass(u.Sub, lab.mod("m").Base)), (2, 3, True))


@case("classes")
def super_in_other_modules_subclass(lab):
    """super() in another module's subclass finds the changed base."""
    lab.load(
        "m",
        "class Base:\n    def __init__(self): self.v = 1\n    def go(self): return [1]",
    )
    u = lab.load(
        "u",
        "from m import Base\n"
        "class Sub(Base):\n"
        "    def __init__(self): super().__init__()\n"
        "    def go(self): return super().go() + ['s']",
    )
    o = u.Sub()
    lab.reload(
        "m",
        "class Base:\n    def __init__(self): self.v = 2\n    def go(self): return [2]",
    )
    lab.eq((o.go(), u.Sub().v, u.Sub().go()), ([2, "s"], 2, [2, "s"]))
