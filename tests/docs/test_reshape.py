"""The how-to on reshaping state: each command is run, in its order, on one server."""

from __future__ import annotations

from tests.docs.release_pages import PageCase


class ReshapeTests(PageCase):
    path = "docs/how-to/reshape-state.md"

    def test_page(self):
        """Every block does what the page shows, from the first to the last."""
        self.play("bob", "greet bob", "greet bob")
        self.run_block("new field")
        self.place.plugin("players", self.text_of("plugins/players.py"))
        self.run_block("dry run")
        self.run_block("check")
        self.run_block("one fails")
        self.assert_told(self.play("bob"), "Hello bob. Greetings so far: 2.")
        self.run_block("release")
        self.assert_told(self.play("bob", "greet ada"), "Hello bob. Greeted: 2.")
        self.run_block("undo")
        self.assert_told(self.play("bob"), "Hello bob. Greetings so far: 3.")
        self.assert_whole()
        self.without_a_way_back()
        self.assertEqual(self.server.stop(), 0)

    def without_a_way_back(self) -> None:
        """Without ``undo=``, an undo is refused once a player has changed."""
        text = self.page.block("plugins/players.py").text
        self.place.plugin("players", text.replace(", undo=count", ""))
        self.place.did("reload")
        self.play("bob", "greet bob")
        refused = self.place.gameserver("undo")
        self.assertEqual(refused.code, 1)
        self.assertIn("changed since", refused.err)
