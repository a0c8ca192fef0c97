"""The verb, and what it measures."""

from __future__ import annotations

import json
import resource

from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import codec
from gameserver.bench.command import bench
from gameserver.bench.figures import STOCK
from gameserver.bench.process import allow_files
from gameserver.bench.wire.measured import Sizes, measure
from gameserver.bench.wire.subjects import whole, wire
from gameserver.errors import MeasurementFailed


class CommandTests(SynchronousTestCase):
    def test_quick_json(self) -> None:
        """``--quick --only codec --json`` measures the codec alone."""
        asked = ["wire", "--quick", "--seconds", "0.05", "--only", "codec", "--json"]
        done = CliRunner().invoke(bench, asked)
        self.assertEqual(done.exit_code, 0, done.output)
        made = json.loads(done.stdout)
        self.assertEqual(made["codecs"], list(codec.present()))
        self.assertEqual(made["about"]["seconds"], 0.05)
        cases = {wanted["case"] for wanted in made["wanted"]}
        self.assertEqual(cases, {"read calls, 64 kB at once"})
        self.assertEqual((made["parts"], made["peers"]), ({}, []))

    def test_no_peers(self) -> None:
        """``--no-peers`` leaves the peers out, whatever else is chosen."""
        asked = ["wire", "--quick", "--only", "peers", "--no-peers"]
        done = CliRunner().invoke(bench, asked)
        self.assertEqual(done.exit_code, 0, done.output)
        self.assertNotIn("RPyC", done.stdout)


class MeasureTests(SynchronousTestCase):
    def test_calls(self) -> None:
        """Stock, our broker and the whole server are measured in every case."""
        sizes = Sizes(rounds=1, seconds=0.05, minds=5, logins=5, shapes=((2, 3),))
        measured = measure(["calls"], sizes, str)
        cases = ["greet 2x3", "move 2x3", "notify 5 minds"]
        self.assertEqual([one.case for one in measured.calls], cases)
        ours = [name(codec) for name in (wire, whole) for codec in measured.codecs]
        for one in measured.calls:
            self.assertEqual(list(one.samples), [STOCK, *ours])


class FilesTests(SynchronousTestCase):
    def setUp(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.hard = before[1]

    def test_raised(self) -> None:
        """As many files may be open as are needed, and no fewer than before."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, self.hard))
        allow_files(300)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_NOFILE), (300, self.hard))
        allow_files(100)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_NOFILE), (300, self.hard))

    def test_not_allowed(self) -> None:
        """More than the system allows is an error that says how many are needed."""
        if self.hard == resource.RLIM_INFINITY:
            self.hard = 1 << 20
        error = self.assertRaises(MeasurementFailed, allow_files, self.hard + 1)
        self.assertIn(f"{self.hard + 1} open files are needed", str(error))
