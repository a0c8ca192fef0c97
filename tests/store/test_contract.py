"""What every store promises, run over each implementation."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from gameserver.errors import AlreadyExists, NotFound, StoreError
from gameserver.interfaces import ANSWERS
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.batch import Batch, KeptAnswer, StoredSession
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot
from gameserver.store.memory import MemoryStore
from gameserver.store.sql import SqlStore
from tests.store.postgres_server import fresh_database

if TYPE_CHECKING:
    from gameserver.interfaces import Store


SESSION = StoredSession("s1", "Ada", b"\0\xff" * 16, 1234.5678)


def ada(revision: int, state: bytes = b"{}") -> Snapshot:
    return Snapshot("Player", "ada", 1, state, revision)


class StoreContract:
    """The rules; a subclass gives the store, and the same one opened again."""

    store: Store

    async def reopened(self) -> Store:
        raise NotImplementedError

    async def test_saved_is_loaded(self):
        """What was saved is loaded equal, byte for byte."""
        snapshot = Snapshot("Player", "Zoë-1", 7, '{"a": "\0é"}'.encode(), 3)
        await self.store.snapshots.save([snapshot])
        self.assertEqual(await self.store.snapshots.load("Player", "Zoë-1"), snapshot)

    async def test_unknown_snapshot(self):
        """An id that was never saved, or saved under another kind, gives None."""
        await self.store.snapshots.save([ada(1)])
        self.assertIsNone(await self.store.snapshots.load("Player", "bob"))
        self.assertIsNone(await self.store.snapshots.load("Service", "ada"))

    async def test_newer_replaces(self):
        """A higher revision replaces the lower one."""
        await self.store.snapshots.save([ada(1, b"old")])
        await self.store.snapshots.save([ada(5, b"new")])
        self.assertEqual(
            await self.store.snapshots.load("Player", "ada"), ada(5, b"new")
        )

    async def test_stale_writer_refused(self):
        """A revision that is not higher is refused, and what is stored stays."""
        await self.store.snapshots.save([ada(2, b"newer")])
        for revision in (1, 2):
            with self.assertRaisesRegex(StoreError, "'ada'"):
                await self.store.snapshots.save([ada(revision, b"stale")])
        self.assertEqual(
            await self.store.snapshots.load("Player", "ada"), ada(2, b"newer")
        )

    async def test_all_or_none(self):
        """One stale snapshot refuses all that were given with it."""
        await self.store.snapshots.save([ada(2)])
        bob = Snapshot("Player", "bob", 1, b"{}", 1)
        with self.assertRaises(StoreError):
            await self.store.snapshots.save([bob, ada(2)])
        self.assertIsNone(await self.store.snapshots.load("Player", "bob"))

    async def test_same_id_twice_in_one_save(self):
        """Two revisions of one id in one save are taken in their order."""
        await self.store.snapshots.save([ada(1), ada(2, b"last")])
        self.assertEqual(
            await self.store.snapshots.load("Player", "ada"), ada(2, b"last")
        )
        with self.assertRaises(StoreError):
            await self.store.snapshots.save([ada(4), ada(3)])

    async def test_saving_nothing(self):
        """An empty save is no error."""
        self.assertIsNone(await self.store.snapshots.save([]))

    async def test_deleted_is_gone(self):
        """A deleted snapshot is gone and may begin anew; deleting again is no error."""
        await self.store.snapshots.save([ada(9)])
        await self.store.snapshots.delete("Player", "ada")
        await self.store.snapshots.delete("Player", "ada")
        self.assertIsNone(await self.store.snapshots.load("Player", "ada"))
        await self.store.snapshots.save([ada(1)])

    async def test_ids_of_one_kind(self):
        """Ids come sorted by code point, of the asked kind only."""
        for kind, id_ in [
            ("Player", "bob"),
            ("Player", "Zed"),
            ("Service", "tide"),
            ("Player", "élan"),
            ("Player", "ada"),
        ]:
            await self.store.snapshots.save([Snapshot(kind, id_, 1, b"{}", 1)])
        self.assertEqual(
            await self.store.snapshots.ids("Player"), ["Zed", "ada", "bob", "élan"]
        )
        self.assertEqual(await self.store.snapshots.ids("Nothing"), [])

    async def test_above_a_version(self):
        """Those of a higher version are counted, of the asked kind only."""
        for kind, id_, version in [
            ("Player", "ada", 3),
            ("Player", "bob", 2),
            ("Player", "cy", 5),
            ("Service", "tide", 9),
        ]:
            await self.store.snapshots.save([Snapshot(kind, id_, version, b"{}", 1)])
        self.assertEqual(await self.store.snapshots.above("Player", 2), (2, 5))
        self.assertEqual(await self.store.snapshots.above("Player", 5), (0, 0))

    async def test_batch_whole(self):
        """Snapshots and answers of one batch are all there when it is answered."""
        await self.store.sessions.add(SESSION)
        bob = Snapshot("Player", "bob", 1, b"{}", 1)
        await self.store.commit(Batch((ada(1), bob), (KeptAnswer("s1", 7, b"\0yes"),)))
        self.assertEqual(await self.store.snapshots.load("Player", "ada"), ada(1))
        self.assertEqual(await self.store.snapshots.load("Player", "bob"), bob)
        self.assertEqual(
            await self.store.sessions.answers("s1"), [KeptAnswer("s1", 7, b"\0yes")]
        )

    async def test_stale_batch_leaves_nothing(self):
        """One stale snapshot refuses the whole batch, its answers too."""
        await self.store.sessions.add(SESSION)
        await self.store.snapshots.save([ada(5)])
        bob = Snapshot("Player", "bob", 1, b"{}", 1)
        stale = Batch((bob, ada(5, b"x")), (KeptAnswer("s1", 1, b"a"),))
        with self.assertRaisesRegex(StoreError, "'ada'"):
            await self.store.commit(stale)
        self.assertIsNone(await self.store.snapshots.load("Player", "bob"))
        self.assertEqual(await self.store.sessions.answers("s1"), [])

    async def test_stale_batch_leaves_those_before(self):
        """Batches that were queued before a stale one are stored."""
        await self.store.snapshots.save([ada(5)])
        others = [Batch((Snapshot("Player", f"p{n}", 1, b"{}", 1),)) for n in range(50)]
        before = [self.store.commit(batch) for batch in others[:25]]
        stale = self.store.commit(
            Batch((Snapshot("Player", "bob", 1, b"{}", 1), ada(5)))
        )
        with self.assertRaisesRegex(StoreError, "'ada'"):
            await stale
        await gatherResults(before)
        await gatherResults([self.store.commit(batch) for batch in others[25:]])
        found = await self.store.snapshots.ids("Player")
        self.assertEqual(found, sorted(["ada", *(f"p{n}" for n in range(50))]))

    async def test_stale_after_a_queued_one(self):
        """A batch is compared with the one that was queued before it."""
        first = self.store.commit(Batch((ada(3, b"first"),)))
        second = self.store.commit(Batch((ada(3, b"second"),)))
        await first
        with self.assertRaises(StoreError):
            await second
        await self.store.commit(Batch((ada(4, b"third"),)))
        self.assertEqual(
            await self.store.snapshots.load("Player", "ada"), ada(4, b"third")
        )

    async def test_empty_batch(self):
        """A batch without anything is no error."""
        self.assertIsNone(await self.store.commit(Batch()))

    async def test_session_whole(self):
        """Every field of a session comes back as it went in."""
        await self.store.sessions.add(SESSION)
        self.assertEqual(await self.store.sessions.get("s1"), SESSION)
        self.assertEqual(await self.store.sessions.answers("s1"), [])

    async def test_session_with_answers(self):
        """A session that is stored late has its answers at once, or is not there."""
        answers = [KeptAnswer("s1", 1, b""), KeptAnswer("s1", 2, b"two")]
        await self.store.sessions.add(SESSION, answers)
        self.assertEqual(await self.store.sessions.answers("s1"), answers)
        with self.assertRaises(AlreadyExists):
            await self.store.sessions.add(SESSION, [KeptAnswer("s1", 3, b"three")])
        self.assertEqual(await self.store.sessions.answers("s1"), answers)

    async def test_unknown_session(self):
        """An unknown session gives None, and no answers."""
        self.assertIsNone(await self.store.sessions.get("s1"))
        self.assertEqual(await self.store.sessions.answers("s1"), [])

    async def test_session_id_taken(self):
        """A second session of the same id is refused, without telling the id."""
        await self.store.sessions.add(SESSION)
        other = StoredSession("s1", "Bob", b"", 1.0)
        with self.assertRaises(AlreadyExists) as caught:
            await self.store.sessions.add(other)
        self.assertNotIn("s1", str(caught.exception))
        self.assertEqual(await self.store.sessions.get("s1"), SESSION)

    async def test_last_answers_kept(self):
        """A new answer takes the place of the one ANSWERS calls before it."""
        await self.store.sessions.add(SESSION)
        given = [KeptAnswer("s1", n, f"{n}".encode()) for n in range(1, ANSWERS + 11)]
        for start in range(0, len(given), 30):
            await self.store.commit(Batch((), tuple(given[start : start + 30])))
        self.assertEqual(await self.store.sessions.answers("s1"), given[10:])

    async def test_newer_answer_stays(self):
        """An older call that took long does not take the slot of a newer one."""
        await self.store.sessions.add(SESSION)
        newer, older = KeptAnswer("s1", 1 + ANSWERS, b"new"), KeptAnswer("s1", 1, b"")
        await self.store.commit(Batch((), (newer,)))
        await self.store.commit(Batch((ada(1),), (older,)))
        self.assertEqual(await self.store.sessions.answers("s1"), [newer])
        self.assertEqual(await self.store.snapshots.load("Player", "ada"), ada(1))

    async def test_answer_filled_in(self):
        """The answer of a call that had begun replaces the empty one."""
        await self.store.sessions.add(SESSION)
        await self.store.commit(Batch((ada(1),), (KeptAnswer("s1", 1, b""),)))
        await self.store.commit(Batch((), (KeptAnswer("s1", 1, b"done"),)))
        self.assertEqual(
            await self.store.sessions.answers("s1"), [KeptAnswer("s1", 1, b"done")]
        )

    async def test_answers_of_their_session(self):
        """Answers of two sessions do not mix."""
        await self.store.sessions.add(SESSION)
        await self.store.sessions.add(StoredSession("s2", "Ada", b"", 1.0))
        answers = (KeptAnswer("s1", 1, b"one"), KeptAnswer("s2", 1, b"two"))
        await self.store.commit(Batch((), answers))
        self.assertEqual(await self.store.sessions.answers("s1"), [answers[0]])
        self.assertEqual(await self.store.sessions.answers("s2"), [answers[1]])

    async def test_answer_without_session(self):
        """An answer of a forgotten session is dropped; its snapshots are stored."""
        await self.store.commit(Batch((ada(1),), (KeptAnswer("gone", 1, b"x"),)))
        self.assertEqual(await self.store.snapshots.load("Player", "ada"), ada(1))
        self.assertEqual(await self.store.sessions.answers("gone"), [])

    async def test_sessions_removed(self):
        """Removed sessions are gone with their answers, the others stay."""
        for id_ in ("s2", "s3"):
            await self.store.sessions.add(StoredSession(id_, "Bob", b"", 2.0))
        await self.store.sessions.add(SESSION)
        answers = tuple(KeptAnswer(f"s{n}", 1, b"x") for n in (1, 2, 3))
        await self.store.commit(Batch((), answers))
        await self.store.sessions.remove(["s2", "s3", "never"])
        await self.store.sessions.remove([])
        self.assertIsNone(await self.store.sessions.get("s2"))
        self.assertEqual(await self.store.sessions.answers("s3"), [])
        self.assertEqual(await self.store.sessions.answers("s1"), [answers[0]])

    async def test_sessions_by_age(self):
        """Those begun before a moment are found, sorted; one begun at it is not."""
        for id_, since in [("c", 1.5), ("a", 1.0), ("b", 2.0), ("d", 3.0)]:
            await self.store.sessions.add(StoredSession(id_, "Ada", b"", since))
        self.assertEqual(await self.store.sessions.ids_before(2.0), ["a", "c"])

    async def test_account_whole(self):
        """Every field of an account comes back as it went in."""
        account = Account("Ada", Role.ADMIN, "$argon2id$...", b"\x00\xff", 1234.5678)
        await self.store.accounts.add(account)
        self.assertEqual(await self.store.accounts.get("Ada"), account)

    async def test_account_found_in_any_case(self):
        """Names that look alike are one account, spelt as it was added."""
        await self.store.accounts.add(Account("Straße"))
        found = await self.store.accounts.get("STRASSE")
        self.assertEqual(found.name, "Straße")

    async def test_unknown_account(self):
        """An unknown name gives None."""
        self.assertIsNone(await self.store.accounts.get("nobody"))

    async def test_name_taken(self):
        """A name that is taken, in any case, is refused and the account stays."""
        await self.store.accounts.add(Account("Ada", Role.ADMIN))
        with self.assertRaisesRegex(AlreadyExists, "'ADA'"):
            await self.store.accounts.add(Account("ADA"))
        self.assertEqual(await self.store.accounts.all(), [Account("Ada", Role.ADMIN)])

    async def test_replace(self):
        """A changed account takes the place of the old one."""
        await self.store.accounts.add(Account("Ada", password="old", sealed_token=b"x"))
        await self.store.accounts.replace(Account("Ada", Role.BUILDER, "new"))
        self.assertEqual(
            await self.store.accounts.get("ada"), Account("Ada", Role.BUILDER, "new")
        )

    async def test_replace_unknown(self):
        """Replacing what does not exist is refused and adds nothing."""
        with self.assertRaisesRegex(NotFound, "'bob'"):
            await self.store.accounts.replace(Account("bob"))
        self.assertEqual(await self.store.accounts.all(), [])

    async def test_remove(self):
        """A removed account is gone; removing it again is refused."""
        await self.store.accounts.add(Account("Ada"))
        await self.store.accounts.remove("ada")
        self.assertIsNone(await self.store.accounts.get("Ada"))
        with self.assertRaisesRegex(NotFound, "'ada'"):
            await self.store.accounts.remove("ada")

    async def test_all_accounts_by_name(self):
        """All accounts come by name, whatever the case."""
        for name in ("bob", "Zed", "Ada"):
            await self.store.accounts.add(Account(name))
        names = [account.name for account in await self.store.accounts.all()]
        self.assertEqual(names, ["Ada", "bob", "Zed"])

    async def test_audit_newest_first(self):
        """The newest entries come first, as many as asked for."""
        entries = [
            AuditEntry(n + 0.5, "ada", "127.0.0.1:5", "kick", f"p{n}", "done")
            for n in range(5)
        ]
        for entry in entries:
            await self.store.audit.record(entry)
        self.assertEqual(await self.store.audit.newest(2), [entries[4], entries[3]])
        self.assertEqual(len(await self.store.audit.newest(99)), 5)

    async def test_audit_none_asked(self):
        """A limit of zero or less gives nothing."""
        await self.store.audit.record(AuditEntry(1.0, "a", "b", "c", "d", "e"))
        self.assertEqual(await self.store.audit.newest(0), [])
        self.assertEqual(await self.store.audit.newest(-1), [])

    async def test_read_after_write(self):
        """A read given after a write sees it, though nobody waited for the write."""
        writing = self.store.snapshots.save([ada(1)])
        self.assertEqual(await self.store.snapshots.load("Player", "ada"), ada(1))
        await writing

    async def test_rows_outlive_close(self):
        """What was answered is there for the next server."""
        await self.store.snapshots.save([ada(4)])
        await self.store.accounts.add(Account("Ada"))
        await self.store.audit.record(AuditEntry(1.0, "a", "b", "c", "d", "e"))
        await self.store.sessions.add(SESSION)
        await self.store.commit(Batch((), (KeptAnswer("s1", 1, b"x"),)))
        again = await self.reopened()
        self.assertEqual(await again.sessions.get("s1"), SESSION)
        self.assertEqual(len(await again.sessions.answers("s1")), 1)
        self.assertEqual(await again.snapshots.load("Player", "ada"), ada(4))
        self.assertEqual(await again.accounts.all(), [Account("Ada")])
        self.assertEqual(len(await again.audit.newest(9)), 1)


class SqlContract(StoreContract):
    """What a database promises besides."""

    async def test_number_too_large(self):
        """A revision that no column holds is refused; others are stored."""
        good = self.store.commit(Batch((ada(1),)))
        bad = self.store.commit(Batch((Snapshot("Player", "bob", 1, b"", 2**70),)))
        await self.assertFailure(bad, StoreError)
        await good


class MemoryStoreTests(StoreContract, TestCase):
    """The store in memory; `reopened` is the same object, as after a restart."""

    def setUp(self):
        self.store = MemoryStore()

    async def reopened(self) -> Store:
        await self.store.close()
        return self.store


class SqlStoreTests(SqlContract, TestCase):
    """The store in a real SQLite file."""

    def setUp(self):
        self.path = Path(self.enterContext(TemporaryDirectory())) / "game.db"
        self.store = self.opened()

    def opened(self) -> SqlStore:
        store = SqlStore.open(self.path, reactor.callFromThread)
        self.addCleanup(store.close)
        return store

    async def reopened(self) -> Store:
        await self.store.close()
        return self.opened()


class PostgresStoreTests(SqlContract, TestCase):
    """The store in a real PostgreSQL server, a new database for each test."""

    def setUp(self):
        self.address = fresh_database(self)
        self.store = self.opened()

    def opened(self) -> SqlStore:
        store = SqlStore.open_url(self.address, reactor.callFromThread)
        self.addCleanup(store.close)
        return store

    async def reopened(self) -> Store:
        await self.store.close()
        return self.opened()
