"""Other threads run on while a module changes."""

from __future__ import annotations

import sys
import threading

from tests.reload.suite.lab import case


@case("threads")
def hammer_calls_during_reloads(lab):
    """Threads that call without a pause never meet a half-made module."""
    src = (
        "K = %d\n"
        "def helper(a, b=%d): return K\n"
        "class C:\n"
        "    def go(self): return helper(1)\n"
        "def f(): return C().go()\n"
    )
    m = lab.load("m", src % (0, 0))
    f, o = m.f, m.C()
    errs, stop = [], []

    def run():
        while not stop:
            try:
                f()
                o.go()
            except Exception as e:  # noqa: BLE001 - any error is a finding
                errs.append(e)
                return

    ts = [threading.Thread(target=run) for _ in range(3)]
    sw = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for t in ts:
        t.start()
    for i in range(1, 60):
        lab.reload("m", src % (i, i))
    stop.append(1)
    for t in ts:
        t.join()
    sys.setswitchinterval(sw)
    lab.ok(not errs, f"{errs[:1]}")


@case("threads")
def thread_inside_old_function(lab):
    """A thread inside an old function calls the new ones from there."""
    m = lab.load(
        "m",
        "def work(ev1, ev2, out):\n"
        "    ev1.set()\n"
        "    ev2.wait()\n"
        "    out.append(tail())\n"
        "def tail(): return 'old'\n",
    )
    e1, e2, out = threading.Event(), threading.Event(), []
    t = threading.Thread(target=m.work, args=(e1, e2, out))
    t.start()
    e1.wait()
    lab.reload(
        "m",
        "def work(ev1, ev2, out):\n"
        "    ev1.set()\n"
        "    ev2.wait()\n"
        "    out.append(tail())\n"
        "def tail(): return 'new'\n",
    )
    e2.set()
    t.join()
    lab.eq(out, ["new"])


@case("threads")
def two_reloads_at_once(lab):
    """Two threads may reload two modules at the same time."""
    src = "class C:\n    def go(self): return %d\ndef f(): return %d\n"
    m = lab.load("m", src % (0, 0))
    n = lab.load("n", src % (0, 0))
    om, on = m.C(), n.C()
    errs = []

    def go(name):
        for i in range(1, 25):
            try:
                lab.reload(name, src % (i, i))
            except Exception as e:  # noqa: BLE001 - any error is a finding
                errs.append(e)

    ts = [threading.Thread(target=go, args=(x,)) for x in ("m", "n")]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    lab.ok(not errs, f"{errs[:1]}")
    lab.eq((om.go(), on.go()), (24, 24))
