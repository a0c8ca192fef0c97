"""What ``gameserver --help`` says, and that it is said at once."""

from __future__ import annotations

import subprocess
import sys

import click
from twisted.trial.unittest import SynchronousTestCase

from gameserver.cli import _LATE, commands

WIDE = 200

HELP = """\
import sys
from gameserver.cli import main
try:
    main()
finally:
    print(sorted({"twisted", "gameserver.bench", "sqlalchemy"} & sys.modules.keys()))
"""


class HelpTests(SynchronousTestCase):
    def test_verbs(self):
        """Each verb is there in its own words, also those that are loaded late."""
        context = click.Context(commands)
        formatter = click.HelpFormatter(width=WIDE)
        commands.format_commands(context, formatter)
        said = dict(
            line.split(maxsplit=1) for line in formatter.getvalue().splitlines()[1:]
        )
        own = {
            name: commands.get_command(context, name).get_short_help_str(WIDE)
            for name in commands.list_commands(context)
        }
        self.assertEqual(said, own)
        self.assertLessEqual({*_LATE, "run", "check"}, own.keys())

    def test_unloaded(self):
        """Nothing that takes long is loaded for it."""
        done = subprocess.check_output([sys.executable, "-c", HELP, "-h"], text=True)
        self.assertIn("Commands:", done)
        self.assertEqual(done.splitlines()[-1], "[]")
