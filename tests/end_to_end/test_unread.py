"""Files that nobody reads, for their modules are served from the database."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from tests.end_to_end.processes import COUNTING, RUN, Place

MODULE = "plugins.game"
EDITED = COUNTING.replace("how far they came", "how far they got")


class UnreadTests(SynchronousTestCase):
    """Whoever edits such a file is told, wherever he looks."""

    def setUp(self):
        self.place = Place(self.addCleanup)
        self.place.people()
        self.file = str(self.place.folder / "plugins/game.py")
        self.place.did("code", "put", MODULE, self.file)
        self.says = f"{self.file} is not read, the module is served from the database"

    def test_told(self):
        """``check`` and ``reload`` name the file, its revision, and both next steps."""
        self.place.start(*RUN)
        self.assertNotIn("UNREAD", self.place.did("check"))
        self.place.plugin("game", EDITED)
        shown = self.place.did("check")
        self.assertIn(f"UNREAD   {MODULE}: {self.says}, revision 1", shown)
        (line,) = json.loads(self.place.did("check", "--json"))["unread"]
        put = f"gameserver code put {MODULE}"
        self.assertIn(f"`{put} {self.file} --base 1` puts the file there", line)
        self.assertIn(f"`{put} --remove --base 1` serves it", line)
        done = self.place.gameserver("reload")
        self.assertEqual(done.code, 1)
        self.assertIn(self.says, done.err)
        self.assertIn(self.says, self.place.gameserver("reload", MODULE).err)

    def test_beside_another(self):
        """A release of something else says so, too."""
        self.place.start(*RUN)
        self.place.plugin("game", EDITED)
        self.place.plugin("more", "A = 1\n")
        done = self.place.did("reload")
        self.assertIn("release 1 is committed", done)
        self.assertIn(self.says, done)
        self.place.plugin("more", "A = 2\n")
        self.assertNotIn("is not read", self.place.did("reload", "plugins.more"))

    def test_put(self):
        """The step that it names makes an end of it."""
        self.place.start(*RUN)
        self.place.plugin("game", EDITED)
        self.place.did("code", "put", MODULE, self.file, "--base", "1")
        self.assertNotIn("UNREAD", self.place.did("check"))

    def test_watched(self):
        """The watcher says so at the save."""
        server = self.place.start(*RUN, "--watch", "release")
        self.place.plugin("game", EDITED)
        server.logged(f"saved, but {MODULE}: {self.says}")
