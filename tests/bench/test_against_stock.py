"""Real measurements, short, against the stock server as a process."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import cases, subjects, workloads
from gameserver.bench.command import bench
from gameserver.bench.connection import Connection
from gameserver.bench.figures import Sample
from gameserver.bench.loaded import Loaded
from gameserver.bench.run import SPELL, compare
from gameserver.errors import MeasurementFailed

SHORT = 0.05  # seconds


class StockTests(SynchronousTestCase):
    def setUp(self) -> None:
        running = subjects.stock()
        self.target = running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)

    def test_calls(self) -> None:
        """Calls over several connections are counted, timed and paid for."""
        sample = cases.calls_case(workloads.MOVE, 3, 4).measure(self.target, SHORT)
        self.assertGreater(sample.figures["calls_per_second"], 0)
        self.assertGreater(sample.figures["cpu_us_per_call"], 0)
        p50, p99 = sample.figures["p50_us"], sample.figures["p99_us"]
        self.assertTrue(0 < p50 <= p99, (p50, p99))

    def test_sums(self) -> None:
        """What several spells measured is summed up, until it is forgotten."""
        case = cases.calls_case(workloads.MOVE, 2, 4)
        with case.loaded(self.target) as loaded:
            loaded.run(SHORT)
            first = loaded.answered, loaded.wall, loaded.cpu, loaded._own_cpu
            loaded.run(SHORT / 10)
            last = sum(caller.answered for caller in loaded._callers)
            self.assertEqual(loaded.answered, first[0] + last)
            self.assertEqual(sum(one.calls for one in loaded.delays), loaded.answered)
            both = loaded.answered, loaded.wall, loaded.cpu, loaded._own_cpu
            for before, after in zip(first, both, strict=True):
                self.assertGreater(after, before)
            loaded.forget()
            self.assertEqual((loaded.answered, loaded.wall, loaded.cpu), (0, 0, 0))
            self.assertEqual((loaded.delays, loaded._own_cpu), ([], 0))

    def test_notified_sums(self) -> None:
        """So are messages."""
        with cases.notify_case(3).loaded(self.target) as loaded:
            loaded.run(SHORT)
            first = loaded.told
            loaded.run(SHORT / 10)
            self.assertEqual(loaded.told, first + loaded._heard())
            self.assertTrue(0 < first < loaded.told)

    def test_notifications(self) -> None:
        """Every mind hears every shout, else the measurement fails."""
        sample = cases.notify_case(5).measure(self.target, SHORT)
        self.assertGreater(sample.figures["messages_per_second"], 0)
        self.assertGreater(sample.figures["cpu_us_per_message"], 0)

    def test_push(self) -> None:
        """The answer that follows a notification takes at least the pause."""
        sample = cases.push_case().measure(self.target, SHORT)
        pause = workloads.PAUSE * 1e3
        self.assertGreaterEqual(sample.figures["p50_ms"], pause)

    def test_wrong_answer(self) -> None:
        """A server that answers anything else is found out at once."""
        wrong = dataclasses.replace(workloads.GREET, answer="Begone.")
        case = cases.calls_case(wrong, 1, 2)
        error = self.assertRaises(MeasurementFailed, case.measure, self.target, SHORT)
        self.assertIn("Well met, ada.", str(error))

    def test_error_answer(self) -> None:
        """A server that refuses the call is found out at once."""
        unknown = workloads.Workload("vanish", (), None)
        case = cases.calls_case(unknown, 1, 1)
        self.assertRaises(MeasurementFailed, case.measure, self.target, SHORT)

    def test_wrong_secret(self) -> None:
        """A refused login is an error with the server's reason."""
        stranger = dataclasses.replace(self.target, secret=b"guess")
        error = self.assertRaises(MeasurementFailed, Connection, stranger)
        self.assertIn("UnauthorizedLogin", str(error))


class Noted:
    """Stands for a loaded server, and notes what is asked of it."""

    def __init__(self, port: int, order: list[Any]) -> None:
        self.port = port
        self.order = order
        self.seconds = 0.0

    def run(self, seconds: float) -> None:
        self.order.append(self.port)
        self.seconds += seconds

    def forget(self) -> None:
        self.order.append("forget")
        self.seconds = 0.0


def noting(order: list[Any]) -> cases.Case:
    """Give a case that only notes."""

    def sample(noted: Any) -> Sample:
        return Sample({"p50_ms": noted.seconds}, 0.0)

    return cases.Case("case", lambda to: nullcontext(Noted(to.port, order)), sample)


class CompareTests(SynchronousTestCase):
    def test_by_turns(self) -> None:
        """Servers take turns in short spells, each as often the first of two."""
        order: list[Any] = []
        servers = [subjects.stock, subjects.stock]
        shown: list[str] = []
        results = compare([noting(order)], servers, 2, 4 * SPELL, shown.append)
        one, other = order[:2]
        warm_up = [one, other, "forget", "forget"]
        spells = [other, one, one, other, other, one, one, other]
        self.assertEqual(order[:12], [*warm_up, *spells])
        self.assertEqual(len(order), 24)
        self.assertEqual(shown[-1], "round 2 of 2: case, stock")
        for sample in results[0].samples["stock"]:
            self.assertAlmostEqual(sample.figures["p50_ms"], 4 * SPELL)

    def test_short(self) -> None:
        """What is shorter than a spell is one."""
        order: list[Any] = []
        compare([noting(order)], [subjects.stock], 1, SPELL / 3, str)
        self.assertEqual(len(order), 3)

    def test_failure_names_case_and_server(self) -> None:
        """What fails is named, and the servers are stopped."""

        def opening(target: object) -> Any:
            raise MeasurementFailed("no answer")

        case = cases.Case("greet 1x1", opening, Loaded.calls)
        error = self.assertRaises(
            MeasurementFailed, compare, [case], [subjects.stock], 1, SHORT, str
        )
        self.assertEqual(str(error), "greet 1x1, stock: no answer")

    def test_affinity_is_given_back(self) -> None:
        """This process may use the same cores as before."""
        before = os.sched_getaffinity(0)
        compare([], [subjects.stock], 1, SHORT, str)
        self.assertEqual(os.sched_getaffinity(0), before)


class StartTests(SynchronousTestCase):
    def test_server_that_ends(self) -> None:
        """A server that does not start is an error with the last thing it said."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        command = [sys.executable, "-c", "print('first'); print('no luck')"]
        with subjects.running(command, folder) as server:
            error = self.assertRaises(
                MeasurementFailed, subjects.first_port, folder / "port", server
            )
        self.assertEqual(str(error), "the server did not start: no luck")

    def test_verb_that_is_refused(self) -> None:
        """A refused verb is an error with its reason."""
        error = self.assertRaises(
            MeasurementFailed, subjects._verb, "account", "add", "ada", "--surprise"
        )
        self.assertIn("gameserver account add: ", str(error))
        self.assertIn("--surprise", str(error))


class CommandTests(SynchronousTestCase):
    def test_quick_json(self) -> None:
        """``bench calls --quick --json`` measures both servers in every case."""
        done = CliRunner().invoke(bench, ["calls", "--quick", "--json"])
        self.assertEqual(done.exit_code, 0, done.output)
        measured = json.loads(done.stdout)["cases"]
        calls = [f"{w} {s}" for w in ("greet", "move") for s in ("1x1", "1x32", "50x4")]
        self.assertEqual(
            [case["case"] for case in measured],
            [*calls, "notify 20 minds", "push, answer"],
        )
        ratios = [m["ratio"] for case in measured for m in case["metrics"].values()]
        self.assertTrue(all(ratio > 0 for ratio in ratios), ratios)
