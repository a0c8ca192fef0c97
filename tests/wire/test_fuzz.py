"""The fuzz in short, and that it would find something."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from gameserver.wire.decoder import UnknownToken
from tests.wire import fuzz
from tests.wire.alike import Difference, read_alike, values_alike, written_alike
from tests.wire.builds import PURE


class FuzzTests(SynchronousTestCase):
    """``make fuzz`` reads more."""

    def test_short(self):
        """Some thousand changed messages, others each time."""
        fuzz.run(10_000, Random().randrange(2**31))  # noqa: S311 - no secret

    def test_finds(self):
        """A decoder that forgets a message now and then is found out."""

        def forgetful(chunks, limits):
            found, is_whole = fuzz.read(chunks, limits)
            return found[: 2 if len(chunks) > 3 else None], is_whole

        with self.assertRaises(Difference):
            fuzz.run(3_000, 1, reading=forgetful)


class Hasty(PURE.Decoder):
    """Says something else of a word too early."""

    def take(self, most=99):
        try:
            return super().take(most)
        except UnknownToken as error:
            raise UnknownToken(str(error)[:20]) from None


class BuildTests(SynchronousTestCase):
    """Two builds that do not do the same are told apart."""

    def different(self, act, *given, **other):
        self.assertRaises(Difference, act, PURE, replace(PURE, **other), *given)

    def test_finds(self):
        """In an error's text, in a type, in a byte."""
        self.different(read_alike, b"\xff", Random(1), Decoder=Hasty)  # noqa: S311 - no secret
        self.different(values_alike, [b"list", 1], decode=lambda _: [True])
        self.different(values_alike, [b"list", 0.0], decode=lambda _: [-0.0])
        self.different(written_alike, [1], encode=lambda _: b"\x01\x80")
