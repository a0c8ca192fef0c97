"""What people and programs read of ``gameserver bench durable``."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.durable.measured import Measured
from gameserver.bench.durable.plan import (
    DURABLE,
    LEVELS,
    LIVE,
    SYNCS,
    VOLATILE,
    Sizes,
    start_place,
    store_place,
)
from gameserver.bench.durable.table import about, document, tables

SIZES = Sizes()


def everything() -> Measured:
    """Give made-up figures; durable calls are 70 % of those in memory."""
    made = Measured()
    made.add(SYNCS, {"per_second": 2_000})
    for callers in SIZES.callers:
        figures = {"per_second": 1_000 * callers, "p50_ms": 1.25, "p99_ms": 2.5}
        made.add(store_place(callers), figures)
    for shape in SIZES.shapes:
        for level in LEVELS:
            rate = {DURABLE: 14_000, VOLATILE: 20_000}.get(level, 30_000)
            figures = {"calls_per_second": rate, "p50_us": 200, "p99_us": 400}
            cpu = {DURABLE: 50, VOLATILE: 40}.get(level, 30)
            spent = {"cpu_us_per_call": cpu, "load_share": 0.125}
            made.add(level.place(*shape), {**figures, **spent})
    for stored, resident in ((SIZES.few, 2**26), (SIZES.stored, 2**26 + 999_000)):
        started = {"seconds": 0.5, "resident_bytes": resident, "live": 1}
        made.add(start_place(stored), started)
    made.add(LIVE, {"resident_bytes": 2_500, "traced_bytes": 2_400})
    return made


class TablesTests(SynchronousTestCase):
    def row(self, name: str) -> list[str]:
        """Give the columns of the first row of that name."""
        rows = tables(everything(), SIZES).splitlines()
        found = next(row for row in rows if row.strip().startswith(name))
        return found.strip().removeprefix(name).split()

    def test_store(self) -> None:
        """The store's row says how many changes each sync of this disk carried."""
        self.assertEqual(self.row("disk, fdatasync"), ["2,000", "1.00", "-", "-"])
        many = self.row("store, 64 callers")
        self.assertEqual(many, ["64,000", "32.00", "1.25", "2.50"])

    def test_calls(self) -> None:
        """Each level has a column, and durable calls a share of those in memory."""
        self.assertEqual(
            self.row("calls/s"), ["14,000", "30,000", "20,000", "30,000", "70%", "47%"]
        )
        self.assertEqual(self.row("p99, us"), ["400"] * 4)
        cpu = self.row("server CPU, us/call")
        self.assertEqual(cpu, ["50.0", "30.0", "40.0", "30.0", "80%", "60%"])

    def test_start(self) -> None:
        """A start says how long, how large, and how many avatars were loaded."""
        self.assertEqual(self.row("100 stored avatars"), ["0.50", "64.0", "1"])

    def test_memory(self) -> None:
        """What a stored avatar costs is the difference of two starts, each."""
        self.assertEqual(self.row("stored, not loaded"), ["10", "0"])
        self.assertEqual(self.row("live, no client"), ["2,500", "2,400"])

    def test_nothing_measured(self) -> None:
        """A part that was not measured has no table."""
        self.assertNotIn("live, no client", tables(Measured(), SIZES))

    def test_width(self) -> None:
        """The tables fit a terminal of 88 columns."""
        widths = map(len, tables(everything(), SIZES).splitlines())
        self.assertLessEqual(max(widths), 88)


class DocumentTests(SynchronousTestCase):
    def test_plain(self) -> None:
        """The document survives JSON unchanged."""
        made = document(everything(), SIZES)
        self.assertEqual(json.loads(json.dumps(made)), made)

    def test_shares(self) -> None:
        """The share of what is not durable stands there for each shape."""
        made = document(everything(), SIZES)
        self.assertEqual(list(made["shares"]), ["1x1", "64x1", "64x8"])
        share = made["shares"]["64x8"]["in memory"]
        self.assertEqual(share, {"calls_per_second": 0.7, "cpu_us_per_call": 0.8})

    def test_about(self) -> None:
        """It says how large everything was."""
        self.assertEqual(about(SIZES)["stored"], 100_000)
