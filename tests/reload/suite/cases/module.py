"""The module's own names: constants, state, what is removed, what stays."""

from __future__ import annotations

import sys

from tests.reload.suite.lab import case


@case("module", choice="module-state", want=False)
def mutable_state_reset(lab):
    """The rejected side: a table filled at run time is emptied."""
    m = lab.load("m", "PLAYERS = {}\ndef n(): return len(PLAYERS)")
    m.PLAYERS["bob"] = 1
    lab.reload("m", "PLAYERS = {}\ndef n(): return len(PLAYERS) + 10")
    lab.eq(lab.mod("m").n(), 10)


@case("module")
def constant_changed(lab):
    """Constants and tables nobody touched take their new values."""
    m = lab.load(
        "m", "SPEED = 5\nTABLE = {'orc': 1}\ndef f(): return (SPEED, TABLE['orc'])"
    )
    f = m.f
    lab.reload(
        "m", "SPEED = 7\nTABLE = {'orc': 2}\ndef f(): return (SPEED, TABLE['orc'])"
    )
    lab.eq((f(), lab.mod("m").f()), ((7, 2), (7, 2)))


@case("module", choice="state-both-changed", want=True)
def both_changed_live_wins(lab):
    """What changed both at run time and in the source keeps the live value."""
    m = lab.load("m", "PLAYERS = {}\ndef f(): return 1")
    m.PLAYERS["bob"] = 1
    lab.reload("m", "PLAYERS = {'npc': 0}\ndef f(): return 2")
    lab.eq((lab.mod("m").PLAYERS.get("bob"), lab.mod("m").f()), (1, 2))


@case("module", choice="state-both-changed", want=False)
def both_changed_source_wins(lab):
    """The rejected side: the new initial value replaces the live one."""
    m = lab.load("m", "PLAYERS = {}\ndef f(): return 1")
    m.PLAYERS["bob"] = 1
    lab.reload("m", "PLAYERS = {'npc': 0}\ndef f(): return 2")
    lab.eq((lab.mod("m").PLAYERS, lab.mod("m").f()), ({"npc": 0}, 2))


@case("module", choice="removed-global", want=True)
def removed_global_gone(lab):
    """Names that the source dropped are gone."""
    lab.load("m", "A = 1\nB = 2\ndef cheat(): pass")
    lab.reload("m", "A = 1")
    lab.ok(
        not hasattr(lab.mod("m"), "B") and not hasattr(lab.mod("m"), "cheat"),
        "removed globals remain",
    )


@case("module")
def runtime_injected_global_kept(lab):
    """Another module put something in: not in either source, so it is state."""
    m = lab.load("m", "A = 1\ndef f(): return A")
    m.service = object()
    s = m.service
    lab.reload("m", "A = 2\ndef f(): return A")
    lab.ok(getattr(lab.mod("m"), "service", None) is s and lab.mod("m").f() == 2)


@case("module")
def not_reloadable_mark(lab):
    """A module marked as not reloadable is neither changed nor run."""
    lab.load("cnt", "n = 0")
    lab.put("m", "X = 1")
    lab.imp("m")
    mark = lab.protect("m")
    del sys.modules["m"]
    lab.load("m", mark + "\nimport cnt\ncnt.n += 1\ndef f(): return 1")
    lab.try_reload("m", mark + "\nimport cnt\ncnt.n += 1\ndef f(): return 2")
    lab.eq((lab.mod("m").f(), lab.mod("cnt").n), (1, 1))


@case("module")
def type_alias_changed(lab):
    """An alias may come to mean another type."""
    m = lab.load("m", "Num = int\ndef conv(x): return Num(x)")
    c = m.conv
    lab.reload("m", "Num = float\ndef conv(x): return Num(x)")
    lab.eq((repr(c("3")), lab.mod("m").Num), ("3.0", float))


@case("module", choice="module-state", want=True)
def singleton_kept_with_new_methods(lab):
    """A singleton in the module stays itself and has the new methods."""
    src = (
        "class Manager:\n"
        "    def __init__(self): self.players = []\n"
        "    def go(self): return (%d, self.players)\n"
        "manager = Manager()"
    )
    m = lab.load("m", src % 1)
    held = m.manager
    held.players.append("bob")
    lab.reload("m", src % 2)
    lab.ok(lab.mod("m").manager is held, "a second singleton was made")
    lab.eq(held.go(), (2, ["bob"]))


@case("module")
def same_source_is_a_noop(lab):
    """The same source again changes nothing and runs nothing."""
    lab.load("cnt", "n = 0")
    src = "import cnt\ncnt.n += 1\nS = {}\nclass C:\n    pass\ndef f(): return 1"
    m = lab.load("m", src)
    s = lab.snap(["m"], [m.C], [], [m.f])
    m.S["a"] = 1
    lab.reload("m", src)
    lab.same(s, lab.snap(["m"], [m.C], [], [m.f]))
    lab.eq((lab.mod("cnt").n, lab.mod("m").S), (1, {"a": 1}))


@case("module")
def comment_only_change_keeps_state(lab):
    """A changed comment leaves state and identity alone."""
    m = lab.load("m", "S = {}\nclass C:\n    pass\ndef f(): return S")
    m.S["a"] = 1
    c = m.C
    lab.reload("m", "# a comment\nS = {}\nclass C:\n    pass\ndef f(): return S")
    lab.eq((lab.mod("m").f(), lab.mod("m").C is c), ({"a": 1}, True))
