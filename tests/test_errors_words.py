"""Words of refusals that come from below the releases."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused


class WordsTests(SynchronousTestCase):
    """What an error says of itself."""

    def test_no_module(self) -> None:
        """A refusal that is about no module names none."""
        gone = ReleaseRefused("plugins", "no such folder", "", "read")
        self.assertEqual(str(gone), "plugins: no such folder")
        named = ReleaseRefused("m.py:1", "empty", "m", "read")
        self.assertEqual(str(named), "m.py:1: empty (module m)")
