"""What a number of seconds may be, as an option."""

from __future__ import annotations

import click
from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from gameserver.cli import commands
from gameserver.cli_seconds import Seconds


class SecondsTests(SynchronousTestCase):
    """Finite, and in the range; else click's error, which names the option."""

    def refused(self, *args: str) -> str:
        done = CliRunner().invoke(commands, args)
        self.assertEqual(done.exit_code, 2, done.output)
        return done.output

    def test_migrate(self) -> None:
        """``migrate --dry-run`` takes no ``nan``, infinity, nothing or less."""
        for wrong in ("nan", "inf", "-inf", "-1", "0", "soon"):
            said = self.refused("migrate", "--dry-run", f"--seconds={wrong}")
            self.assertIn("Invalid value for '--seconds'", said)

    def test_bench(self) -> None:
        """Nor do the benchmarks, which have no longest time."""
        for part in ("calls", "durable", "wire"):
            for wrong in ("nan", "inf"):
                said = self.refused("bench", part, "--seconds", wrong)
                self.assertIn("expected a finite number of seconds", said)

    def test_fit(self) -> None:
        """A number in the range is given as one."""
        found = Seconds(min=0).convert("1.5", None, None)
        self.assertEqual(found, 1.5)
        self.assertRaises(click.BadParameter, Seconds().convert, "nan", None, None)
