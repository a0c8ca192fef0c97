"""Real measurements, tiny, with real servers and databases."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.cases import calls_of
from gameserver.bench.command import bench
from gameserver.bench.connection import Connection
from gameserver.bench.durable import disk
from gameserver.bench.durable.plan import DURABLE, LEVELS, PLAIN, SYNCS
from gameserver.bench.durable.rates import _storing
from gameserver.bench.durable.server import MEMORY, SQL, Site
from gameserver.errors import MeasurementFailed

SHORT = 0.05  # seconds


class DiskTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_rates(self) -> None:
        """Syncs and commits of single rows are counted; nothing is left behind."""
        self.assertGreater(disk.syncs(self.folder, SHORT), 0)
        self.assertGreater(disk.row_commits(self.folder, SHORT), 0)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_payload_varies(self) -> None:
        """No two states are equal: SQLite would write nothing."""
        self.assertEqual(len({disk.state(number) for number in range(100)}), 100)

    def test_store(self) -> None:
        """The store alone has a rate and delays, and its database is removed."""
        figures = _storing(self.folder, SHORT, 3)
        self.assertEqual(set(figures), {"per_second", "p50_ms", "p99_ms"})
        self.assertTrue(0 < figures["p50_ms"] <= figures["p99_ms"], figures)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_store_that_fails(self) -> None:
        """A process that gives no figures is an error with the last thing it said."""
        error = self.assertRaises(MeasurementFailed, _storing, self.folder, SHORT, 0)
        self.assertIn("no calls, so no percentile", str(error))


class ServerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_durable(self) -> None:
        """What was answered is there after a restart: the call is what it says."""
        site = Site.made(self.folder / "site", 2)
        with site.served(SQL) as served:
            calls_of(served.targets, SHORT, DURABLE.load, 2)
            with Connection(served.targets[0]) as connection:
                gold = connection.ask("earned")
        self.assertGreater(gold, 0)
        with site.served(SQL) as served, Connection(served.targets[0]) as connection:
            self.assertEqual(connection.ask("earned"), gold)

    def test_in_memory(self) -> None:
        """The other server forgets: it has no durability to pay for."""
        site = Site.made(self.folder / "site", 1)
        for _ in range(2):
            with site.served(MEMORY) as served:
                with Connection(served.targets[0]) as connection:
                    self.assertEqual(connection.ask("earned"), 0)
                calls_of(served.targets, SHORT, DURABLE.load, 2)

    def test_living(self) -> None:
        """A start loads no avatar but those asked for."""
        site = Site.made(self.folder / "site", 1, 20)
        with site.served() as served, Connection(served.targets[0]) as connection:
            self.assertEqual(connection.ask("living"), 1)
            self.assertEqual(connection.ask("awaken", 5, 15), 10)
            self.assertEqual(connection.ask("living"), 11)

    def test_unknown(self) -> None:
        """An avatar that is not there does not come to life."""
        site = Site.made(self.folder / "site", 1, 3)
        with site.served() as served, Connection(served.targets[0]) as connection:
            self.assertEqual(connection.ask("awaken", 2, 5), 1)

    def test_wrong_level(self) -> None:
        """A server that does not know the call is found out."""
        site = Site.made(self.folder / "site", 1)
        (plugin,) = (site.folder / "plugins").iterdir()
        plugin.write_text(plugin.read_text().replace("perspective_earn(", "gone("))
        with site.served() as served:
            self.assertRaises(
                MeasurementFailed, calls_of, served.targets, SHORT, DURABLE.load, 1
            )


class CommandTests(SynchronousTestCase):
    def measured(self, *arguments: str) -> str:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        small = ["--quick", "--directory", folder, "--clients", "3", "--in-flight", "2"]
        avatars = ["--stored", "150", "--live", "20"]
        command = ["durable", *small, "--seconds", str(SHORT), *avatars, *arguments]
        done = CliRunner().invoke(bench, command)
        self.assertEqual(done.exit_code, 0, done.output)
        self.assertEqual(list(Path(folder).iterdir()), [])
        return done.stdout

    def test_json(self) -> None:
        """One run measures everything: disk, store, calls, memory and starts."""
        document = json.loads(self.measured("--json"))
        shapes = ["1x1", "3x1", "3x2"]
        expected = {SYNCS, PLAIN, "store, 1 caller", "store, 3 callers"}
        expected |= {f"{level.name}, {shape}" for level in LEVELS for shape in shapes}
        expected |= {"start, 100 stored avatars", "start, 150 stored avatars"}
        self.assertEqual(set(document["figures"]), {*expected, "live avatars"})
        self.assertEqual(list(document["shares"]), shapes)

    def test_table(self) -> None:
        """The table has figures for the part that was asked for."""
        shown = self.measured("--only", "store")
        rows = (row for row in shown.splitlines() if "store, 3 callers" in row)
        rate = next(rows).split()[-4]
        self.assertGreater(float(rate.replace(",", "")), 0)
        self.assertNotIn("calls through PB", shown)
