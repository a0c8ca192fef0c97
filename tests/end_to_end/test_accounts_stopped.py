"""``gameserver account`` while the server is stopped, as clients feel it later."""

from __future__ import annotations

import json
import os

from tests.end_to_end.account_case import FIRST, SECOND, AccountCase
from tests.end_to_end.processes import RUN, Place


class StoppedTests(AccountCase):
    """The server was stopped for all the verbs, and is started after them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        for name in ("carol", "gina"):
            case.account("add", name, password=FIRST)
        case.account("passwd", "gina", password=SECOND)
        case.account("add", "hugo", "--no-password", "--role", "builder")
        cls.old_token = case.account("token", "hugo")
        cls.token = case.account("token", "hugo")
        case.account("token", "bea", "--revoke")
        case.account("role", "hugo", "admin")
        case.account("remove", "bob", "--yes")
        cls.place.start(*RUN)

    def runTest(self):
        """Let ``setUpClass`` make one for its verbs."""

    async def test_add(self):
        """A new account logs in with its password."""
        await self.assert_password("carol", FIRST)

    async def test_passwd(self):
        """A new password replaces the old one."""
        await self.assert_no_password("gina", FIRST)
        await self.assert_password("gina", SECOND)

    async def test_token(self):
        """A new app token replaces the old one; a revoked one is refused."""
        await self.assert_no_token("hugo", self.old_token)
        await self.assert_token("hugo", self.token)
        await self.assert_no_token("bea", self.place.tokens["bea"])

    def test_first(self):
        """The first account makes the data directory, says so, and no other does."""
        add = ("account", "add", "--no-password", "--data", "new")
        place = Place(self.addCleanup)
        first = "made the data directory new\nmade the account ada (player)"
        self.assertEqual(place.did(*add, "ada"), first)
        self.assertEqual(place.did(*add, "bob"), "made the account bob (player)")

    def test_role(self):
        """The role is the last one given."""
        self.assertEqual(self.listed("hugo")["role"], "admin")

    async def test_remove(self):
        """A removed account is refused."""
        await self.assert_no_token("bob", self.place.tokens["bob"])

    def test_audit(self):
        """What was done offline is in the trail, with who did it."""
        entries = json.loads(self.place.did("audit", "--json", "--limit", "500"))
        mine = f"uid:{os.getuid()} "
        offline = [one for one in entries if one["origin"] == "offline"]
        self.assertTrue(all(one["who"].startswith(mine) for one in offline))
        done = {(one["verb"], one["target"], one["outcome"]) for one in offline}
        self.assertIn(("account_passwd", "gina", "done"), done)
        self.assertIn(("account_remove", "bob", "done"), done)
