"""What ``gameserver run`` ends with when the game could not start."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import OperatorError, PluginError, StoreError
from gameserver.run import _refusal


class RefusalTests(SynchronousTestCase):
    def test_ours(self):
        """An error of ours is the reason itself, with its exit code."""
        for error in (PluginError("well.py:5", "no water"), StoreError("it is full")):
            self.assertIs(_refusal(error), error)

    def test_unexpected(self):
        """Any other becomes one line with its class, and ends with 1."""
        refusal = _refusal(ValueError("no\n  water"))
        self.assertIsInstance(refusal, OperatorError)
        self.assertEqual(refusal.line(), "the game cannot start: ValueError: no water")
        self.assertEqual(refusal.exit_code, 1)
