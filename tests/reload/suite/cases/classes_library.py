"""Classes that a library keeps books about: dataclass, enum, interfaces, PB."""

from __future__ import annotations

import pickle

from tests.reload.suite.lab import case


@case("classes")
def dataclass_new_field_default(lab):
    """A live dataclass instance has the default of a new field."""
    m = lab.load(
        "m", "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1"
    )
    o = m.P(5)
    lab.reload(
        "m",
        "from dataclasses import dataclass\n"
        "@dataclass\n"
        "class P:\n"
        "    x: int = 1\n"
        "    y: int = 9",
    )
    now = lab.mod("m")
    lab.eq((o.y, repr(o), now.P(1, 2).y, o == now.P(5, 9)), (9, "P(x=5, y=9)", 2, True))


@case("classes")
def dataclass_new_field_factory(lab):
    """A live dataclass instance has what a new field's factory makes."""
    m = lab.load(
        "m",
        "from dataclasses import dataclass, field\n"
        "@dataclass\n"
        "class P:\n"
        "    x: int = 1",
    )
    o = m.P(5)
    lab.reload(
        "m",
        "from dataclasses import dataclass, field\n"
        "@dataclass\n"
        "class P:\n"
        "    x: int = 1\n"
        "    bag: list = field(default_factory=list)",
    )
    lab.eq((repr(o), lab.mod("m").P().bag), ("P(x=5, bag=[])", []))


@case("classes")
def enum_new_member(lab):
    """A new enum member is found by name, by value and by iteration."""
    lab.load("m", "import enum\nclass E(enum.Enum):\n    A = 1")
    lab.reload("m", "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2")
    lab.eq(
        (
            lab.mod("m").E.B.value,
            lab.mod("m").E(2).name,
            [e.name for e in lab.mod("m").E],
        ),
        (2, "B", ["A", "B"]),
    )


@case("classes")
def enum_method_changed(lab):
    """A held enum member runs the new method and equals the current one."""
    src = "import enum\nclass E(enum.Enum):\n    A = 1\n    def go(self): return %d"
    m = lab.load("m", src % 1)
    held = m.E.A
    lab.reload("m", src % 2)
    lab.eq((held.go(), held == lab.mod("m").E.A), (2, True))


@case("classes")
def zope_interface_added(lab):
    """Live instances provide an interface that their class now implements."""
    lab.load(
        "ifc",
        "from zope.interface import Interface\n"
        "class IFoo(Interface):\n"
        "    pass\n"
        "class IBar(Interface):\n"
        "    pass",
    )
    src = (
        "from zope.interface import implementer\n"
        "from ifc import IFoo, IBar\n"
        "@implementer(%s)\n"
        "class C:\n"
        "    def go(self): return 1"
    )
    m = lab.load("m", src % "IFoo")
    o = m.C()
    lab.mod("ifc").IBar.providedBy(o)
    lab.reload("m", src % "IFoo, IBar")
    lab.eq(
        (
            lab.mod("ifc").IBar.providedBy(o),
            lab.mod("ifc").IBar.providedBy(lab.mod("m").C()),
        ),
        (True, True),
    )


@case("classes")
def zope_interface_module_reloaded(lab):
    """Live instances and importers know an interface whose module changed."""
    src = """
    from zope.interface import Interface, implementer
    class IFoo(Interface):
        def go(): "%s"
    @implementer(IFoo)
    class C:
        def go(self): return %d
    """
    m = lab.load("m", src % ("one", 1))
    u = lab.load("u", "from m import IFoo\ndef ok(o): return IFoo.providedBy(o)")
    o = m.C()
    lab.reload("m", src % ("two", 2))
    lab.eq(
        (u.ok(o), u.ok(lab.mod("m").C()), lab.mod("m").IFoo.providedBy(o)),
        (True, True, True),
    )


@case("classes")
def pickle_old_instance(lab):
    """An instance from before the change can be pickled."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    o = m.C()
    o.hp = 3
    lab.reload("m", "class C:\n    def go(self): return 2")
    p = pickle.loads(pickle.dumps(o))  # noqa: S301 - dumped by us
    lab.eq((p.hp, p.go(), type(p) is lab.mod("m").C), (3, 2, True))


@case("classes")
def pickle_held_function(lab):
    """A function held from before the change can be pickled."""
    m = lab.load("m", "def f(): return 1")
    f = m.f
    lab.reload("m", "def f(): return 2")
    lab.eq(pickle.loads(pickle.dumps(f))(), 2)  # noqa: S301 - dumped by us


@case("classes")
def abc_virtual_subclass_survives(lab):
    """A class registered with an abstract base stays registered."""
    src = (
        "import abc\n"
        "class B(abc.ABC):\n"
        "    @abc.abstractmethod\n"
        "    def go(self): return %d"
    )
    m = lab.load("m", src % 1)

    class X:
        pass

    m.B.register(X)
    lab.reload("m", src % 2)
    lab.ok(isinstance(X(), lab.mod("m").B))


@case("classes")
def pb_avatar_new_remote_method(lab):
    """A live PB avatar has new bodies and new perspective methods."""
    src = (
        "from twisted.spread import pb\n"
        "class Hero(pb.Avatar):\n"
        "    def __init__(self): self.hp = 5\n"
        "    def perspective_hit(self, n):\n"
        "        self.hp -= n%s\n"
        "        return self.hp"
    )
    m = lab.load("m", src % "")
    o = m.Hero()
    o.perspective_hit(1)
    lab.reload(
        "m",
        src % " * 2" + "\n    def perspective_heal(self): self.hp += 1; return self.hp",
    )
    lab.eq((o.perspective_hit(1), o.perspective_heal()), (2, 3))


@case("classes")
def pb_referenceable_and_copyable(lab):
    """A copyable registered with jelly travels as the class of now."""
    src = """
    from twisted.spread import pb
    class Item(pb.Copyable, pb.RemoteCopy):
        def power(self): return %d
    pb.setUnjellyableForClass(Item, Item)
    """
    from twisted.spread import jelly, pb

    m = lab.load("m", src % 1)
    o = m.Item()
    o.n = "sword"
    lab.reload("m", src % 2)
    now = lab.mod("m")
    sec = jelly.SecurityOptions()
    sec.allowBasicTypes()
    sec.allowInstancesOf(now.Item)
    b = pb.Broker(security=sec)
    out = b.unserialize(b.serialize(o))
    lab.eq((out.power(), out.n, isinstance(out, now.Item)), (2, "sword", True))


@case("classes")
def generic_class(lab):
    """Instances and held aliases of a generic class follow it."""
    src = (
        "from typing import Generic, TypeVar\n"
        "T = TypeVar('T')\n"
        "class Box(Generic[T]):\n"
        "    def go(self): return %d"
    )
    m = lab.load("m", src % 1)
    o, al = m.Box(), m.Box[int]
    lab.reload("m", src % 2)
    lab.eq((o.go(), al().go(), isinstance(o, lab.mod("m").Box)), (2, 2, True))
