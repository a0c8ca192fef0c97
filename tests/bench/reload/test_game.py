"""The texts that are released."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench.reload.game import stock_text, text


class TextTests(SynchronousTestCase):
    def test_versions(self) -> None:
        """Each text has the steps of all versions before it, and compiles."""
        for version in (1, 2, 5):
            found = text(version)
            compile(found, "bench_lodger.py", "exec")
            self.assertEqual(found.count("@migration"), version - 1)
            self.assertIn(f"    version = {version}\n", found)

    def test_stock(self) -> None:
        """The stock server's text says which it is, as function and as method."""
        self.assertEqual(stock_text(7).count("return 7\n"), 2)
