"""Calls that come faster than allowed, over sockets, of a stock client and of ours."""

from __future__ import annotations

from collections import Counter
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from gameserver.client import GameClient
from tests.end_to_end.processes import RUN, SETTINGS, Place
from tests.end_to_end.stock import Client

GAME = '''\
"""Players who write down what is done to them."""

from gameserver import Avatar


class Player(Avatar):
    """One player."""

    applied: list[int] = []

    def perspective_apply(self, number: int) -> int:
        """Note a number: apply 1."""
        self.applied.append(number)
        return len(self.applied)
'''
QUICK = f"{SETTINGS}[calls]\nrate = 500\nburst = 50\n"
CALLS = 1000
STOCK_CALLS = 300


class PaceTests(TestCase):
    """One server process; 50 calls at once, 500 a second."""

    timeout = 90

    async def start(self) -> None:
        self.place = Place(self.addCleanup, GAME, QUICK)
        self.place.people()
        self.server = await deferToThread(self.place.start, *RUN)

    async def stock(self, name: str) -> Client:
        port = self.place.ports["tcp"]
        client = await Client().connect(TCP4ClientEndpoint(reactor, "127.0.0.1", port))
        self.addCleanup(lambda: client.closed)
        self.addCleanup(client.broker.transport.loseConnection)
        await client.login(name, self.place.tokens[name])
        return client

    async def test_stock_client(self) -> None:
        """A stock client gets ``busy`` for what is too much; others are served."""
        await self.start()
        ada, bob = await self.stock("ada"), await self.stock("bob")
        said: Counter[str] = Counter()

        def apply(number: int) -> Any:
            asked = ada.perspective.callRemote("apply", number)
            return asked.addCallbacks(
                lambda _: said.update(["done"]),
                lambda failure: said.update([failure.type]),
            )

        flood = gatherResults([apply(number) for number in range(STOCK_CALLS)])
        self.assertEqual(await bob.perspective.callRemote("apply", 1), 1)
        await flood
        self.assertEqual(said.total(), STOCK_CALLS)
        self.assertEqual(set(said), {"done", "busy"})
        self.assertGreaterEqual(said["done"], 50 + 32)
        done = await ada.perspective.callRemote("apply", -1)
        self.assertEqual(done, said["done"] + 1)

    async def test_game_client(self) -> None:
        """Ours may make as many as it likes: all are carried out, once, in order."""
        await self.start()
        client = GameClient(f"tcp:127.0.0.1:{self.place.ports['tcp']}", reactor=reactor)
        self.addCleanup(client.close)
        await client.login_token("ada", self.place.tokens["ada"])
        began = reactor.seconds()
        calls = [client.call("apply", number) for number in range(CALLS)]
        self.assertEqual(await gatherResults(calls), list(range(1, CALLS + 1)))
        self.assertGreater(reactor.seconds() - began, (CALLS - 50) / 500 - 0.1)
