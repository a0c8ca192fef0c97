"""What people and programs read of ``gameserver bench wire``."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.codec import COMPILED, PURE
from gameserver.bench.figures import STOCK, Result, Sample
from gameserver.bench.wire import beside, goals, ladder
from gameserver.bench.wire.measured import Measured
from gameserver.bench.wire.reading import FULL, reading
from gameserver.bench.wire.subjects import whole, wire
from gameserver.bench.wire.table import document, tables

RUN = {
    "gameserver": "0.1.0",
    "twisted": "26.10.0",
    "python": "3.11.7",
    "machine": "Linux x86_64",
    "cores": 2,
    "pinned": True,
    "rounds": 3,
    "seconds": 1.0,
}


def result(case: str, metric: str, of: dict[str, list[float]]) -> Result:
    made = Result(case)
    for name, values in of.items():
        for value in values:
            made.add(name, Sample({metric: value}, 0.125))
    return made


def beside_stock(case: str, metric: str, *figures: float) -> Result:
    """Give a result of stock, and of the two servers of each codec."""
    servers = [STOCK, wire(PURE), whole(PURE), wire(COMPILED), whole(COMPILED)]
    values = [[figure] for figure in figures]
    return result(case, metric, dict(zip(servers, values, strict=False)))


def everything() -> Measured:
    """Give made-up figures."""
    rates = beside_stock("greet 50x64", "calls_per_second", 30e3, 240e3, 150e3)
    delays = beside_stock("greet 1x1", "p50_us", 100, 60, 70)
    memory = beside_stock("1000 logins with a mind", "bytes_per_login", 7e3, 6e3, 5e3)
    alone = result(reading(FULL), "us_per_value", {STOCK: [30], wire(PURE): [4]})
    rungs = {STOCK: [80, 90], ladder.UNLIMITED: [8, 20], ladder.LIMITED: [9, 22]}
    steps = [result(f"greet {c}x{w}", ladder.CPU, rungs) for c, w in ladder.SHAPES]
    peers = result("greet 1x1", "p50_us", {"RPyC": [134]})
    for sample in peers.samples["RPyC"]:
        sample.figures.update({"calls_per_second": 4_236, "cpu_us_per_call": 70.4})
    for samples in delays.samples.values():
        for sample in samples:
            sample.figures.update({"calls_per_second": 9_000, "cpu_us_per_call": 88.0})
    made = Measured((PURE,), [rates, delays], [memory], {PURE: [alone]})
    made.parts, made.peers = {PURE: steps}, [peers]
    return made


class TablesTests(SynchronousTestCase):
    def rows(self, start: str) -> list[list[str]]:
        """Give the columns of all rows of that name."""
        rows = map(str.strip, tables(everything(), RUN).splitlines())
        return [
            row.removeprefix(start).split() for row in rows if row.startswith(start)
        ]

    def test_rates(self) -> None:
        """A rate stands beside stock's, with what is wanted and whether it holds."""
        [row] = self.rows("calls/s ")
        figures = ["30,000", "240,000", "8.0x", "150,000", "5.0x"]
        self.assertEqual(row, [*figures, ">=", "5x", "yes"])

    def test_shares(self) -> None:
        """What is wanted as a share of stock's is shown as one."""
        [row] = self.rows("p50, us ")
        wanted = ["<=", "0.65", "NO"]
        self.assertEqual(row, ["100", "60", "0.60", "70", "0.70", *wanted])
        [row] = self.rows("memory, bytes/login")
        self.assertEqual(row[-4:], ["0.71", "<=", "0.8", "yes"])

    def test_codec_alone(self) -> None:
        """The codec alone is no server, so our broker's column is judged."""
        [row] = self.rows("us ")
        wanted = [">=", "8x", "NO"]
        self.assertEqual(row, ["30.00", "4.00", "7.5x", "-", "-", *wanted])

    def test_parts(self) -> None:
        """A part costs what the fastest round with it takes more than without."""
        [row] = self.rows(ladder.LIMITED)
        self.assertEqual(row, ["9.0", "+1.0"])
        [row] = self.rows(ladder.UNLIMITED)
        self.assertEqual(row, ["8.0"])

    def test_peers(self) -> None:
        """Peers stand below stock PB and ours, case by case."""
        lines = tables(everything(), RUN).splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("peers"))
        self.assertEqual(lines[at + 1], "greet 1x1")
        names = [line.split("  ")[1] for line in lines[at + 2 : at + 6]]
        self.assertEqual(names, [STOCK, wire(PURE), whole(PURE), "RPyC"])
        self.assertEqual(lines[at + 5].split(), ["RPyC", "4,236", "134", "70.4"])

    def test_absent_peers(self) -> None:
        """A peer that is not installed is named, with how to install it."""
        absent = beside.Peer("Carrier pigeon", "pigeon", "no-such-package")
        self.patch(beside, "PEERS", (*beside.PEERS, absent))
        self.assertIn(
            f"Carrier pigeon: not installed; {beside.INSTALL}",
            tables(everything(), RUN).splitlines(),
        )

    def test_width(self) -> None:
        """The tables fit a terminal of 88 columns."""
        lines = tables(everything(), RUN).splitlines()
        self.assertLessEqual(max(map(len, lines)), 88)

    def test_only_one_part(self) -> None:
        """What was left out has no table."""
        made = Measured((PURE,), peers=everything().peers)
        self.assertNotIn("wanted", tables(made, RUN))
        self.assertIn("RPyC", tables(made, RUN))


class DocumentTests(SynchronousTestCase):
    def test_plain(self) -> None:
        """The document survives JSON unchanged."""
        made = document(everything(), RUN)
        self.assertEqual(json.loads(json.dumps(made)), made)

    def test_every_round(self) -> None:
        """Each round's figure is there for programs."""
        [case, *_] = document(everything(), RUN)["cases"]
        self.assertEqual(case["rounds"][STOCK], [{"calls_per_second": 30_000}])

    def test_wanted(self) -> None:
        """What is wanted is told with the ratio and whether it holds."""
        wanted = document(everything(), RUN)["wanted"]
        self.assertEqual([one["holds"] for one in wanted], [True, False, True, False])
        self.assertEqual([one["of"] for one in wanted][-1], wire(PURE))


class GoalTests(SynchronousTestCase):
    def test_compiled(self) -> None:
        """The compiled codec is judged by its own goals, and its own servers."""
        rates = beside_stock("move 50x64", "calls_per_second", 1, 7, 7, 80, 39)
        [metric] = rates.metrics()
        found = goals.verdict(COMPILED, rates, metric)
        assert found is not None
        self.assertEqual((found.subject, found.ratio), (whole(COMPILED), 39))
        self.assertFalse(found.holds)
        pure = goals.verdict(PURE, rates, metric)
        self.assertTrue(pure is not None and pure.holds)

    def test_edge(self) -> None:
        """A goal that is just reached holds."""
        self.assertTrue(goals.Goal(5).holds(5.0))
        self.assertTrue(goals.Goal(0.5, is_share=True).holds(2.0))
        self.assertFalse(goals.Goal(0.5, is_share=True).holds(1.9))

    def test_stock_left_out(self) -> None:
        """Nothing is judged without stock PB beside it."""
        rates = result("greet 50x64", "calls_per_second", {whole(PURE): [1]})
        [metric] = rates.metrics()
        self.assertIsNone(goals.verdict(PURE, rates, metric))
