"""What every store promises, run over each implementation."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from gameserver.errors import AlreadyExists, NotFound, StoreError
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot
from gameserver.store.memory import MemoryStore
from gameserver.store.sql import SqlStore

if TYPE_CHECKING:
    from gameserver.interfaces import Store


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
        again = await self.reopened()
        self.assertEqual(await again.snapshots.load("Player", "ada"), ada(4))
        self.assertEqual(await again.accounts.all(), [Account("Ada")])
        self.assertEqual(len(await again.audit.newest(9)), 1)


class MemoryStoreTests(StoreContract, TestCase):
    """The store in memory; `reopened` is the same object, as after a restart."""

    def setUp(self):
        self.store = MemoryStore()

    async def reopened(self) -> Store:
        await self.store.close()
        return self.store


class SqlStoreTests(StoreContract, TestCase):
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
