"""``gameserver account`` while the server runs, as clients feel it."""

from __future__ import annotations

from tests.end_to_end.account_case import FIRST, SECOND, AccountCase
from tests.end_to_end.processes import RUN, Place
from tests.end_to_end.stock import ClientCase


class RunningTests(AccountCase):
    """The server runs; every change holds at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.place.start(*RUN, "--log-level", "debug")

    async def test_add(self):
        """A new account logs in with its password, over TLS."""
        said = self.account("add", "Carol", password=FIRST)
        self.assertEqual(said, "made the account Carol (player)")
        await self.assert_password("Carol", FIRST)
        await self.assert_password("carol", FIRST)
        await self.assert_no_password("carol", SECOND)

    async def test_plaintext(self):
        """A password is not taken over plain TCP, right or wrong."""
        await self.newcomer("dora", FIRST)
        for password in (FIRST, SECOND):
            client = await self.connect(self.place, "tcp")
            code, _ = await self.refusal(client.login_password("dora", password))
            self.assertEqual(code, "tls-required")

    async def test_only_a_token(self):
        """An account without a password logs in by app token only."""
        self.account("add", "emil", "--no-password")
        await self.assert_no_password("emil", "")
        await self.assert_no_token("emil", "")
        await self.assert_token("emil", self.account("token", "emil"))

    async def test_no_password_for_the_token_login(self):
        """A password is no answer to stock PB's challenge."""
        await self.newcomer("fred", FIRST)
        await self.assert_no_token("fred", FIRST)

    async def test_passwd(self):
        """A new password replaces the old one."""
        await self.newcomer("gina", FIRST)
        self.account("passwd", "gina", password=SECOND)
        await self.assert_no_password("gina", FIRST)
        await self.assert_password("gina", SECOND)

    async def test_token(self):
        """A new app token replaces the old one; revoking it closes that way."""
        first, second = await self.newcomer("hugo"), self.account("token", "hugo")
        await self.assert_no_token("hugo", first)
        await self.assert_token("hugo", second)
        self.account("token", "hugo", "--revoke")
        await self.assert_no_token("hugo", second)

    async def test_token_of_another(self):
        """A token is good for its own account only."""
        await self.assert_no_token("bob", self.place.tokens["ada"])

    async def test_list(self):
        """The list has role and ways of login of each account, and no secret."""
        await self.newcomer("jana", FIRST)
        self.assertEqual(self.account("role", "jana", "builder"), "jana is builder now")
        one = self.listed("jana")
        created = one.pop("created")
        expected = {"name": "jana", "role": "builder", "password": True, "token": True}
        self.assertEqual(one, expected)
        self.assertGreater(created, 1.7e9)
        header, *rows = self.place.did("account", "list").split("\n")
        self.assertEqual(header.split(), [*expected, "created"])
        row = next(row for row in rows if row.startswith("ada"))
        self.assertEqual(row.split()[:4], ["ada", "player", "no", "yes"])

    async def test_remove_online(self):
        """Who loses the account is told and cut off; the name begins anew."""
        token = await self.newcomer("karl")
        windows = [await self.connect(self.place, kind) for kind in ("tcp", "tls")]
        for window in windows:
            await window.login("karl", token)
            await window.call("add", 7)
        self.account("remove", "karl", "--yes")
        for window in windows:
            code, text = await window.mind.until("closing")
            self.assertEqual((code, text), ("kicked", "this account was removed"))
            await window.closed
        await self.assert_no_token("karl", token)
        another = await self.newcomer("karl")
        await self.assert_no_token("karl", token)
        client = await self.connect(self.place, "tcp")
        await client.login("karl", another)
        self.assertEqual(await client.mind.until("welcome"), [0])

    async def test_remove_offline(self):
        """State that is only stored, or waits in memory, is forgotten too."""
        client = await self.connect(self.place, "tcp")
        await client.login("lena", await self.newcomer("lena"))
        await client.call("add", 7)
        await client.close()
        self.account("remove", "LENA", "--yes")
        client = await self.connect(self.place, "tcp")
        await client.login("lena", await self.newcomer("lena"))
        self.assertEqual(await client.mind.until("welcome"), [0])

    async def test_remove_asks(self):
        """Without ``--yes`` it asks, and nothing happens unless one agrees."""
        await self.newcomer("mona")
        done = self.place.gameserver("account", "remove", "mona", stdin="n\n")
        self.assertEqual(done.code, 1)
        self.assertTrue(self.listed("mona"))
        self.place.did("account", "remove", "mona", stdin="y\n")
        self.assertFalse(self.listed("mona"))

    async def test_registration_is_closed(self):
        """Strangers make no accounts unless the operator opens the server."""
        client = await self.connect(self.place, "tls")
        root = await client.factory.getRootObject()
        hello = await root.callRemote("hello")
        self.assertEqual(hello["registration"], False)
        asked = root.callRemote("register", "nobody", FIRST)
        self.assertEqual((await self.refusal(asked))[0], "forbidden")
        self.assertEqual(self.listed("nobody"), {})

    async def test_no_secret_is_told(self):
        """Neither log, audit trail nor files hold a password or a token."""
        self.account("add", "otto", password=FIRST)
        self.account("passwd", "otto", password=SECOND)
        token = self.account("token", "otto")
        await self.assert_password("otto", SECOND)
        await self.assert_no_password("otto", "a wrong guess")
        await self.assert_token("otto", token)
        audit = self.place.did("audit", "--json", "--limit", "500")
        self.assertIn("account_passwd", audit)
        files = b"".join(
            p.read_bytes() for p in self.place.data.iterdir() if p.is_file()
        )
        for secret in (FIRST, SECOND, "a wrong guess", token):
            self.assertNotIn(secret, audit)
            self.assertNotIn(secret, self.server.log)
            self.assertNotIn(secret.encode(), files)

    def test_quiet(self):
        """Refusals are no errors of the server."""
        self.assert_quiet(self.server)


class OpenTests(ClientCase):
    """A server whose operator opened the registration."""

    async def test_register(self):
        """Over TLS a newcomer makes an account, then logs in; once per name."""
        place = Place(self.addCleanup)
        place.start(*RUN, "--registration", "open")
        client = await self.connect(place, "tls")
        root = await client.factory.getRootObject()
        self.assertIsNone(await root.callRemote("register", "nora", FIRST))
        again = root.callRemote("register", "Nora", SECOND)
        self.assertEqual((await self.refusal(again))[0], "already-exists")
        await client.login_password("nora", FIRST)
        self.assertEqual(await client.call("add", 1), 1)
        plain = await self.connect(place, "tcp")
        root = await plain.factory.getRootObject()
        asked = root.callRemote("register", "otto", FIRST)
        self.assertEqual((await self.refusal(asked))[0], "tls-required")
