"""What hostile peers send is as hostile as limits let through."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import canned
from gameserver.bench.wire.hostile import shapes
from gameserver.bench.wire.hostile.kinds import PLAYERS, ROOT, all_kinds
from gameserver.bench.wire.hostile.mutations import mutated
from gameserver.server.message_limits import BEFORE_LOGIN
from gameserver.wire.codec import Decoder, decode
from gameserver.wire.limits import Limits

WRONG = ("no Banana", "mutated messages", "opened and dropped")
"""Those that are not to be read."""


class KindsTests(SynchronousTestCase):
    def test_within_limits(self) -> None:
        """All that is to be read is read, so that it is carried out as well."""
        for kind in all_kinds():
            if kind.name in WRONG:
                continue
            limits = PLAYERS if kind.is_player else BEFORE_LOGIN
            for block in kind.blocks(2 if kind.is_player else ROOT):
                decoder = Decoder(limits, has_words=True)
                decoder.feed(block)
                self.assertGreater(len(decoder.take()), 0, kind.case)

    def test_names(self) -> None:
        """Each kind is named once."""
        cases = [kind.case for kind in all_kinds()]
        self.assertEqual(len(cases), len(set(cases)))

    def test_mutated(self) -> None:
        """What is mutated is the same in every run, and no longer what it was."""
        good = canned.call(1, ROOT, "login", [b"ada"])
        first, second = (
            [mutated(good, Random(seed)) for seed in range(50)]  # noqa: S311 - no secrets
            for _ in range(2)
        )
        self.assertEqual(first, second)
        self.assertGreater(sum(one != good for one in first), 45)


class ShapesTests(SynchronousTestCase):
    def test_largest(self) -> None:
        """A call is as large as one of its limits, and one more would be too much."""
        limits = Limits(size=2_000, items=100, depth=16, string=500)
        for shape, at_least in (
            (shapes.small_lists, 150),
            (shapes.long_numbers, 1_900),
            (shapes.text, 500),
        ):
            sent = shapes.largest(shape, limits, 2, "greet")
            self.assertGreater(len(sent), at_least)
            decoder = Decoder(limits, has_words=True)
            decoder.feed(sent)
            self.assertEqual(len(decoder.take()), 1)

    def test_one_hash(self) -> None:
        """Keys that are to collide do."""
        (table,) = shapes.colliding_table(3)
        self.assertEqual({hash(pair[0]) for pair in table[1:]}, {0})
        (found,) = shapes.colliding_tuples(5)
        self.assertEqual(len({hash(one) for one in decode(found)}), 1)
        self.assertEqual(len(decode(found)), 5)

    def test_sets_of_sets(self) -> None:
        """They are alike on each level."""
        (found,) = shapes.sets_of_sets(3)
        for outer in found[1:]:
            for inner in outer[1:]:
                self.assertEqual({hash(one) for one in inner[1:]}, {0})
        mean = {hash(frozenset(map(_frozen, outer[1:]))) for outer in found[1:]}
        self.assertEqual(len(mean), 1)

    def test_many_keys(self) -> None:
        """More keys than one container may have are spread over several."""
        sizes = [len(one) - 1 for one in shapes.colliding_set(2_500)]
        self.assertEqual(sizes, [1_000, 1_000, 500])

    def test_depth(self) -> None:
        """A tower is as deep as a call lets it be."""
        sent = shapes.largest(shapes.towers(16), BEFORE_LOGIN, ROOT, "login")
        decoder = Decoder(BEFORE_LOGIN, has_words=True)
        decoder.feed(sent)
        self.assertEqual(len(decoder.take()), 1)


def _frozen(expression: list[Any]) -> frozenset[Any]:
    return frozenset(expression[1:])
