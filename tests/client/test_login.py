from __future__ import annotations

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor
from twisted.spread import pb
from twisted.spread.flavors import NoSuchMethod
from zope.interface import implementer

from gameserver.client import GameClient, Trust
from gameserver.errors import (
    AlreadyExists,
    ConnectionFailed,
    Forbidden,
    GameError,
    LoginRefused,
    NoSuchCall,
    PlaintextRefused,
    SettingError,
)
from tests.client.case import ClientCase, States
from tests.client.pb_server import Authority, GameFactory, listen


class LoginTests(ClientCase):
    async def secure(self, **options):
        authority = Authority()
        self.server = await self.serve(authority)
        trust = Trust.pin(authority.pin)
        return self.client(f"tls:localhost:{self.server.number}", trust, **options)

    async def plain(self, **options):
        self.server = await self.serve()
        return self.client(f"tcp:localhost:{self.server.number}", **options)

    async def test_password(self):
        """A password logs in over TLS, and calls reach the player."""
        client = await self.secure()
        await client.login("ada", "lace")
        self.assertTrue(client.is_connected)
        self.assertEqual(await client.call("go", "north"), "You are in the Hall.")

    async def test_token(self):
        """An app token logs in by stock PB's challenge, over plain TCP too."""
        client = await self.plain()
        await client.login_token("ada", "token")
        self.assertEqual(await client.call("who"), ["ada"])

    async def test_wrong_secret(self):
        """A wrong password or token is LoginRefused, and another try may follow."""
        client = await self.secure()
        await self.assertFailure(client.login("ada", "wrong"), LoginRefused)
        await self.assertFailure(client.login_token("ada", "wrong"), LoginRefused)
        await client.login("ada", "lace")

    async def test_one_connection(self):
        """hello, register and login share a connection, even when asked at once."""
        self.world.registration = True
        client = await self.secure()
        steps = [
            client.hello(),
            client.register("bob", "builder"),
            client.login("bob", "builder"),
        ]
        for step in steps:
            await step
        self.assertEqual(len(self.server.factory.open), 1)

    async def test_no_password_in_the_open(self):
        """Over plain TCP no password is sent; not even a connection is made."""
        canned = await self.canned()
        client = self.client(f"tcp:localhost:{canned.number}")
        for refused in (client.login("ada", "lace"), client.register("a", "b")):
            error = await self.assertFailure(refused, PlaintextRefused)
            self.assertIn(str(client.endpoint), error.text)
        self.assertEqual(canned.factory.open, set())
        self.assertEqual(canned.factory.received, b"")

    async def test_register(self):
        """Registration says whether the name was free and the door open."""
        client = await self.secure()
        error = await self.assertFailure(client.register("bob", "b"), Forbidden)
        self.assertEqual(error.text, "registration is closed")
        self.world.registration = True
        self.assertTrue((await client.hello()).registration)
        await client.register("bob", "builder")
        await self.assertFailure(client.register("bob", "b"), AlreadyExists)
        await client.login("bob", "builder")

    async def test_twice(self):
        """A client is one login; a second one is refused and changes nothing."""
        client = await self.secure()
        await client.login("ada", "lace")
        error = await self.assertFailure(client.login("ada", "lace"), GameError)
        self.assertEqual(error.code, "logged-in")
        self.assertEqual(len(self.world.players), 1)

    async def test_unanswered_login(self):
        """A server that does not answer the login is given up in time."""
        self.world.is_deaf = True
        client = await self.secure(patience=0.5)
        error = await self.assertFailure(client.login("ada", "lace"), ConnectionFailed)
        self.assertIn("did not answer the login within 0.5 s", error.text)
        self.assertFalse(client.is_connected)

    async def test_lost_during_login(self):
        """A connection that ends during the login is one failure, no reconnect."""
        self.world.is_deaf = True
        client = await self.secure()
        states = States(client)
        login = client.login("ada", "lace")
        reactor.callLater(0, self.drop_when_open)
        error = await self.assertFailure(login, ConnectionFailed)
        self.assertIn("closed the connection", error.text)
        self.assertEqual(states, [])

    def drop_when_open(self):
        if self.server.factory.open:
            self.server.factory.drop()
        else:
            reactor.callLater(0, self.drop_when_open)

    async def test_secrets_are_not_shown(self):
        """No repr of the client or its parts holds the secret."""
        client = await self.secure()
        await client.login("ada", "lace")
        self.assertNotIn("lace", repr(client))
        self.assertNotIn("lace", repr(client._link._credentials))

    def test_endpoint_is_checked_at_once(self):
        """A bad endpoint is the caller's error before anything is tried."""
        with self.assertRaises(SettingError):
            GameClient("ftp:game.example:21", reactor=reactor)


@implementer(IRealm)
class StockRealm:
    def requestAvatar(self, name, mind, *interfaces):
        return pb.IPerspective, StockAvatar(), lambda: None


class StockAvatar(pb.Avatar):
    def perspective_echo(self, value):
        return value


class StockServerTests(ClientCase):
    """A server that knows nothing of ours: Twisted's own portal and PB."""

    async def stock(self):
        checker = InMemoryUsernamePasswordDatabaseDontUse(ada=b"token")
        factory = StockFactory(Portal(StockRealm(), [checker]))
        running = self.ends(await listen(factory, None))
        return self.client(f"tcp:localhost:{running.number}")

    async def test_login_and_call(self):
        """An app token logs in at a stock server, and calls work."""
        client = await self.stock()
        await client.login_token("ada", "token")
        self.assertEqual(await client.call("echo", [1]), [1])
        self.flushLoggedErrors(NoSuchMethod)  # it was asked for a session

    async def test_refused(self):
        """A stock server's refusal is LoginRefused; its class name is not shown."""
        client = await self.stock()
        refused = client.login_token("ada", "wrong")
        error = await self.assertFailure(refused, LoginRefused)
        self.assertNotIn("twisted", error.text)
        self.flushLoggedErrors(UnauthorizedLogin, NoSuchMethod)

    async def test_no_such_call(self):
        """What a stock server has no method for is NoSuchCall."""
        client = await self.stock()
        await self.assertFailure(client.hello(), NoSuchCall)
        await client.login_token("ada", "token")
        await self.assertFailure(client.call("fly"), NoSuchCall)
        self.flushLoggedErrors(AttributeError)

    async def test_strange_logins(self):
        """A server whose login gives no perspective is no server to play on."""

        class Strange(pb.Root):
            def remote_login(self, name):
                return name

        running = self.ends(await listen(StockFactory(Strange()), None))
        client = self.client(f"tcp:localhost:{running.number}")
        login = client.login_token("ada", "token")
        error = await self.assertFailure(login, ConnectionFailed)
        self.assertIn("with no challenge", error.text)
        self.flushLoggedErrors(NoSuchMethod)


class StockFactory(GameFactory):
    """Stock but for knowing its connections, so that a test can wait for their end."""
