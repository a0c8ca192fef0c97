"""``check``, ``reload``, ``undo``, ``releases``: a running game changed by commands."""

from __future__ import annotations

import json

from tests.end_to_end.processes import COUNTING, RUN, Done, Place
from tests.end_to_end.stock import ClientCase

GAME = "plugins.game"
TWICE = COUNTING.replace("self.count += number", "self.count += 2 * number")
WRONG = COUNTING.replace("self.count += number", "self.count += (number")


class ReleaseCommandTests(ClientCase):
    """One server for each test, and a player who stays connected."""

    async def setUp(self):
        self.place = Place(self.addCleanup)
        self.place.people()
        self.server = self.place.start(*RUN)
        self.ada = await self.join(self.place, "ada")
        self.assertEqual(await self.ada.call("add", 1), 1)

    def refused(self, done: Done) -> str:
        """Give the one line that a refused verb ends with."""
        self.assertEqual((done.code, done.err.count("\n")), (1, 1), done.all)
        return done.err

    async def test_there_and_back(self):
        """A change is checked, released under a player, undone, and is in history."""
        self.place.plugin("game", TWICE)
        plan = self.place.did("check")
        self.assertIn("+        self.count += 2 * number", plan)
        self.assertEqual(await self.ada.call("add", 1), 2)
        said = self.place.did("reload", GAME).split("\n")
        self.assertEqual(said[0], "release 1 is committed")
        self.assertRegex(said[1], r"^  by uid:\d+ \(\w+\) from local at 2")
        self.assertIn(f"  changed {GAME}", said)
        self.assertRegex("\n".join(said), r"\n  pause \d+\.\d ms\n")
        self.assertEqual(await self.ada.call("add", 1), 4)
        self.assertIn("release 1 is undone by uid:", self.place.did("undo"))
        self.assertIn("undone (plugins.game): by uid:", self.server.log)
        self.assertEqual(await self.ada.call("add", 1), 5)
        header, row = self.place.did("releases").split("\n")
        self.assertEqual(header.split()[0], "number")
        self.assertIn("undone", row)
        shown = self.place.did("releases", "show", "1")
        self.assertIn("+        self.count += 2 * number", shown)
        self.assertIn("release 2 is committed", self.place.did("release", "1"))
        self.assertEqual(await self.ada.call("add", 1), 7)
        self.assertIn("release 2 is permanent", self.place.did("permanent"))
        self.assertIn("not-released", self.refused(self.place.gameserver("undo")))

    async def test_typo(self):
        """A typo is refused with file and line, and the game goes on."""
        self.place.plugin("game", WRONG)
        done = self.place.gameserver("check")
        self.assertRegex(self.refused(done), r"would be refused: .*game\.py:\d+")
        self.assertIn("REFUSED", done.out)
        line = self.refused(self.place.gameserver("reload"))
        self.assertRegex(line, r"^gameserver: not-released: .*game\.py:\d+")
        self.assertEqual(await self.ada.call("add", 1), 2)

    async def test_said_once(self):
        """Plan and error each have the reason once, and so has the log."""
        self.place.plugin("game", WRONG)
        done = self.place.gameserver("check")
        why = "SyntaxError: '(' was never closed"
        self.assertEqual((done.out.count(why), done.err.count(why)), (1, 1), done.all)
        self.refused(self.place.gameserver("reload"))
        self.assertEqual(self.server.log.count(why), 1, self.server.log)
        self.assertIn("#warn] release 1 of uid:", self.server.log)
        self.assertIn(f"refused ({GAME}): ", self.server.log)

    async def test_no_such_module(self):
        """A misspelt name is refused with the nearest one, and leaves no row."""
        for verb in ("check", "reload"):
            line = self.refused(self.place.gameserver(verb, "plugins.gmae"))
            self.assertIn("not-found: there is no module 'plugins.gmae'", line)
            self.assertIn("did you mean plugins.game?", line)
        line = self.refused(self.place.gameserver("reload", "sword"))
        self.assertIn("there are: plugins.game", line)
        self.assertEqual(json.loads(self.place.did("releases", "--json")), [])

    async def test_json(self):
        """Programs get JSON, of one release and of all."""
        self.place.plugin("game", TWICE)
        self.assertIn("modules", json.loads(self.place.did("check", "--json")))
        row = json.loads(self.place.did("reload", "--json"))
        self.assertEqual((row["number"], row["outcome"]), (1, "committed"))
        (listed,) = json.loads(self.place.did("releases", "--json"))
        self.assertEqual(listed["number"], 1)
        whole = json.loads(self.place.did("releases", "show", "1", "--json"))
        self.assertEqual(whole["modules"][0]["text"], TWICE)
        found = json.loads(self.place.did("who", "--versions", "--json"))
        kinds = {(one["kind"], one["owner"]) for one in found["rows"]}
        self.assertEqual(kinds, {("avatar", "ada"), ("service", "book")})

    async def test_usage(self):
        """An option before ``show`` would be lost, so it is refused."""
        done = self.place.gameserver("releases", "--limit", "3", "show", "1")
        self.assertEqual(done.code, 2)
        self.assertIn("put the options after show", done.err)
