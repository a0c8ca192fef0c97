"""A conversation that is cut at every byte: each call applied once, nothing missed."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.server.game import Rules
from gameserver.testing import World
from tests.client.cutting import DOWN, UP, Player, Wire

CALLS = 10


class CutTests(SynchronousTestCase):
    """Ten calls that change something and tell so, over wires that break."""

    def setUp(self) -> None:
        self.world = World(Player, rules=Rules(session_grace=20.0))
        self.players = 0

    def conversation(self, cuts: list[Any]) -> Wire:
        """Have the conversation over connections that are cut so; check its rules."""
        self.players += 1
        name = f"p{self.players}"
        wire = Wire(self.world, cuts)
        self.successResultOf(wire.login(name))
        verbs = ("apply", "slowly")
        answers = []
        for number in range(1, CALLS + 1):
            answers.append(wire.client.call(verbs[number % 2], number))
            if number in (1, 4):
                wire.settle()
        wire.settle()
        rule = f"cut at {cuts}, states {wire.states}"
        applied = list(range(1, CALLS + 1))
        self.assertEqual(self.world.avatar(name).applied, applied, rule)
        given_ = [self.successResultOf(one) for one in answers]
        self.assertEqual(given_, [applied[:n] for n in applied], rule)
        told = [("welcome",), *(("applied", number) for number in applied)]
        self.assertEqual(wire.heard, told, rule)
        return wire

    def close(self, wire: Wire) -> None:
        wire.client.close()
        wire.settle()
        self.assertEqual(len(self.world.game.factory.connections), 0)

    def length(self, way: int) -> int:
        """Give how many bytes the conversation has in one direction."""
        before = Wire(self.world, [])
        self.successResultOf(before.login("measured"))
        self.close(before)
        wire = self.conversation([])
        self.close(wire)
        assert wire.pipe is not None
        assert before.pipe is not None
        return wire.pipe.passed[way] - before.pipe.passed[way]

    def cut_everywhere(self, way: int) -> None:
        length = self.length(way)
        self.assertGreater(length, 300)
        for offset in range(length):
            wire = self.conversation([(way, offset)])
            self.assertEqual(wire.states.count(("resumed", True)), 1)
            self.close(wire)

    def test_up(self) -> None:
        """Cut at every byte from client to server."""
        self.cut_everywhere(UP)

    def test_down(self) -> None:
        """Cut at every byte from server to client."""
        self.cut_everywhere(DOWN)

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from([UP, DOWN]), st.integers(0, 900)), max_size=6
        )
    )
    def test_again_and_again(self, cuts: list[Any]) -> None:
        """Cut several times, also while logging in again and while resuming."""
        self.close(self.conversation(cuts))


class KilledTests(SynchronousTestCase):
    """The same calls, and servers that are cut off, killed and stopped."""

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["go on", "cut", "kill", "restart"]), st.integers(0, 12)
            ),
            min_size=CALLS,
            max_size=CALLS,
        )
    )
    def test_ends(self, ends: list[tuple[str, int]]) -> None:
        """Whatever ends after each call, each is applied once and answered."""
        world = World(Player, rules=Rules(session_grace=20.0))
        wire = Wire(world, [])
        self.successResultOf(wire.login("ada"))
        answers = []
        for number, (end, steps) in enumerate(ends, 1):
            answers.append(wire.client.call("apply", number))
            wire.advance(steps)
            if end != "go on":
                wire.close()
            if end == "kill":
                world.game = world._started()
            if end == "restart":
                world.restart()
        wire.settle()
        numbers = list(range(1, CALLS + 1))
        self.assertEqual(world.avatar("ada").applied, numbers)
        given_ = [self.successResultOf(one) for one in answers]
        self.assertEqual(given_, [numbers[:n] for n in numbers])
        self.assert_told(wire.heard, numbers)

    def assert_told(self, heard: list[Any], numbers: list[int]) -> None:
        """Between two marks nothing is told twice, and without a mark all is."""
        parts: list[list[int]] = [[]]
        for name, *args in heard:
            if name == "gameserver.dropped":
                parts.append([])
            elif name == "applied":
                parts[-1].append(args[0])
        for part in parts:
            self.assertEqual(part, sorted(set(part)))
        if len(parts) == 1:
            self.assertEqual(parts, [numbers])
