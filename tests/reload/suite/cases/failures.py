"""A reload that fails changes nothing, in no module, and says so."""

from __future__ import annotations

from pathlib import Path

from tests.reload.suite.lab import case

V1 = (
    "S = {}\n"
    "K = 1\n"
    "def f(a=1): return ('v1', a)\n"
    "class C:\n"
    "    def go(self): return 'v1'\n"
    "    def other(self): return 'v1'\n"
)


def _refused(lab, bad):
    """Reload m with a bad source; everything must be as before."""
    m = lab.load("m", V1)
    m.S["bob"] = 1
    o = m.C()
    o.hp = 3
    u = lab.load("u", "from m import f, C\ndef go(): return (f(), C().go())")
    s = lab.snap(["m", "u"], [m.C], [o], [m.f, m.C.go])
    lab.try_reload("m", bad)
    lab.same(s, lab.snap(["m", "u"], [m.C], [o], [m.f, m.C.go]))
    lab.eq((u.go(), o.go(), lab.mod("m").S), ((("v1", 1), "v1"), "v1", {"bob": 1}))


@case("failures")
def syntax_error(lab):
    """A source that does not compile changes nothing."""
    _refused(lab, "def f(:\n")


@case("failures")
def bad_encoding(lab):
    """A source that does not decode changes nothing."""
    _refused(lab, b"def f(): return '\xff\xfe'\n")


@case("failures")
def exception_half_way(lab):
    """A body that raises after half of its statements changes nothing."""
    _refused(
        lab,
        "S = {}\n"
        "K = 2\n"
        "def f(a=2): return ('v2', a)\n"
        "class C:\n"
        "    def go(self): return 'v2'\n"
        "1/0\n",
    )


@case("failures")
def exception_in_class_body(lab):
    """A class body that raises changes nothing."""
    _refused(
        lab,
        "def f(a=2): return ('v2', a)\n"
        "class C:\n"
        "    def go(self): return 'v2'\n"
        "    X = undefined_name\n",
    )


@case("failures")
def system_exit_in_body(lab):
    """A body that asks to exit changes nothing."""
    _refused(lab, "def f(a=2): return ('v2', a)\nraise SystemExit(3)\n")


@case("failures")
def error_is_reported(lab):
    """Whoever asked for the reload hears of the error."""
    lab.load("m", V1)
    e = lab.try_reload("m", "def f(a=2): return ('v2', a)\n1/0\n")
    lab.ok(e is not None, "the tool swallowed the error")


def _two(lab, bad_second):
    """Reload a, which is good, with b, which is bad; both must be as before."""
    a = lab.load("a", V1)
    b = lab.load("b", "import a\n" + V1)
    oa, ob = a.C(), b.C()
    oa.hp = ob.hp = 1
    args = (["a", "b"], [a.C, b.C], [oa, ob], [a.f, a.C.go, b.f, b.C.go])
    s = lab.snap(*args)
    lab.try_reload(
        {"a": V1.replace("v1", "v2") + "\ndef extra(): pass\n", "b": bad_second}
    )
    lab.same(s, lab.snap(*args))
    lab.eq((oa.go(), ob.go(), lab.mod("a").f()), ("v1", "v1", ("v1", 1)))
    lab.ok(not hasattr(lab.mod("a"), "extra"))


@case("failures")
def two_modules_second_raises(lab):
    """When the second module raises, the first is as it was."""
    _two(lab, "import a\n" + V1.replace("v1", "v2") + "1/0\n")


@case("failures")
def two_modules_second_hook_raises(lab):
    """When the second module's hook raises, the first is as it was."""
    a = lab.load("a", V1)
    lab.load("b", "import a\n" + V1)
    oa = a.C()
    args = (["a", "b"], [a.C], [oa], [a.f, a.C.go])
    s = lab.snap(*args)
    e = lab.try_reload(
        {
            "a": V1.replace("v1", "v2"),
            "b": "import a\n" + V1 + lab.module_hook("raise ValueError('x')"),
        }
    )
    lab.ok(e is not None, "not reported")
    lab.same(s, lab.snap(*args))


@case("failures")
def layout_conflict_rolls_back_sibling(lab):
    """When one class cannot take its layout, no class changed; or all did."""
    m = lab.load(
        "m",
        "class A:\n"
        "    def go(self): return 1\n"
        "class B:\n"
        "    __slots__ = ('x',)\n"
        "    def go(self): return 1",
    )
    a, b = m.A(), m.B()
    e = lab.try_reload(
        "m",
        "class A:\n"
        "    def go(self): return 2\n"
        "class B:\n"
        "    __slots__ = ('x', 'y')\n"
        "    def go(self):\n"
        "        self.y = 1\n"
        "        return 2",
    )
    r = []
    for o in (a, b):
        try:
            r.append(o.go())
        except Exception as ex:  # noqa: BLE001 - any error is a finding
            r.append(type(ex).__name__)
    lab.ok(r in ([1, 1], [2, 2]), f"half-applied: {r}, reported {e!r}")
    lab.ok(r == [2, 2] or e is not None, "refused silently")


@case("failures", choice="empty-file", want=True)
def empty_file_refused(lab):
    """An editor truncates the file before it writes: a watcher sees 0 bytes."""
    m = lab.load("m", V1)
    o = m.C()
    lab.try_reload("m", b"")
    lab.eq((hasattr(lab.mod("m"), "f"), o.go()), (True, "v1"))


@case("failures")
def deleted_file_is_reported(lab):
    """A file that is gone is reported, and the module runs on."""
    lab.load("m", V1)
    lab.a.before(lab, ["m"])
    Path(lab.path("m")).unlink()
    err = None
    try:
        lab.a.reload(lab, ["m"])
    except BaseException as e:  # noqa: BLE001 - a tool may report in any way
        err = e
    lab.ok(err is not None, "silently ignored")
    lab.eq(lab.mod("m").f(), ("v1", 1))
