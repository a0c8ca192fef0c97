"""What is quick for most must not be wrong for some."""

from __future__ import annotations

import builtins
import gc
import sys
import threading
from collections import deque
from functools import partial
from operator import call

from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.fields import refill
from gameserver.reload.instances import Reloadable
from gameserver.reload.pending import Pending
from gameserver.reload.roll import opened
from tests.reload.engines import EngineCase

LOOP = "L = []\nfor i in {}:\n    def f(x, i=i): return x + i\n    L.append(f)\n"
GUARD = """
from gameserver.reload import migration
from gameserver.reload.instances import Reloadable
class P{}:
    version = {}
    def __init__(self): self.x = {{self: [1]}}; del self.cache
    def __hash__(self):
        self.cache = 7
        return 7
"""
STEP = "@migration(P, to=2)\ndef up(state): return state\n"
CROWD = """
from gameserver.reload import migration
from gameserver.reload.instances import Reloadable
class P(Reloadable):
    version = {}
    def __init__(self): self.x = [1]
"""
COUNTED = """
def down(state):
    del state["y"]
    return state
@migration(P, to=2, undo=down)
def up(state):
    state["y"] = 2
    return state
"""
CACHED = """
import builtins, functools
def make():
    @functools.lru_cache
    def cached(x): return {0}
    return cached
builtins.made_by_a_text = make()
"""
LOADER = """
import functools
@functools.lru_cache
def cached(x): return {0}
__loader__ = cached
del cached
"""


class UnchangedTests(EngineCase):
    """Functions that the plan has seen to, so that the commit does not."""

    def test_made_several_times(self):
        """One text of several functions, of which another number is made now."""
        for before, after, name in (
            ("(1, 2)", "(1,)", [1, 1]),
            ("(1, 2)", "(2,)", [2, 2]),
            ("(2, 1)", "(1,)", [1, 1]),
        ):
            module = self.load(a=LOOP.format(before))
            held = list(module.L)
            release = self.release(a=LOOP.format(after))
            self.assertEqual([one(0) for one in held], name)
            self.assertEqual([one(0) for one in module.L], name[:1])
            self.assertEqual(module.f(0), name[0])
            release.undo()
            self.assertEqual([one(0) for one in held], list(eval(before)))  # noqa: S307 - ours
            del self.texts["worlds.a"]
            self.engine.release().make_permanent()

    def test_changed_by_play(self):
        """What play gave a function whose text is as it was, it keeps."""
        text = "def f(x, y=1, *, z=2) -> int:\n    'Say.'\n    return x + y + z\n"
        module = self.load(a=text + "X = 1\n")
        module.f.__defaults__, module.f.__kwdefaults__ = (10,), {"z": 20}
        module.f.__doc__, module.f.seen = "Told.", True
        release = self.release(a=text + "X = 2\n")
        self.assertEqual((module.f(0), module.f.__doc__, module.X), (30, "Told.", 2))
        self.assertTrue(module.f.seen)
        self.assertEqual(self.kinds(release.plan), {("patched", "X")})


class WalkTests(EngineCase):
    """Python's own names of a namespace, which a text may bind, too."""

    def test_builtins(self):
        """What a text puts among the builtins is found there."""
        self.load(a=CACHED.format(1))
        self.addCleanup(delattr, builtins, "made_by_a_text")
        cached = builtins.made_by_a_text
        self.assertEqual(cached(0), 1)
        self.release(a=CACHED.format(2))
        self.assertEqual(cached(0), 2)

    def test_loader(self):
        """What a text calls ``__loader__`` is found there."""
        cached = self.load(a=LOADER.format(1)).__loader__
        self.assertEqual(cached(0), 1)
        self.release(a=LOADER.format(2))
        self.assertEqual(cached(0), 2)


class FieldsTests(EngineCase):
    """Fields that change while an instance is carried."""

    def test_a_field_that_comes_meanwhile(self):
        """A key's hash that sets a field of the instance refuses nothing."""
        for base in ("", "(Reloadable)"):
            one = self.load(a=GUARD.format(base, 1)).P()
            self.release(a=GUARD.format(base, 2) + STEP)
            self.assertEqual(one.x, {one: [1]})
            del self.texts["worlds.a"]
            self.engine.release().make_permanent()

    def test_carried_while_somebody_asks(self):
        """Whether an undo may be can be asked while another thread carries."""
        module = self.load(a=CROWD.format(1))
        crowd = [module.P() for _ in range(3_000)]
        self.write(a=CROWD.format(2) + COUNTED)
        release = self.engine.release(lazily=True)
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        self.addCleanup(sys.setswitchinterval, interval)
        toucher = threading.Thread(target=lambda: [one.x for one in crowd])
        toucher.start()
        while toucher.is_alive():
            release.require_undoable()
        toucher.join()
        release.undo()
        self.assertEqual({tuple(vars(one)) for one in crowd}, {("x",)})

    def test_order_after_a_late_failure(self):
        """Fields that go back stand where they stood."""
        body = (
            "    def __init__(self, n): self.n, self.a, self.b, self.c = n, 1, 2, 3\n"
        )
        text = CROWD.replace("    def __init__(self): self.x = [1]\n", body)
        module = self.load(a=text.format(1))
        first, _ = crowd = [module.P(0), module.P(1)]
        step = "    if state['n']: raise ValueError\n    state.update(a=0, b=0)\n"
        step = f"@migration(P, to=2)\ndef up(state):\n{step}    return state\n"
        self.write(a=text.format(2) + step)
        release = self.engine.release(lazily=True)
        self.assertEqual(first.a, 0)
        release.advance()
        self.assertTrue(release.is_undone)
        found = [list(vars(one).items()) for one in crowd]
        self.assertEqual(found[0], [("n", 0), ("a", 1), ("b", 2), ("c", 3)])
        self.assertEqual(found[1], [("n", 1), ("a", 1), ("b", 2), ("c", 3)])


class RefillTests(SynchronousTestCase):
    """An instance's dict that gets other content."""

    def test_amid_a_collection(self):
        """Nobody whom the collector runs sees the instance without its fields."""

        class One:
            def __init__(self) -> None:
                self.a = 1

        class Witness:
            def __init__(self) -> None:
                self.me = self

            def __del__(self) -> None:
                seen.append(hasattr(one, "a"))

        one, seen = One(), []
        held = [(object(),) for _ in range(5_000)]  # so that Python has no spare tuples
        for number in range(3_000):
            held.extend(((number,), [number]))
            Witness()
            refill(one.__dict__, {"a": 1, "b": number})
        gc.collect()
        self.assertEqual((len(seen), set(seen)), (3_000, {True}))


class InterruptedTests(SynchronousTestCase):
    """Control-C in the search for those that wait."""

    def test_nobody_is_left_out(self):
        """It goes on with the next slice, and all are migrated."""

        class Part(dict):
            def get(self, key, default=None):
                searching = sys._getframe(1).f_code.co_name == "_following"
                if searching and len(done) == 3 and not stopped:
                    stopped.append(key)
                    raise KeyboardInterrupt
                return super().get(key, default)

        class One(Reloadable):
            def __init__(self) -> None:
                self.x = 1

        done, stopped, failures = [], [], []
        old = [One() for _ in range(200)]
        roll = opened(One)
        roll.parts = (Part(roll.parts[0]),)
        pending = Pending([One], done.append, lambda *given: failures.append(given))
        self.addCleanup(pending.end)
        writes = [partial(type.__setattr__, *one) for one in pending.writes()]
        deque(map(call, [*writes, pending.begin]), 0)
        self.assertRaises(KeyboardInterrupt, pending.advance, 1.0)
        self.assertEqual((len(done), pending.left), (3, 197))
        pending.advance()
        self.assertEqual((done, failures, pending.left), (old, [], 0))
