"""A copy of a database that is written to: one moment, checked, a database again."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from gameserver.errors import AlreadyExists, StoreError
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.batch import Batch, KeptAnswer, StoredSession
from gameserver.model.release_row import ModuleText, Outcome, ReleaseRow
from gameserver.model.snapshot import Snapshot
from gameserver.store import tally
from gameserver.store.backup import back_up, in_thread
from gameserver.store.pages import PAGE
from gameserver.store.sql import SqlStore
from tests.folders import temporary_folder

MANY = 200
RELEASE = ReleaseRow(
    number=0,
    at=1.0,
    actor="ada",
    origin="local",
    modules=(ModuleText("plugins.a", "changed", "x = 1", ""),),
    plan={},
    shown="",
    pause=None,
    outcome=Outcome.COMMITTED,
    reason="",
    facts={},
    ended=None,
)


def pair(revision: int) -> Batch:
    """Give two avatars who always have the same revision."""
    names = ("ada", "bob")
    state = os.urandom(2000).hex().encode()
    return Batch(tuple(Snapshot("avatar", one, 1, state, revision) for one in names))


class BackupTests(TestCase):
    timeout = 60

    def setUp(self):
        self.folder = temporary_folder(self)
        self.path = self.folder / "game.db"
        self.copy = self.folder / "copy.db"
        self.store = self.opened(self.path)

    def opened(self, path) -> SqlStore:
        store = SqlStore.open(path, reactor.callFromThread)
        self.addCleanup(store.close)
        return store

    async def test_under_load(self):
        """While others write, a copy holds one moment, and they are not refused."""
        await self.store.commit(pair(1))
        copying = in_thread(
            reactor.callFromThread, lambda: back_up(self.path, self.copy)
        )
        writes = [self.store.commit(pair(revision)) for revision in range(2, MANY)]
        copied = await copying
        await gatherResults(writes)
        self.assertEqual(copied.size, self.copy.stat().st_size)
        copy = self.opened(self.copy)
        ada = await copy.snapshots.load("avatar", "ada")
        bob = await copy.snapshots.load("avatar", "bob")
        self.assertEqual((ada.state, ada.revision), (bob.state, bob.revision))
        newest = await self.store.snapshots.load("avatar", "ada")
        self.assertEqual(newest.revision, MANY - 1)

    async def test_every_copy(self):
        """Copies in the middle of the load each hold what was answered before them."""
        for number in range(1, 6):
            await self.store.commit(pair(2 * number))
            later = self.store.commit(pair(2 * number + 1))
            target = self.folder / f"copy{number}"
            await in_thread(
                reactor.callFromThread, lambda t=target: back_up(self.path, t)
            )
            await later
            copy = self.opened(target)
            ada = await copy.snapshots.load("avatar", "ada")
            self.assertIn(ada.revision - 2 * number, (0, 1))

    async def test_one_file(self):
        """The copy is one file of mode 0600 and its count, and nothing else is left."""
        await self.store.commit(pair(1))
        copied = back_up(self.path, self.copy)
        names = sorted(one.name for one in self.folder.glob("*copy*"))
        self.assertEqual(names, ["copy.db", "copy.db.commits"])
        self.assertEqual(stat.S_IMODE(self.copy.stat().st_mode), 0o600)
        self.assertEqual(tally.read(self.copy), copied.commits)
        self.assertEqual(tally.read(self.path), copied.commits)

    async def test_older_copy(self):
        """A copy that is older than its count is refused when it is opened."""
        await self.store.commit(pair(1))
        back_up(self.path, self.copy)
        older = self.copy.read_bytes()
        await self.store.commit(pair(2))
        newer = self.folder / "newer.db"
        back_up(self.path, newer)
        newer.write_bytes(older)
        with self.assertRaisesRegex(StoreError, "answered changes are lost"):
            self.opened(newer)

    async def test_replaces_nothing(self):
        """A file that is there stays, also a count without its database."""
        for name in ("copy.db", "copy.db.commits"):
            taken = self.folder / name
            taken.write_text("mine")
            with self.assertRaisesRegex(AlreadyExists, name):
                back_up(self.path, self.copy)
            self.assertEqual(taken.read_text(), "mine")
            taken.unlink()
        self.assertEqual(list(self.folder.glob("*copy*")), [])

    async def test_no_folder(self):
        """A target that cannot be written is named with the reason."""
        with self.assertRaisesRegex(StoreError, "none/copy.db: No such file"):
            back_up(self.path, self.folder / "none" / "copy.db")

    async def test_lost_tail(self):
        """A database that lacks commits is not copied as if it were whole."""
        await self.store.commit(pair(1))
        await self.store.close()
        tally.accept(self.path, 1000)
        with self.assertRaisesRegex(StoreError, "answered changes are lost"):
            back_up(self.path, self.copy)
        self.assertEqual(list(self.folder.glob("*copy*")), [])

    async def test_damaged(self):
        """Nor is one whose pages are damaged."""
        for revision in range(1, 30):
            await self.store.commit(pair(revision))
        await self.store.close()
        with self.path.open("r+b") as file:
            file.seek(4096 * 2)
            file.write(b"\xff" * 4096 * 3)
        with self.assertRaises(StoreError):
            back_up(self.path, self.copy)
        self.assertEqual(list(self.folder.glob("*copy*")), [])

    async def filled(self) -> None:
        """Put a row into every table."""
        await self.store.commit(pair(1))
        await self.store.accounts.add(Account("ada"))
        entry = AuditEntry(1.0, "uid:0", "local", "kick", "", "done")
        await self.store.audit.record(entry)
        await self.store.releases.add(RELEASE)
        await self.store.code.put("plugins.a", "x = 1", "ada", 1.0, 0)
        session = StoredSession("s1", "ada", b"secret", 1.0)
        await self.store.sessions.add(session, [KeptAnswer("s1", 1, b"yes")])

    async def test_every_row(self):
        """A row whose checksum is wrong is named, of whatever table; no copy is left.

        Its pages are whole, so that nothing but the checksum can tell.
        """
        await self.filled()
        back_up(self.path, self.folder / "whole")
        for change, named in (
            ("snapshots SET state = x'7b7d' WHERE id = 'bob'", "avatar 'bob'"),
            ("accounts SET role = 'admin'", "account 'ada'"),
            ("audit SET who = 'uid:1'", "audit entry 1"),
            ("releases SET actor = 'eve'", "release 1"),
            ("releases SET body = x'00'", "texts and plan of release 1"),
            ("revisions SET text = x'00'", "text of module 'plugins.a', revision 1"),
            ("sessions SET since = 2", "session of 'ada'"),
            ("answers SET body = x'00'", "answer 1 of a session"),
        ):
            with self.rolled_back_after(f"UPDATE {change}"):
                with self.assertRaisesRegex(StoreError, f"{named}: .*damaged"):
                    back_up(self.path, self.copy)
                self.assertEqual(list(self.folder.glob("*copy*")), [])
        back_up(self.path, self.copy)

    @contextmanager
    def rolled_back_after(self, statement: str) -> Iterator[None]:
        """Have a statement's change in the file, and the file from before again."""
        kept = self.folder / "kept"
        with closing(sqlite3.connect(self.path)) as one:
            with closing(sqlite3.connect(kept)) as aside:
                one.backup(aside)
            with one:
                one.execute(statement)
        yield
        with (
            closing(sqlite3.connect(kept)) as aside,
            closing(sqlite3.connect(self.path)) as one,
        ):
            aside.backup(one)

    async def test_many_rows(self):
        """The last of more rows than fit a page is read, too."""
        many = [Snapshot("avatar", f"a{n:05}", 1, b"{}", 1) for n in range(PAGE + 2)]
        await self.store.snapshots.save(many)
        back_up(self.path, self.folder / "whole")
        last = (
            "UPDATE snapshots SET version = 2 "
            "WHERE id = (SELECT max(id) FROM snapshots)"
        )
        with (
            self.rolled_back_after(last),
            self.assertRaisesRegex(StoreError, f"avatar '{many[-1].id}': .*damaged"),
        ):
            back_up(self.path, self.copy)

    async def test_no_text(self):
        """Bytes that are no text are damage, and are not repeated: a hash, maybe."""
        await self.filled()
        spoilt = "UPDATE accounts SET password = CAST(x'736563726574ff' AS TEXT)"
        with (
            self.rolled_back_after(spoilt),
            self.assertRaisesRegex(StoreError, "damaged: .*'password'") as caught,
        ):
            back_up(self.path, self.copy)
        self.assertNotIn("secret", str(caught.exception))

    async def test_thread(self):
        """The work is done on another thread; what it raises is told on this one."""
        here = threading.get_ident()
        there = await in_thread(reactor.callFromThread, threading.get_ident)
        self.assertNotEqual(there, here)
        with self.assertRaises(AlreadyExists):
            await in_thread(
                reactor.callFromThread, lambda: back_up(self.path, self.path)
            )
