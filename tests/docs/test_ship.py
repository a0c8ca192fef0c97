"""The how-to on shipping a change: each command is run, in its order, on one server."""

from __future__ import annotations

from tests.docs.release_pages import PageCase


class ShipTests(PageCase):
    path = "docs/how-to/ship-a-change.md"

    def test_page(self):
        """Every block does what the page shows, from the first to the last."""
        self.run_block("check")
        self.assert_told(self.play("ada", "greet ada"), "ada greets you.")
        self.run_block("reload")
        self.assert_told(self.play("ada", "greet ada"), "ada waves at you.")
        self.run_block("typo")
        self.append("a check")
        file = self.place.folder / "plugins" / "players.py"
        self.run_block("checked")
        self.run_block("policy")
        self.assert_told(self.play("ada", "greet ada"), "ada bows to you.")
        self.run_block("history")
        self.run_block("permanent")
        self.assertEqual(self.server.stop(), 0)
        self.settle("gameserver.toml")
        self.started()
        file.write_text(file.read_text().replace("bows to you", "hugs you"))
        while "committed" not in self.place.did("releases", "--limit", "1"):
            pass
        self.assert_told(self.play("ada", "greet ada"), "ada hugs you.")
        self.assert_whole()
        self.assertEqual(self.server.stop(), 0)
