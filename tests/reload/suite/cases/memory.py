"""Nothing of an old version stays behind."""

from __future__ import annotations

import gc
import weakref

from tests.reload.suite.lab import case


@case("memory")
def only_one_class_left(lab):
    """After five reloads there is one class, and the instance has the last one."""
    src = "class Zork:\n    def go(self): return %d\n"
    m = lab.load("m", src % 0)
    o = m.Zork()
    for i in range(1, 6):
        lab.reload("m", src % i)
    gc.collect()
    n = sum(1 for x in gc.get_objects() if isinstance(x, type) and x.__name__ == "Zork")
    lab.eq((n, o.go()), (1, 5))


@case("memory")
def removed_function_is_freed(lab):
    """A function that the source dropped is collected."""
    m = lab.load("m", "def f(): return 1\ndef g(): return 1")
    w = weakref.ref(m.g)
    del m
    lab.reload("m", "def f(): return 2")
    gc.collect()
    lab.ok(w() is None, "removed function still alive")
