"""What ``gameserver run`` ends with when the game could not start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from twisted.trial.unittest import SynchronousTestCase

from gameserver.cli import run
from gameserver.errors import OperatorError, PluginError, StoreError
from gameserver.run import _program, _refusal


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


class JoinTests(SynchronousTestCase):
    def test_absolute(self):
        """The command to type elsewhere is a path, also when our PATH has it."""
        folder = Path(sys.executable).parent
        self.patch(os, "environ", {**os.environ, "PATH": str(folder)})
        self.assertEqual(_program(), str(folder / "gameserver"))


class OptionTests(SynchronousTestCase):
    def test_unreadable(self):
        """What is wrong with a path is for us to say, in one line."""
        paths = [one for one in run.params if isinstance(one.type, click.Path)]
        self.assertEqual([one.name for one in paths if one.type.readable], [])
        self.assertIn("data", [one.name for one in paths])
