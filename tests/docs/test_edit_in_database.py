"""The how-to on code in the database: each command is run, in its order."""

from __future__ import annotations

import shutil

from tests.docs.release_pages import PageCase


class EditTests(PageCase):
    path = "docs/how-to/edit-in-the-database.md"

    def test_page(self):
        """Every block does what the page shows, from the first to the last."""
        self.run_block("put")
        self.assert_told(self.play("ada", "greet ada"), "ada greets you.")
        self.run_block("release")
        self.assert_told(self.play("ada", "greet ada"), "ada waves at you.")
        for name in ("list", "get", "stale", "log", "remove"):
            self.run_block(name)
        self.assert_told(self.play("ada", "greet ada"), "ada greets you.")
        self.refuse_names()
        self.run_block("stopped")
        self.assertEqual(self.server.ended(), 0)
        self.assert_whole()
        self.start_without_folder()

    def refuse_names(self) -> None:
        """Try what is no module of the game, and what is no Python."""
        refused = self.place.gameserver("code", "put", "json", "mine.py")
        self.assertEqual(refused.code, 1)
        self.assertIn("expected a module's full name: plugins.sword", refused.err)
        (self.place.folder / "typo.py").write_text("x = (")
        refused = self.place.gameserver("code", "put", "plugins.typo", "typo.py")
        self.assertIn("typo.py:1: SyntaxError", refused.err)

    def start_without_folder(self) -> None:
        """Start with the database alone: the folder need not be there."""
        self.place.did("code", "revert", "plugins.players", "2")
        shutil.rmtree(self.place.folder / "plugins")
        self.started()
        self.assert_told(self.play("ada", "greet ada"), "ada bows to you.")
