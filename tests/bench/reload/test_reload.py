"""Real measurements, tiny, with real servers."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.command import bench
from gameserver.bench.reload.plan import QUIET, REBUILD, RELEASE, RESTART

SMALL = ["--live", "30", "--clients", "3", "--releases", "2", "--restarts", "1"]


class CommandTests(SynchronousTestCase):
    def test_json(self) -> None:
        """One run measures releases, restart and rebuilds, and leaves nothing behind.

        It fails by itself unless new code runs and all avatars are stored as migrated.
        """
        folder = self.enterContext(tempfile.TemporaryDirectory())
        command = ["reload", "--directory", folder, *SMALL, "--json"]
        done = CliRunner().invoke(bench, command)
        self.assertEqual(done.exit_code, 0, done.output)
        self.assertEqual(list(Path(folder).iterdir()), [])
        figures = json.loads(done.stdout)["figures"]
        self.assertEqual(set(figures), {QUIET, RELEASE, RESTART, REBUILD})
        released = {key: one["rounds"] for key, one in figures[RELEASE].items()}
        self.assertEqual(len(released["pause_ms"]), 2)
        for key in ("pause_ms", "slices", "answered", "all_s", "controls"):
            self.assertGreater(min(released[key]), 0, key)
        self.assertEqual(released["controls"], released["slices"])
        self.assertEqual(figures[REBUILD]["instances_new"]["rounds"], [30, 30])
        self.assertEqual(figures[REBUILD]["held_new"]["rounds"], [0, 0])
        restart = figures[RESTART]
        self.assertGreater(restart["all_ms"]["median"], restart["stop_ms"]["median"])
