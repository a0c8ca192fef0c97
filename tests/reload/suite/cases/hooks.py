"""What the author's code may do while its module changes."""

from __future__ import annotations

from tests.reload.suite.lab import case


@case("hooks")
def module_hook_migrates(lab):
    """The module's hook carries old values over."""
    m = lab.load(
        "m",
        "total = 0\ndef add(x):\n    global total\n    total += x\n    return total",
    )
    m.add(5)
    lab.reload(
        "m",
        "total = 0\n"
        "def add(x):\n"
        "    global total\n"
        "    total += x * 2\n"
        "    return total\n" + lab.module_hook("new.total = old.total * 100"),
    )
    lab.eq(lab.mod("m").add(1), 502)


@case("hooks")
def new_hook_version_is_used(lab):
    """The hook of the new version runs, not that of the old one."""
    lab.load("m", "s = 0\n" + lab.module_hook("new.s = 'hook of v1'"))
    lab.reload("m", "s = 1\n" + lab.module_hook("new.s = 'hook of v2'"))
    lab.eq(lab.mod("m").s, "hook of v2")


@case("hooks")
def instance_hook_subclass_elsewhere(lab):
    """The instance hook runs for instances of subclasses in other modules."""
    lab.load("m", "class B:\n    def go(self): return 1")
    u = lab.load("u", "from m import B\nclass S(B):\n    pass")
    o = u.S()
    lab.reload(
        "m", "class B:\n    def go(self): return 2\n" + lab.instance_hook("self.v = 1")
    )
    lab.eq(getattr(o, "v", None), 1)


@case("hooks")
def instance_hook_raises_rollback(lab):
    """A hook that raises for one instance takes all of them back."""
    m = lab.load(
        "m",
        "class C:\n    def __init__(self, k): self.k = k\n    def go(self): return 1",
    )
    os_ = [m.C(k) for k in range(20)]
    f = m.C.go
    s = lab.snap(["m"], [m.C], os_, [f])
    e = lab.try_reload(
        "m",
        "class C:\n"
        "    def go(self): return 2\n"
        + lab.instance_hook("self.mana = 1\nif self.k == 10: raise ValueError('x')"),
    )
    lab.ok(e is not None, "not reported")
    lab.same(s, lab.snap(["m"], [m.C], os_, [f]))


@case("hooks")
def module_hook_raises_rollback(lab):
    """A module hook that raises takes the change back."""
    m = lab.load(
        "m", "S = {'a': 1}\ndef f(): return 1\nclass C:\n    def go(self): return 1"
    )
    s = lab.snap(["m"], [m.C], [], [m.f])
    e = lab.try_reload(
        "m",
        "S = {}\n"
        "def f(): return 2\n"
        "class C:\n"
        "    def go(self): return 2\n" + lab.module_hook("raise ValueError('x')"),
    )
    lab.ok(e is not None, "not reported")
    lab.same(s, lab.snap(["m"], [m.C], [], [m.f]))
