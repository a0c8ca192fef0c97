"""What an admin did is done and answered, whether it could be recorded or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import TestCase

from gameserver.admin.api import AccountVerbs, Actor, Admin, Verbs, needs
from gameserver.admin.trail import MOST, RETRY, Trail
from gameserver.errors import Forbidden, StoreError
from gameserver.model.audit import AuditEntry
from gameserver.model.roles import Role
from gameserver.server.accounts import Accounts
from gameserver.server.passwords import Passwords
from gameserver.server.tokens import Sealer
from gameserver.store.memory import MemoryAudit
from gameserver.store.sql import SqlStore
from tests.folders import temporary_folder
from tests.store.postgres_server import ThrowAwayServer, throw_away_server

ROOT = Actor("root", Role.ADMIN, "local")
PLAYER = Actor("pat", Role.PLAYER, "127.0.0.1:6")


class Bells(Verbs):
    """A deed and a look, neither of which needs the store."""

    def __init__(self) -> None:
        self.rung = 0

    @needs(Role.ADMIN)
    def ring(self) -> int:
        """Ring once more."""
        self.rung += 1
        return self.rung


class LockedTests(TestCase):
    """A real database, whose write lock another program holds."""

    timeout = 60

    def setUp(self) -> None:
        self.path = temporary_folder(self) / "game.db"
        self.store = SqlStore.open(self.path, reactor.callFromThread)
        self.addCleanup(self.store.close)
        self.clock = Clock()
        self.bells = Bells()
        self.admin = self.made(self.clock)

    def made(self, clock: Clock | None) -> Admin:
        passwords = Passwords(reactor.callFromThread)
        accounts = Accounts(
            self.store.accounts, passwords, Sealer(bytes(32)), lambda: 5.0
        )
        groups = [self.bells, AccountVerbs(accounts, self.store)]
        return Admin(groups, self.store, lambda: 5.0, clock)

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    def do(self, verb: str, *args: object, actor: Actor = ROOT) -> Deferred[object]:
        return self.admin.perform(actor, verb, args, {})

    async def trail(self) -> list[tuple[str, str]]:
        entries = await self.store.audit.newest(99)
        return [(one.verb, one.outcome) for one in reversed(entries)]

    async def test_deed(self) -> None:
        """A deed is done and answered; its entry is in the log, and written later."""
        with self.locked(), capturedLogs() as logged:
            self.assertEqual(await self.do("ring"), 1)
        said = [formatEvent(one) for one in logged]
        self.assertIn("root from local: ring: done", said)
        self.assertRegex(" ".join(said), "not written yet: .*game.db.* locked")
        self.assertEqual(await self.trail(), [])
        self.clock.advance(RETRY)
        await self.admin.finish()
        self.assertEqual(await self.trail(), [("ring", "done")])

    async def test_look(self) -> None:
        """What only reads is answered."""
        with self.locked():
            self.assertEqual(await self.do("accounts"), [])
            self.assertEqual(await self.do("audit"), [])

    async def test_refusal(self) -> None:
        """A verb that is refused is refused as ever."""
        with self.locked():
            await self.assertFailure(self.do("ring", actor=PLAYER), Forbidden)
        self.assertEqual(self.bells.rung, 0)

    async def test_what_needs_the_store(self) -> None:
        """A deed of the store is refused with the database's reason, and recorded."""
        with self.locked():
            adding = self.do("account_add", "ada")
            refused = await self.assertFailure(adding, StoreError)
            self.assertRegex(refused.line(), "game.db: .*locked")
        await self.admin.finish()
        self.assertEqual(await self.trail(), [("account_add", "refused: not-saved")])

    async def test_order(self) -> None:
        """Entries are written in the order of what was done, old ones first."""
        with self.locked():
            await self.do("ring")
            await self.do("accounts")
        await self.do("audit")
        self.clock.advance(RETRY)
        await self.admin.finish()
        done = [verb for verb, _ in await self.trail()]
        self.assertEqual(done, ["ring", "accounts", "audit"])

    async def test_again(self) -> None:
        """It is tried again until it is written."""
        with self.locked():
            await self.do("ring")
            self.clock.advance(RETRY)
            await self.store.audit.newest(1)
            await self.assertFailure(self.do("account_add", "ada"), StoreError)
        self.assertTrue(self.clock.getDelayedCalls())
        self.clock.advance(RETRY)
        await self.admin.finish()
        done = [verb for verb, _ in await self.trail()]
        self.assertEqual(done, ["ring", "account_add"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    async def test_without_a_clock(self) -> None:
        """Where nobody could try again, whoever asked is told."""
        self.admin = self.made(None)
        with self.locked():
            await self.assertFailure(self.do("ring"), StoreError)


class PostgresTests(TestCase):
    """A real server of PostgreSQL that is stopped."""

    timeout = 60

    async def test_away(self) -> None:
        """A deed is answered while it is away, a look at it refused; both are told."""
        server = throw_away_server()
        address = server.url.render_as_string(hide_password=False)
        store = SqlStore.open_url(address, reactor.callFromThread)
        self.addCleanup(store.close)
        clock, bells = Clock(), Bells()
        admin = Admin([bells, Rolls(store)], store, lambda: 5.0, clock)
        await deferToThread(server.control, "stop", "-m", "immediate")
        self.addCleanup(self.start_again, server)
        self.assertEqual(await admin.perform(ROOT, "ring", [], {}), 1)
        await self.assertFailure(admin.perform(ROOT, "roll", [], {}), StoreError)
        await deferToThread(self.start_again, server)
        clock.advance(RETRY)
        await admin.finish()
        told = [(one.verb, one.outcome) for one in await store.audit.newest(2)]
        self.assertEqual(told, [("roll", "refused: not-saved"), ("ring", "done")])

    def start_again(self, server: ThrowAwayServer) -> None:
        if not (server.folder / "cluster" / "postmaster.pid").exists():
            server.start()


class Rolls(Verbs):
    """A look that needs the store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    @needs(Role.ADMIN)
    async def roll(self) -> int:
        """Count the accounts."""
        return len(await self._store.accounts.all())


class Shut(MemoryAudit):
    """A trail that takes nothing."""

    def record(self, entry: AuditEntry) -> Deferred[None]:
        raise StoreError("shut")


class Slow(MemoryAudit):
    """A trail that takes nothing at first, and then each entry after a while."""

    def __init__(self) -> None:
        super().__init__()
        self.is_open = False
        self.under_way: list[tuple[AuditEntry, Deferred[None]]] = []

    def record(self, entry: AuditEntry) -> Deferred[None]:
        if not self.is_open:
            raise StoreError("shut")
        self.under_way.append((entry, Deferred()))
        return self.under_way[-1][1]


class FinishTests(TestCase):
    def test_beside_a_retry(self) -> None:
        """Each entry is written once, though the end comes amid another attempt."""
        store, clock = Slow(), Clock()
        trail = Trail(store, clock)
        entries = [AuditEntry(n, "a", "b", "c", "d", "done") for n in range(3)]
        for entry in entries:
            self.successResultOf(Deferred.fromCoroutine(trail.record(entry)))
        store.is_open = True
        clock.advance(RETRY)
        finishing = Deferred.fromCoroutine(trail.finish())
        clock.advance(RETRY)
        for number in range(3):
            self.assertEqual([one for one, _ in store.under_way], entries[: number + 1])
            store.under_way[number][1].callback(None)
        self.successResultOf(finishing)
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_before_a_retry(self) -> None:
        """The same when the end comes first."""
        store, clock = Slow(), Clock()
        trail = Trail(store, clock)
        entry = AuditEntry(1, "a", "b", "c", "d", "done")
        self.successResultOf(Deferred.fromCoroutine(trail.record(entry)))
        store.is_open = True
        finishing = Deferred.fromCoroutine(trail.finish())
        clock.advance(RETRY)
        ((seen, done),) = store.under_way
        done.callback(None)
        self.successResultOf(finishing)
        self.assertIs(seen, entry)


class BoundedTests(TestCase):
    async def test_bound(self) -> None:
        """Only so many entries are kept; the log says that others are in it alone."""
        trail = Trail(Shut(), Clock())
        with capturedLogs() as logged:
            for number in range(MOST + 1):
                await trail.record(AuditEntry(number, "a", "b", "c", "d", "done"))
            await trail.finish()
        said = [formatEvent(one) for one in logged]
        self.assertEqual(len(said), 3)
        self.assertIn("in the log only", said[1])
        self.assertIn(f"{MOST} entries are in the log only", said[2])
