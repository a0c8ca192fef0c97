"""What only C can get wrong: the collector, leaks, misuse."""

from __future__ import annotations

import gc
import sys
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from gameserver.wire.decoder import Refused
from gameserver.wire.limits import UNBOUNDED
from tests.wire.alike import NARROW, outcome, played
from tests.wire.builds import COMPILED, MISSING
from tests.wire.mutations import message, mutated


class OwnTests(SynchronousTestCase):
    """Of the compiled build."""

    if MISSING:
        skip = MISSING

    def test_collected(self):
        """The collector sees values, and not what they are made of: that has no cycles.

        A peer can have much of that lie here, and each collection would walk over it.
        """
        for data in (b"\x02\x80\x01\x81\x80", b"\x0a\x80" + b"\x01\x81" * 10):
            decoder = COMPILED.Decoder(UNBOUNDED)
            decoder.feed(data)
            (found,) = decoder.take()
            self.assertFalse(gc.is_tracked(found))
        self.assertTrue(gc.is_tracked(COMPILED.decode([b"list", 1])))
        self.assertTrue(gc.is_tracked(COMPILED.decode([b"tuple", [b"list"]])))

    def test_cycle(self):
        """A decoder whose fault leads back to it is collected."""
        decoder = COMPILED.Decoder(UNBOUNDED)
        decoder.feed(b"\xff")
        with self.assertRaises(Refused) as caught:
            decoder.take()
        caught.exception.decoder = decoder
        types = type(decoder)
        gc.collect()
        before = sum(type(one) is types for one in gc.get_objects())
        del decoder, caught
        gc.collect()
        self.assertEqual(
            sum(type(one) is types for one in gc.get_objects()), before - 1
        )

    def test_finalizers(self):
        """Code that the collector runs amid a walk finds a decoder that refuses it."""
        decoder, found, said = COMPILED.Decoder(UNBOUNDED), [], []

        class Loop:
            def __init__(self):
                self.itself = self

            def __del__(self):
                decoder.feed(b"\x07\x81")
                decoder.has_words = True
                decoder.limits = NARROW
                try:
                    found.extend(decoder.take())
                except RuntimeError as error:
                    said.append(str(error))

        self.addCleanup(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(50)
        decoder.feed(b"\x01\x80\x00\x80" * 5_000)
        for _ in range(20):
            Loop()
        found.extend(decoder.take())
        gc.collect()
        found.extend(decoder.take())
        self.assertEqual((found.count([[]]), found.count(7)), (5_000, 20))
        self.assertLessEqual(set(said), {"take() within take()"})

    def test_misuse(self):
        """Wrong arguments are errors, and nothing else."""
        decoder = COMPILED.Decoder(UNBOUNDED, has_words=True)
        for act, wrong in (
            (decoder.feed, "x"), (decoder.feed, None), (decoder.take, "x"),
            (COMPILED.message, [1]), (COMPILED.message, None), (COMPILED.Decoder, 1),
        ):  # fmt: skip
            self.assertRaises((TypeError, AttributeError), act, wrong)
        self.assertRaises(TypeError, decoder.take, 1, 2)
        self.assertRaises(TypeError, decoder.take, least=2)
        self.assertRaises(TypeError, COMPILED.Decoder)
        self.assertRaises(RuntimeError, decoder.__init__, NARROW)
        self.assertRaises(AttributeError, delattr, decoder, "limits")
        self.assertRaises(TypeError, type, "Mine", (type(decoder),), {})
        bare = type(decoder).__new__(type(decoder))
        bare.feed(b"\x01\x81")
        self.assertRaises(Refused, bare.take)
        decoder.feed(bytearray(b"\x01\x81"))
        self.assertEqual(decoder.take(most=5), [1])
        self.assertEqual(decoder.limits, UNBOUNDED)
        self.assertEqual(COMPILED.decode([b"list", 1], depth=3), [1])

    def test_leaks(self):
        """A thousand messages leave as many objects as a thousand before."""
        random = Random(1)  # noqa: S311 - no secret
        many = [mutated(message(random), random) for _ in range(1_000)]

        def all_of_it():
            for data in many:
                found, _ = played(COMPILED, [("feed", data), ("take", 99), ("take", 9)])
                for each in found if type(found) is list else ():
                    outcome(COMPILED.decode, each)
                    outcome(COMPILED.encode, each)
                    outcome(COMPILED.message, (each,))
            gc.collect()
            return sys.getallocatedblocks()

        all_of_it()
        counts = [all_of_it() for _ in range(4)]
        self.assertLess(max(counts) - min(counts), 20)
