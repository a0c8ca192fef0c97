"""Failures at every step of a commit, and what other threads see of it."""

from __future__ import annotations

import os
import sys
import threading
from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from tests.reload.generated import ROOT
from tests.reload.world import World

EACH = 1 if "GAMESERVER_RELEASES" in os.environ else 3  # of how many writes one fails
PATIENCE = 20.0  # seconds until a thread that hangs fails its test

OLD = {
    f"{ROOT}.a": """
import enum
NUMBER = 1
gone = [1]
listeners = []
class Mood(enum.Enum):
    CALM = 1
class Base:
    size = 1
    def act(self, x=1): return x
class Player(Base):
    def look(self): return NUMBER
def deco(f):
    def inner(): return 1, f()
    return inner
@deco
def told(): return 1
def grown(step):
    return lambda: step
closure = grown(1)
""",
    f"{ROOT}.b": f"""
from {ROOT}.a import NUMBER, Player, listeners
class Friend(Player):
    kept = [1]
def heard(x=1, *, k=1): return NUMBER
listeners.append(heard)
""",
    f"{ROOT}.c": "ABOUT_TO_GO = 1\n",
}
NEW = {
    f"{ROOT}.a": """
import enum
NUMBER = 2
fresh = [2]
listeners = []
class Mood(enum.Enum):
    CALM = 1
    WILD = 2
class Base:
    size = 2
    def act(self, x=2): return x, 2
class Extra:
    def more(self): return 2
class Player(Base, Extra):
    '''Documented.'''
    @property
    def worth(self): return 2
def deco(f):
    def inner(): return 2, f()
    return inner
@deco
def told(): return 2
def grown(step):
    return lambda: step + 2
closure = grown(2)
""",
    f"{ROOT}.b": f"""
from {ROOT}.a import NUMBER, Player, fresh, listeners
import {ROOT}.d
class Friend(Player):
    kept = [1]
    def act(self): return super().act(3)
def heard(x=2, *, k=2): return NUMBER, 2
def second(): return 2
listeners.append(heard)
listeners.append(second)
""",
    f"{ROOT}.d": "NEW_HERE = 2\n",
}


class Refused(Exception):
    """What a broken write raises."""


def refuse() -> None:
    raise Refused


class EveryWriteTests(SynchronousTestCase):
    def test_each_write_that_fails_takes_the_others_back(self) -> None:
        """Whichever write of a commit fails, nothing has changed."""
        with World(OLD) as world:
            before = world.snapshot()
            count = self.attempt(world, None)
            self.assertGreater(count // EACH, 30)
            self.assertEqual([], before.changes(world.snapshot()))
            for nth in range(0, count, EACH):
                self.attempt(world, nth)
                self.assertEqual([], before.changes(world.snapshot()), f"write {nth}")

    def attempt(self, world: World, nth: int | None) -> int:
        """Commit with the ``nth`` write failing, or commit and undo; count writes."""
        world.put(NEW)
        plan = world.engine.plan()
        self.assertEqual([], plan.refused)
        preparation, _ = world.engine._prepared[plan]
        lay_down, counts = preparation.lay_down, []

        def failing(**options) -> Any:
            laid = lay_down(**options)
            counts.append(len(laid.journal))
            if nth is not None:
                laid.journal._acts[nth] = refuse
            return laid

        preparation.lay_down = failing
        if nth is None:
            world.engine.commit(plan).undo()
        else:
            self.assertRaises(ReleaseRefused, world.engine.commit, plan)
        return counts[0]

    def test_after_any_failed_write_the_release_works(self) -> None:
        """The same release, tried again, does all it should."""
        with World(OLD) as world:
            held = world.module("b").heard
            for nth in (0, 5, 17):
                self.attempt(world, nth)
            world.engine.release()
            self.assertEqual((2, 2), held())


class InterruptTests(SynchronousTestCase):
    def test_an_interrupt_in_a_body_changes_nothing(self) -> None:
        """Control-C while a new body runs goes through, and leaves all as it was."""
        self.interrupted("listeners.append(1)\nraise KeyboardInterrupt\n")

    def test_an_interrupt_in_a_hook_changes_nothing(self) -> None:
        """Control-C in a hook, after the writes, takes the writes back."""
        hook = "def module_reloaded(old, new):\n    new.listeners.append(1)\n"
        self.interrupted(f"{hook}    raise KeyboardInterrupt\n")

    def interrupted(self, tail: str) -> None:
        with World(OLD) as world:
            before = world.snapshot()
            world.put({**NEW, f"{ROOT}.b": NEW[f"{ROOT}.b"] + tail})
            self.assertRaises(KeyboardInterrupt, world.engine.release)
            self.assertEqual([], before.changes(world.snapshot()))
            world.put(NEW)
            world.engine.release()
            self.assertEqual((2, 2), world.module("b").heard())


class TwoReleasesTests(SynchronousTestCase):
    def test_a_second_release_waits_for_the_first(self) -> None:
        """Of two threads that release at once, one begins when the other has ended."""
        with World({f"{ROOT}.a": "N = 0\n"}) as world:
            gate = SimpleNamespace(inside=threading.Event(), go=threading.Event())
            world.tally.gate = gate
            waits = "import law_tally\nlaw_tally.gate.inside.set()\n"
            waits += f"law_tally.runs.append(law_tally.gate.go.wait({PATIENCE}))\n"
            world.texts[f"{ROOT}.a"] = f"{waits}N = 1\n"
            first = threading.Thread(target=world.engine.release)
            first.start()
            self.assertTrue(gate.inside.wait(PATIENCE))
            follows = "import law_tally\nlaw_tally.runs.append('second')\nN = 2\n"
            world.texts[f"{ROOT}.a"] = follows
            second = threading.Thread(target=world.engine.release)
            second.start()
            self.assertTrue(second.is_alive())
            self.assertEqual([], world.runs)
            gate.go.set()
            for one in (first, second):
                one.join(PATIENCE)
            self.assertEqual([True, "second"], world.runs)
            self.assertEqual(2, world.module("a").N)
            self.assertEqual(2, len(world.engine.releases))


MANY = 12
COMMITS = 150  # of those done wrongly (below) 1 to 35 were enough, in twelve tries


def text(number: int) -> dict[str, str]:
    """Give two modules of many names that must all agree."""
    names = "".join(f"n{i} = {number}\n" for i in range(MANY))
    owner = f"class C:\n    size = {number}\n    def act(self): return {number}\n"
    return {f"{ROOT}.a": names + owner, f"{ROOT}.b": names}


class Reader(threading.Thread):
    """Reads first and last names of a release, in one call of C, until told to end."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        a, b = world.module("a"), world.module("b")
        self.owners = (a, a, a.C, b, b)
        self.names = ("n0", f"n{MANY - 1}", "size", "n0", f"n{MANY - 1}")
        self.reads = self.mixed = 0
        self.ends = False
        self.began = threading.Event()

    def run(self) -> None:
        while not self.ends:
            found = set(map(getattr, self.owners, self.names))
            self.mixed += len(found) > 1
            self.reads += 1
            self.began.set()


class MixTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(2e-5)

    def read_while(self, world: World, commits: int, *, slowly: bool) -> Reader:
        reader = Reader(world)
        reader.start()
        self.assertTrue(reader.began.wait(PATIENCE))
        for number in range(1, commits + 1):
            world.put(text(number))
            if slowly:
                self.written_in_a_loop(world)
            else:
                world.engine.release().make_permanent()
            if reader.mixed:
                break
        reader.ends = True
        reader.join(PATIENCE)
        self.assertGreater(reader.reads, 0)
        return reader

    def written_in_a_loop(self, world: World) -> None:
        """Do the writes of a release in Python, the way that is wrong."""
        plan = world.engine.plan()
        preparation, _ = world.engine._prepared[plan]
        lay_down = preparation.lay_down

        def slow(**options) -> Any:
            laid = lay_down(**options)
            laid.journal.apply = lambda *_: [act() for act in laid.journal._acts]
            return laid

        preparation.lay_down = slow
        world.engine.commit(plan).make_permanent()

    def test_a_thread_never_sees_a_mix(self) -> None:
        """While releases are committed, what is read at once agrees."""
        with World(text(0)) as world:
            reader = self.read_while(world, COMMITS, slowly=False)
            self.assertEqual(0, reader.mixed)
            self.assertEqual(COMMITS, world.module("a").n0)

    def test_the_same_writes_in_a_loop_are_seen_mixed(self) -> None:
        """The test above can fail: done one by one in Python, the writes mix."""
        with World(text(0)) as world:
            self.assertGreater(self.read_while(world, 3000, slowly=True).mixed, 0)
