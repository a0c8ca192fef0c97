"""What people and programs read."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.figures import OURS, STOCK, Result, Sample
from gameserver.bench.report import about, document, table

RUN = {
    "gameserver": "0.1.0",
    "twisted": "26.10.0",
    "python": "3.11.7",
    "machine": "Linux x86_64",
    "cores": 2,
    "pinned": True,
    "rounds": 2,
    "seconds": 1.0,
    "codec": "compiled",
}


def results(*subjects: str) -> list[Result]:
    made = Result("greet 1x32")
    for factor, name in enumerate(subjects, start=1):
        for rate in (30_000.0, 32_000.0):
            figures = {"calls_per_second": rate * factor, "cpu_us_per_call": 28.04}
            made.add(name, Sample(figures, 0.125))
    return [made]


class TableTests(SynchronousTestCase):
    def test_rows(self) -> None:
        """Each figure has a row: name, stock, ours, ratio."""
        lines = table(results(STOCK, OURS), RUN).splitlines()
        start = lines.index(next(line for line in lines if "ratio" in line))
        head = ["codec:", "compiled", "stock", "ours", "ratio"]
        self.assertEqual(lines[start].split(), head)
        self.assertTrue(lines[start + 1].startswith("greet 1x32"))
        rate, cpu = lines[start + 2 : start + 4]
        self.assertEqual(rate.split(), ["calls/s", "31,000", "62,000", "2.00"])
        self.assertEqual(cpu.split()[-3:], ["28.0", "28.0", "1.00"])

    def test_load_share(self) -> None:
        """The reader sees how busy the load generator was."""
        self.assertIn("(load 12%, 12%)", table(results(STOCK, OURS), RUN))

    def test_one_server_alone(self) -> None:
        """What was not measured is a dash."""
        self.assertIn("31,000           -       -", table(results(STOCK), RUN))

    def test_headline(self) -> None:
        """Versions, cores, pinning, rounds and seconds stand above the table."""
        text = table(results(STOCK), RUN)
        self.assertIn("Twisted 26.10.0, Python 3.11.7, Linux x86_64", text)
        self.assertIn("2 cores, one core each for server and load", text)
        self.assertIn("median of 2 rounds of 1 s each", text)

    def test_how_to_read(self) -> None:
        """The table says that wall-clock figures wander and ratios count."""
        self.assertIn("wander", table(results(STOCK), RUN))

    def test_width(self) -> None:
        """The table fits a terminal of 88 columns."""
        text = table(results(STOCK, OURS), RUN)
        self.assertLessEqual(max(map(len, text.splitlines())), 88)


class DocumentTests(SynchronousTestCase):
    def test_plain(self) -> None:
        """The document survives JSON unchanged."""
        made = document(results(STOCK, OURS), RUN)
        self.assertEqual(json.loads(json.dumps(made)), made)

    def test_every_round(self) -> None:
        """Medians, the ratio, and each round's figure are there for programs."""
        [case] = document(results(STOCK, OURS), RUN)["cases"]
        self.assertEqual(
            case["metrics"]["calls_per_second"],
            {
                "stock": 31_000,
                "ours": 62_000,
                "ratio": 2.0,
                "rounds": {"stock": [30_000, 32_000], "ours": [60_000, 64_000]},
            },
        )

    def test_about(self) -> None:
        """What is told of the run is what the table needs, but for the codec."""
        self.assertEqual({*about(2, 1.0), "codec"}, set(RUN))
