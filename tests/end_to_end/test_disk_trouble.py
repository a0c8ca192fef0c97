"""A database that cannot be written for a while: refusals by a code, nothing lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.trial.unittest import TestCase

from gameserver.client import GameClient
from gameserver.errors import GameError
from tests.soak.town import Town

NAMES = ["ada", "bob", "cy", "dee"]
LATE = "eve"
LOCKED = 6.0  # seconds
ROUNDS = 1000


class Caller:
    """One player's changes: which were acknowledged, and how long each took."""

    def __init__(self, client: GameClient) -> None:
        self.client = client
        self.number = 0
        self.acknowledged = 0
        self.refused: list[str] = []
        self.longest = 0.0

    async def change(self) -> None:
        """Make one change."""
        self.number += 1
        begun = monotonic()
        try:
            await self.client.call("deposit", self.number)
            self.acknowledged += 1
        except GameError as error:
            self.refused.append(error.code)
        self.longest = max(self.longest, monotonic() - begun)


class LockedTests(TestCase):
    """Another process holds the write lock for six seconds."""

    timeout = 60

    async def start(self) -> None:
        self.town = Town(self.addCleanup)
        await self.town.start()
        self.tokens = await self.town.settle_in([*NAMES, LATE], reactor)
        self.clients = [await self.entered(name) for name in NAMES]

    async def entered(self, name: str) -> GameClient:
        client = GameClient(self.town.endpoint, reactor=reactor)
        self.addCleanup(client.close)
        await client.login_token(name, self.tokens[name])
        return client

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the write lock of the database."""
        path = self.town.database
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                other.execute("ROLLBACK")

    async def test_locked(self) -> None:
        """Changes are refused within two seconds, looks go on, and it recovers."""
        await self.start()
        callers = [Caller(one) for one in self.clients]
        await gatherResults([Deferred.fromCoroutine(one.change()) for one in callers])
        looks: list[float] = []
        with self.locked():
            end = monotonic() + LOCKED
            while monotonic() < end:
                changes = [Deferred.fromCoroutine(one.change()) for one in callers]
                done = DeferredList(changes)
                while not done.called:
                    begun = monotonic()
                    await self.clients[0].call("look")
                    looks.append(monotonic() - begun)
                await done
        for one in callers:
            self.assertLess(one.longest, 2.0)
            self.assertEqual(set(one.refused), {"not-saved"})
            self.assertEqual(one.acknowledged + len(one.refused), one.number)
        looks.sort()
        self.assertLess(looks[int(len(looks) * 0.99)], 0.25)
        await gatherResults([Deferred.fromCoroutine(one.change()) for one in callers])
        for one in callers:
            shown: dict[str, Any] = await one.client.call("look")
            self.assertEqual(shown["done"], one.acknowledged)
            self.assertEqual(shown["twice"], [])

    async def test_admin(self) -> None:
        """Deeds and looks of an admin are answered; what is not stored says why."""
        await self.start()
        admin = self.town.admin(reactor)
        self.addCleanup(admin.close)
        with self.locked():
            self.assertEqual(await admin.ask("say", "tea at five"), len(NAMES))
            self.assertEqual(await admin.ask("kick", NAMES[0]), 1)
            self.assertEqual((await admin.ask("stats"))["avatars"], len(NAMES))
            self.assertEqual(len(await admin.ask("accounts")), len(NAMES) + 1)
            verbs = [one["verb"] for one in await admin.ask("audit", 99)]
            self.assertNotIn("say", verbs)
            adding = admin.ask("account_add", "fay", None)
            refused = await self.assertFailure(adding, GameError)
            self.assertEqual(refused.code, "not-saved")
            self.assertRegex(refused.text, "gameserver.sqlite: .*locked")
        self.town.stop()
        await self.town.end(0)
        with closing(sqlite3.connect(self.town.database)) as one:
            newest = one.execute("SELECT verb FROM audit ORDER BY id DESC LIMIT 6")
            verbs = [verb for (verb,) in newest]
        expected = ["account_add", "audit", "accounts", "stats", "kick", "say"]
        self.assertEqual(verbs, expected)
        self.assertNotIn("Traceback", self.town.log)

    async def test_login(self) -> None:
        """One who comes while it is locked is let in; its session is stored later."""
        await self.start()
        with self.locked():
            begun = monotonic()
            late = await self.entered(LATE)
            await late.call("look")
            self.assertLess(monotonic() - begun, 2.0)
        caller = Caller(late)
        while not caller.acknowledged:  # the lock has gone, not yet for the server
            await caller.change()
        shown: dict[str, Any] = await late.call("look")
        self.assertEqual((shown["done"], shown["twice"]), (1, []))
