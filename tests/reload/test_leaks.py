"""A thousand releases leave nothing behind."""

from __future__ import annotations

import gc
import os
import tracemalloc
import weakref

from tests.reload.engines import EngineCase

WARM = 80  # releases after which the libraries' own bounded caches are full
MANY = int(os.environ.get("GAMESERVER_RELEASES", "20"))

TEXT = """
from functools import lru_cache, singledispatch
from enum import Enum
from dataclasses import dataclass
from gameserver.reload import Reloadable

K = {n}
T = {{"a": {n}, "f": lambda: {n}}}

def f(x={n}): return K + x

def make():
    def inner(): return {n}
    return inner

class Base:
    def go(self): return {n}

class Sub(Base):
    def go(self): return super().go() + {n}

class Known(Reloadable):
    def go(self): return {n}

class E(Enum):
    A = {n}
    def go(self): return {n}

@dataclass
class D:
    x: int = {n}

@lru_cache
def cached(x): return x + {n}

@singledispatch
def show(x): return {n}
"""


class LeakTests(EngineCase):
    """Objects and memory do not grow with the number of releases."""

    def setUp(self) -> None:
        super().setUp()
        gc.collect()
        gc.freeze()  # what other tests left would be looked through each time
        self.addCleanup(gc.unfreeze)

    def test_objects(self):
        """The number of objects is the same after many releases as after a few.

        What is kept shows in every window; what a library fills once, in one.
        """
        module = self.load(a=TEXT.format(n=0))
        held = module.Known(), module.Sub(), module.make()
        self._released(1, WARM)
        last = WARM
        grown: list[int] = []
        while len(grown) < 3 and not (grown and grown[-1] < 20):
            before = _objects()
            self._released(last, last + MANY)
            last += MANY
            grown.append(_objects() - before)
        self.assertLess(grown[-1], 20, grown)
        self.assertEqual(held[0].go(), 1000 + last - 1)

    def test_memory(self):
        """Memory grows by less than one code object a release.

        What is kept shows in every window; a table of CPython's that is enlarged, or
        the dead that the collector has not come to, only in one or the other.
        """
        self.load(a=TEXT.format(n=0))
        self._released(1, WARM)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self._released(WARM, WARM + 2)  # what is in force is traced now
        windows: list[int] = []
        while len(windows) < 8 and not (windows and windows[-1] / MANY < 200):
            windows.append(self._memory(WARM + 2 + MANY * len(windows)))
        self.assertLess(windows[-1] / MANY, 200, windows)

    def _memory(self, first: int) -> int:
        """Give the bytes that some releases add; what dies late comes and goes."""
        _collect()
        before = tracemalloc.get_traced_memory()[0]
        self._released(first, first + MANY)
        _collect()
        return tracemalloc.get_traced_memory()[0] - before

    def test_undone_and_refused(self):
        """Neither undone nor refused releases leave objects behind."""
        self.load(a=TEXT.format(n=0))
        self._tried(1, WARM)
        before = _objects()
        self._tried(WARM, WARM + MANY)
        self.assertLess(_objects() - before, 20)

    def test_removed(self):
        """A removed function, class and table are collected once it is permanent."""
        text = "def f(): pass\nclass C: pass\nclass Table(dict): pass\n"
        module = self.load(a=f"{text}T = Table()\n")
        refs = [weakref.ref(one) for one in (module.f, module.C, module.T)]
        release = self.release(a="K = 1\n")
        gc.collect()
        self.assertNotIn(None, [one() for one in refs])
        release.make_permanent()
        gc.collect()
        self.assertEqual([one() for one in refs], [None] * 3)

    def _released(self, first: int, last: int) -> None:
        for number in range(first, last):
            self.release(a=TEXT.format(n=1000 + number)).make_permanent()

    def _tried(self, first: int, last: int) -> None:
        for number in range(first, last):
            self.release(a=TEXT.format(n=1000 + number)).undo()
            self.refused(a=TEXT.format(n=1000 + number) + "\n1/0\n")


def _objects() -> int:
    _collect()
    return len(gc.get_objects())


def _collect() -> None:
    """Collect what dies with what is collected, too: rolls of classes."""
    for _ in range(3):
        gc.collect()
