"""The how-to on taking a release back: each command is run, in its order."""

from __future__ import annotations

from tests.docs.release_pages import PageCase


class TakeBackTests(PageCase):
    path = "docs/how-to/take-it-back.md"

    def test_page(self):
        """Every block does what the page shows, from the first to the last."""
        self.run_block("mistake")
        self.assert_told(self.play("ada", "greet ada"), "ada insults you.")
        self.run_block("undo")
        self.assert_told(self.play("ada", "greet ada"), "ada greets you.")
        self.run_block("mend")
        self.run_block("broken")
        seen = self.play("ada", *["greet ada"] * 7)
        self.assert_told(seen, "internal error")
        self.run_block("by itself")
        self.run_block("two")
        self.run_block("again")
        seen = self.play("ada", "greet ada")
        self.assert_told(seen, "Hello ada.")
        self.assert_told(seen, "ada nods to you.")
        self.run_block("permanent")
        self.assertEqual(self.server.stop(), 0)
        self.started()
        self.assert_told(self.play("ada"), "Welcome ada.")
        self.run_block("after a restart")
        self.assert_told(self.play("ada", "greet ada"), "ada insults you.")
        self.assert_whole()
        self.assertEqual(self.server.stop(), 0)
