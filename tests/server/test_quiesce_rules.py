"""Who waits for a release, in what order, and what calls at work do to it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.quiesce_rules import Line, Policy, Quiesced, modules_of


def owner(name: str, module: str, *bases: type, **methods: Any) -> type:
    """Make a class of a module whose methods are of it, too."""
    for method in methods.values():
        method.__module__ = module
    return type(name, bases, {"__module__": module, **methods})


def some_method() -> Any:
    def method(self: object) -> None:
        pass

    return method


class LineTests(SynchronousTestCase):
    """A bounded line that keeps the order."""

    def test_order(self) -> None:
        """First come, first served; a client waits as long as one of its calls does."""
        line: Line[str] = Line()
        for client, one in ((1, "a"), (2, "b"), (1, "c")):
            line.join(client, one)
        self.assertEqual([line.take(), line.take()], ["a", "b"])
        self.assertTrue(line.has(1))
        self.assertFalse(line.has(2))
        self.assertEqual(line.take(), "c")
        self.assertFalse(line.has(1))
        self.assertRaises(KeyError, line.take)

    def test_bounds(self) -> None:
        """At most so many of one client, and in all."""
        line: Line[int] = Line(at_most=3, of_one=2)
        line.join("a", 1)
        self.assertTrue(line.may_wait("a"))
        line.join("a", 2)
        self.assertFalse(line.may_wait("a"))
        self.assertTrue(line.may_wait("b"))
        line.join("b", 3)
        self.assertTrue(line.is_full)
        self.assertFalse(line.may_wait("c"))

    def test_defaults(self) -> None:
        """A thousand may wait, 64 of them of one client."""
        line: Line[int] = Line()
        for one in range(64):
            line.join("a", one)
        self.assertFalse(line.may_wait("a"))
        for one in range(64, 1000):
            self.assertTrue(line.may_wait(one))
            line.join(one, one)
        self.assertFalse(line.may_wait("b"))

    def test_leave(self) -> None:
        """Who leaves makes room; leaving twice is no error."""
        line: Line[int] = Line(at_most=1)
        line.join("a", 1)
        line.leave(1)
        line.leave(1)
        self.assertFalse(line.has("a"))
        self.assertTrue(line.may_wait("b"))

    @given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=60))
    def test_law(self, steps: list[tuple[int, bool]]) -> None:
        """Whatever comes and goes: each once, in order, within the bounds."""
        line: Line[tuple[int, int]] = Line(at_most=8, of_one=3)
        joined: list[tuple[int, int]] = []
        taken: list[tuple[int, int]] = []
        for number, (client, is_coming) in enumerate(steps):
            if not is_coming and len(line):
                taken.append(line.take())
            elif is_coming and line.may_wait(client):
                line.join(client, (client, number))
                joined.append((client, number))
            each: dict[int, int] = defaultdict(int)
            for waiting, _ in joined[len(taken) :]:
                each[waiting] += 1
            self.assertLessEqual(len(line), 8)
            self.assertLessEqual(max(each.values(), default=0), 3)
            self.assertEqual({c for c in range(5) if line.has(c)}, set(each))
        self.assertEqual(taken, joined[: len(taken)])


class ModulesTests(SynchronousTestCase):
    """Where a call is."""

    def test_own_and_inherited(self) -> None:
        """It is where the method is defined, not where the class is."""
        base = owner("Base", "plugins.base", perspective_hit=some_method())
        player = owner("Player", "plugins.player", base, perspective_say=some_method())
        self.assertEqual(modules_of(player, "hit"), {"plugins.base"})
        self.assertEqual(modules_of(player, "say"), {"plugins.player"})

    def test_overridden(self) -> None:
        """A method that overrides may call the other: the call is in both."""
        base = owner("Base", "plugins.base", perspective_hit=some_method())
        player = owner("Player", "plugins.player", base, perspective_hit=some_method())
        self.assertEqual(modules_of(player, "hit"), {"plugins.base", "plugins.player"})

    def test_from_elsewhere(self) -> None:
        """A function put into a class is in the module that it was written in, too."""
        written = some_method()
        player = owner("Player", "plugins.player", perspective_hit=written)
        written.__module__ = "plugins.moves"
        self.assertEqual(modules_of(player, "hit"), {"plugins.moves", "plugins.player"})

    def test_gone(self) -> None:
        """One that no class has is where the class is."""
        player = owner("Player", "plugins.player")
        self.assertEqual(modules_of(player, "hit"), {"plugins.player"})


class PolicyTests(SynchronousTestCase):
    """What late calls do to a release."""

    def test_judged(self) -> None:
        """They go on under ``proceed``, and refuse the release else."""
        late = ("P.dig of ada", "P.dig of bob")
        going = Quiesced.judged(Policy.PROCEED, 3, late)
        self.assertEqual((going.waited, going.proceeded, going.refused), (3, 2, 0))
        for policy in (Policy.WAIT, Policy.REFUSE):
            refused = Quiesced.judged(policy, 3, late)
            counts = (refused.waited, refused.proceeded, refused.refused)
            self.assertEqual(counts, (3, 0, 2))
            self.assertEqual(Quiesced.judged(policy, 3, ()), Quiesced(waited=3))

    def test_why(self) -> None:
        """The reason names the first five, and how many there are."""
        one = Quiesced.judged(Policy.WAIT, 0, ("P.dig of ada",))
        self.assertIn("1 call is at work", one.why)
        self.assertIn("P.dig of ada", one.why)
        many = Quiesced.judged(Policy.WAIT, 0, tuple(f"P.dig of {n}" for n in range(9)))
        self.assertIn("9 calls are at work", many.why)
        self.assertTrue(many.why.endswith("P.dig of 4 and 4 more"))
