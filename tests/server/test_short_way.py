"""The short way of a call changes nothing, in pure Python and compiled."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Sequence
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import canned
from gameserver.server import short_way
from tests.server.ways import CALLS, FREE, MISSING, PACED, WAYS, Call, Play

SHORT = [way for way in WAYS if way != "whole"]
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("calls"),
            st.lists(st.sampled_from(CALLS), min_size=1, max_size=8),
            st.sampled_from([True, True, True, False]),
        ),
        st.tuples(st.just("turn")),
        st.tuples(st.just("pass")),
    ),
    max_size=8,
)


def played(way: str, rules: Any, steps: Sequence[Any]) -> list[Any]:
    """Give what is seen of a server to which this is done."""
    play = Play(way, rules)
    try:
        for step in steps:
            match step:
                case ("calls", calls, is_answered):
                    play.receive(play.written(calls, is_answered=is_answered))
                case ("turn",):
                    play.turn()
                case _:
                    play.pass_time()
        play.turn()
    finally:
        play.end()
    return play.seen


class AlikeTests(SynchronousTestCase):
    """The whole way is the reference."""

    maxDiff = None

    def same(self, rules: Any, steps: Sequence[Any]) -> None:
        whole = played("whole", rules, steps)
        for way in SHORT:
            for at, (one, other) in enumerate(
                zip(whole, played(way, rules, steps), strict=True)
            ):
                self.assertEqual(one, other, (way, at, steps))

    @given(STEPS)
    @settings(deadline=None)
    def test_steps(self, steps: Any) -> None:
        """The same bytes, states, counts and incidents, whatever comes together."""
        self.same(FREE, steps)

    @given(STEPS)
    @settings(deadline=None, max_examples=40)
    def test_paced_steps(self, steps: Any) -> None:
        """The same where calls have to wait, or are refused."""
        self.same(PACED, steps)

    def test_each(self) -> None:
        """Each call by itself, and among common ones."""
        for call in CALLS:
            for is_answered in (True, False):
                around = [CALLS[0], call, CALLS[0], call, ("segment", ())]
                self.same(FREE, [("calls", around, is_answered), ("turn",)])

    def test_odd_messages(self) -> None:
        """What is no call, or one of nobody, or has names or no tuple."""
        common = [b"message", 5, 0, b"greet", 1, [b"tuple", [b"unicode", b"x"]]]
        odd = [
            [b"message", 5, 0, b"greet", 1, [b"list", [b"unicode", b"x"]]],
            [b"message", 5, 0, b"greet", 1, [b"tuple", [b"unicode", b"\xff"]]],
            [b"message", 5, 0, b"greet", 1, [b"tuple", [b"unicode", 7]]],
            [b"message", 5, 0, b"greet", 1, [b"tuple", [b"unicode"]]],
            [b"message", 5, 0, b"greet", 1, [b"tuple", [b"None"]]],
            [b"message", 5, 0, b"greet", 1, b"tuple"],
            [b"message", 5, 0, b"greet", [b"list"], common[5]],
            [b"message", 2**70, 0, b"greet", 1, common[5]],
            [b"message", -5, 0, b"greet", 1, common[5]],
        ]
        for body in odd:
            self.alike_message([*body, [b"dictionary"]])
        for names in ([b"dictionary", [b"name", [b"unicode", b"x"]]], [b"list"], 3):
            self.alike_message([*common, names])
        self.alike_message([b"message", b"x", 0, b"greet", 1, common[5], [b"list"]])
        self.alike_message([b"decref", 0])

    def alike_message(self, message: list[Any]) -> None:
        seen = []
        for way in WAYS:
            play = Play(way, FREE)
            try:
                if message[0] == b"message":
                    message[2] = play.number
                else:
                    message[1] = play.number
                after = play.written([CALLS[0]], is_answered=True)
                play.receive(canned.encode(message) + after)
                play.turn()
            finally:
                play.end()
            seen.append((message, play.seen))
        for one in seen[1:]:
            self.assertEqual(one, seen[0])


class WayCase(SynchronousTestCase):
    """What is promised of a short way by itself."""

    def each(self, calls: Sequence[Call], count: int) -> None:
        """Have so many of some calls be carried out without the whole way."""
        for way in SHORT:
            play = Play(way, FREE)
            whole: list[object] = []
            received = mock.patch.object(
                type(play.broker), "callExpressionReceived", side_effect=whole.append
            )
            try:
                with received:
                    play.receive(play.written(calls, is_answered=True))
            finally:
                play.end()
            self.assertEqual(len(calls) - len(whole), count, (way, whole))


class CommonTests(WayCase):
    def test_taken(self) -> None:
        """Scalars of the declared types go the short way, whatever comes of them."""
        common = [("greet", ("ada",)), ("mixed", (1, 2.5, True, b"raw")), ("look", ())]
        began = [("earn", (1,)), ("fail", (0,)), ("later", ()), ("twice", ())]
        self.each([*common, *began, *common], 10)

    def test_not_taken(self) -> None:
        """All else goes the whole way from its beginning."""
        others = [("sum", ([1],)), ("choice", ()), ("greet", (b"x",)), ("soon", (1,))]
        self.each([*others, ("nobody", ()), ("gameserver.commands", ())], 0)


class MemoryTests(SynchronousTestCase):
    if MISSING:
        skip = MISSING

    def test_calls(self) -> None:
        """No call leaves anything behind."""
        play = Play("compiled", FREE)
        self.addCleanup(play.end)
        calls = play.written(CALLS[:2] * 20, is_answered=True)
        for _ in range(3):
            play.receive(calls)
        play.seen.clear()
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(20):
            play.receive(calls)
            play.seen.clear()
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - before, 200)

    def test_cycle(self) -> None:
        """What leads back to itself is collected."""
        play = Play("compiled", FREE)
        self.addCleanup(play.end)
        (client,) = play.world.avatar("ada").clients
        game, holder = play.world.game, mock.Mock()
        kind, _ = WAYS["compiled"]
        record = game.roster.get("ada").record
        holder.way = kind(holder, client, record, game.calls, game.turns.touches)
        self.assertRaises(RuntimeError, holder.way.__init__, *range(5))
        gone = weakref.ref(holder)
        del holder
        gc.collect()
        self.assertIsNone(gone())

    def test_odd_arguments(self) -> None:
        """What no broker would give it is refused."""
        _, carry_out = WAYS["compiled"]
        self.assertRaises(TypeError, carry_out, None)
        self.assertRaises(TypeError, carry_out, None, ())
        self.assertRaises(AttributeError, carry_out, None, [1])
        kind, _ = WAYS["compiled"]
        self.assertRaises(TypeError, kind, 1)
        self.assertRaises(AttributeError, kind, 1, 2, 3, 4, 5)
        self.assertIsNot(kind, short_way.ShortWay)
