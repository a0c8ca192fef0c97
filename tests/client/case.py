"""What the client's tests share: servers and clients that end with their test."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from gameserver.client import Backoff, GameClient
from tests.client.pb_server import CannedFactory, World, listen, serve
from tests.folders import temporary_folder


class ClientCase(TestCase):
    """``self.world`` is the small server's world; ``timeout`` bounds every test."""

    timeout = 20

    def setUp(self):
        self.world = World()

    def ends(self, running):
        """Stop a server at the end of the test, and wait for its connections."""
        self.addCleanup(lambda: Deferred.fromCoroutine(running.stop()))
        return running

    async def serve(self, authority=None, port=0):
        return self.ends(await serve(self.world, authority, port=port))

    async def canned(self, opening=b"", authority=None, *, closes=False, port=0):
        factory = CannedFactory(opening, closes=closes)
        return self.ends(await listen(factory, authority, port=port))

    def client(self, endpoint, trust=None, patience=5.0, backoff=None):
        client = GameClient(
            endpoint,
            reactor=reactor,
            trust=trust,
            timeout=patience,
            backoff=backoff or Backoff(base=0.001),
        )
        self.addCleanup(client.close)
        return client

    def written(self, pem):
        path = temporary_folder(self) / "file.pem"
        path.write_bytes(pem)
        return path


class EnteredCase(ClientCase):
    """A client that is logged in, and its player on the server's side."""

    async def entered(self, **options):
        self.server = await self.serve()
        client = self.client(f"tcp:localhost:{self.server.number}", **options)
        self.states = States(client)
        await client.login_token("ada", "token")
        return client

    @property
    def player(self):
        return self.world.players[-1]


class States(list):
    """The states a client has told, and a way to wait for the next of a kind."""

    def __init__(self, client):
        super().__init__()
        self._waiting = []
        client.on_state(self._told)

    def _told(self, state, *details):
        self.append((state, *details))
        due = [waiter for name, waiter in self._waiting if name == state]
        self._waiting = [one for one in self._waiting if one[0] != state]
        for waiter in due:
            waiter.callback(details)

    def next(self, state):
        """Fire with the details when that state is told next."""
        waiter = Deferred()
        self._waiting.append((state, waiter))
        return waiter

    @property
    def names(self):
        return [state for state, *_ in self]
