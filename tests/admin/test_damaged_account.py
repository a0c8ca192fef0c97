"""An account whose row is damaged can be taken out, so that the others go on."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from gameserver.admin.api import AccountVerbs, Actor, Admin
from gameserver.errors import NotFound, StoreError
from gameserver.model.account import Account
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot
from gameserver.server.accounts import Accounts
from gameserver.server.passwords import Passwords
from gameserver.server.tokens import Sealer
from gameserver.store.sql import SqlStore
from tests.folders import temporary_folder

ROOT = Actor("root", Role.ADMIN, "local")


class DamagedAccountTests(TestCase):
    """Two accounts in a real database, of which Ada's row is damaged."""

    async def start(self, damage: str) -> None:
        path = temporary_folder(self) / "game.db"
        self.store = SqlStore.open(path, reactor.callFromThread)
        self.addCleanup(self.store.close)
        passwords = Passwords(reactor.callFromThread)
        accounts = Accounts(
            self.store.accounts, passwords, Sealer(bytes(32)), lambda: 5.0
        )
        group = AccountVerbs(accounts, self.store)
        self.admin = Admin([group], self.store, lambda: 5.0)
        for name in ("Ada", "bob"):
            await self.do("account_add", name)
            row = Snapshot("avatar", name, 1, b"{}", 1)
            await self.store.snapshots.save([row])
        await self.store.run(lambda one: one.exec_driver_sql(damage))

    def do(self, verb: str, *args: object) -> Deferred[object]:
        return self.admin.perform(ROOT, verb, args, {})

    async def test_removed(self) -> None:
        """It is removed with its avatar, whatever the case; then all are listed."""
        for damage in (
            "UPDATE accounts SET created = 77 WHERE key = 'ada'",
            "UPDATE accounts SET role = 'king' WHERE key = 'ada'",
            "UPDATE accounts SET name = 'Bda' WHERE key = 'ada'",
            "UPDATE accounts SET password = CAST(x'ff' AS TEXT) WHERE key = 'ada'",
        ):
            await self.start(damage)
            await self.assertFailure(self.do("accounts"), StoreError)
            await self.do("account_remove", "ADA")
            self.assertEqual(await self.store.snapshots.ids("avatar"), ["bob"])
            (bob,) = await self.store.accounts.all()
            self.assertEqual(bob, Account("bob", created=5.0))

    async def test_nobody(self) -> None:
        """What is not there is refused as ever."""
        await self.start("UPDATE accounts SET created = 77")
        await self.assertFailure(self.do("account_remove", "eve"), NotFound)
