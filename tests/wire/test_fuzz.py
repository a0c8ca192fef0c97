"""The fuzz in short, and that it would find something."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.wire import fuzz


class FuzzTests(SynchronousTestCase):
    """``make fuzz`` reads more."""

    def test_short(self):
        """Some thousand changed messages, others each time."""
        seed = Random().randrange(2**31)  # noqa: S311 - no secret
        fuzz.run(3_000, seed)

    def test_finds(self):
        """A decoder that forgets a message now and then is found out."""

        def forgetful(chunks, limits):
            found, is_whole = fuzz.read(chunks, limits)
            return found[: 2 if len(chunks) > 3 else None], is_whole

        with self.assertRaises(fuzz.Difference):
            fuzz.run(3_000, 1, reading=forgetful)
