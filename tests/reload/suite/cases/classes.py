"""Live instances, held classes and held methods follow their class."""

from __future__ import annotations

import gc
import weakref

from tests.reload.suite.lab import case


@case("classes")
def instance_new_body(lab):
    """A live instance runs the new method body."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    o = m.C()
    lab.reload("m", "class C:\n    def go(self): return 2")
    lab.eq(o.go(), 2)


@case("classes")
def method_added(lab):
    """A live instance has the new method."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    o = m.C()
    lab.reload(
        "m",
        "class C:\n    def go(self): return 1\n    def fly(self): return self.go() + 1",
    )
    lab.eq(o.fly(), 2)


@case("classes")
def method_renamed(lab):
    """A live instance has the method under its new name only."""
    m = lab.load("m", "class C:\n    def a(self): return 1")
    o = m.C()
    lab.reload("m", "class C:\n    def b(self): return 2")
    lab.ok(not hasattr(o, "a"))
    lab.eq(o.b(), 2)


@case("classes")
def class_attr_removed(lab):
    """An attribute that the source dropped is gone from live instances."""
    m = lab.load("m", "class C:\n    A = 1\n    B = 2")
    o = m.C()
    lab.reload("m", "class C:\n    A = 1")
    lab.ok(not hasattr(o, "B"))


@case("classes", choice="class-state", want=False)
def class_state_reset(lab):
    """The rejected side: class attributes changed at run time fall back."""
    m = lab.load(
        "m", "class C:\n    count = 0\n    seen = []\n    def go(self): return 1"
    )
    m.C.count = 42
    m.C.seen.append("bob")
    lab.reload(
        "m", "class C:\n    count = 0\n    seen = []\n    def go(self): return 2"
    )
    lab.eq(
        (lab.mod("m").C.count, lab.mod("m").C.seen, lab.mod("m").C().go()), (0, [], 2)
    )


@case("classes", choice="class-identity", want=True)
def class_identity_kept(lab):
    """The class stays the same object and has the new methods."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    old = m.C
    lab.reload("m", "class C:\n    def go(self): return 2")
    lab.ok(lab.mod("m").C is old)
    lab.eq(old().go(), 2)


@case("classes")
def instance_identity_and_dict(lab):
    """Live instances keep identity, hash and attributes; new ones are made anew."""
    m = lab.load(
        "m",
        "class C:\n    def __init__(self): self.hp = 10\n    def go(self): return 1",
    )
    o = m.C()
    o.hp = 3
    d = {o: "x"}
    lab.reload(
        "m",
        "class C:\n    def __init__(self): self.hp = 20\n    def go(self): return 2",
    )
    lab.eq((o.hp, d[o], lab.mod("m").C().hp, o.go()), (3, "x", 20, 2))


@case("classes")
def isinstance_across_versions(lab):
    """Old and new instances and classes know one another everywhere."""
    m = lab.load("m", "class C:\n    x = 1")
    u = lab.load(
        "u",
        "from m import C\ndef is_c(o): return isinstance(o, C)\ndef make(): return C()",
    )
    o = m.C()
    lab.reload("m", "class C:\n    x = 2")
    now = lab.mod("m")
    lab.eq(
        (
            isinstance(o, now.C),
            u.is_c(now.C()),
            isinstance(u.make(), now.C),
            type(o) is now.C,
        ),
        (True,) * 4,
    )


@case("classes")
def held_class_ref_makes_new(lab):
    """A class held in a registry makes instances of the new version."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    reg = {"orc": m.C}
    lab.reload("m", "class C:\n    def go(self): return 2")
    lab.eq(reg["orc"]().go(), 2)


@case("classes")
def exception_class_across_modules(lab):
    """An except clause in another module catches the exception raised now."""
    src = "class Boom(Exception):\n    pass\ndef fire(): raise Boom(%d)"
    lab.load("m", src % 1)
    u = lab.load(
        "u",
        "import m\n"
        "from m import Boom\n"
        "def go():\n"
        "    try:\n"
        "        m.fire()\n"
        "    except Boom as e:\n"
        "        return e.args",
    )
    lab.reload("m", src % 2)
    if "m" in vars(u):
        vars(u)["m"] = lab.mod("m")
    lab.eq(u.go(), (2,))


@case("classes")
def weakkeydict_of_instances_and_classes(lab):
    """Weakly keyed tables keep their instances and classes."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    o = m.C()
    wk = weakref.WeakKeyDictionary({o: 1, m.C: 2})
    lab.reload("m", "class C:\n    def go(self): return 2")
    gc.collect()
    lab.eq((wk.get(o), wk.get(lab.mod("m").C), o.go()), (1, 2, 2))


@case("classes")
def gc_frozen_instances(lab):
    """Instances follow even if gc.freeze() hides them from gc.get_referrers."""
    m = lab.load("m", "class C:\n    def go(self): return 1")
    o = m.C()
    gc.freeze()
    lab.reload("m", "class C:\n    def go(self): return 2")
    lab.eq((o.go(), isinstance(o, lab.mod("m").C)), (2, True))
