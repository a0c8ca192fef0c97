"""What a disk, or a hand, did to the file is found and named, never served."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import TestCase

from gameserver.errors import StoreError
from gameserver.interfaces import ANSWERS
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.batch import Batch, KeptAnswer, StoredSession
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot
from gameserver.store import checksum, sqlite_file, tally
from gameserver.store.backup import back_up
from gameserver.store.reading import reading_file
from gameserver.store.sql import SqlStore
from gameserver.store.sqlite_file import Accepted, accept_loss
from gameserver.store.upgrade import STEPS, Steps, bring_up

SNAPSHOTS = st.builds(
    Snapshot,
    st.text(),
    st.text(),
    st.integers(0, 9),
    st.binary(),
    st.integers(1, 99),
)


def ada(revision: int) -> Snapshot:
    return Snapshot("Player", "ada", 1, b"ada has this much gold: 100", revision)


class DamageTests(TestCase):
    """A real file, closed or left behind by a process that was killed."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.path = self.folder / "game.db"

    def opened(self, path: Path | None = None) -> SqlStore:
        store = SqlStore.open(path or self.path, reactor.callFromThread)
        self.addCleanup(store.close)
        return store

    async def saved(self, *revisions: int) -> None:
        store = self.opened()
        for revision in revisions:
            await store.snapshots.save([ada(revision)])
        await store.close()

    def flip(self, part: bytes) -> None:
        """Flip one bit within the one place of the file that holds these bytes."""
        whole = bytearray(self.path.read_bytes())
        place = whole.index(part)
        self.assertEqual(whole.count(part), 1)
        whole[place + len(part) // 2] ^= 1
        self.path.write_bytes(whole)

    def changed(self, statement: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement)

    async def test_flipped_state(self):
        """One wrong bit in a state is found by who loads it: kind, id and remedy."""
        await self.saved(1)
        self.flip(b"much gold")
        store = self.opened()
        with self.assertRaisesRegex(StoreError, "Player 'ada': .*damaged.*backup"):
            await store.snapshots.load("Player", "ada")

    async def test_flipped_state_harms_no_other(self):
        """Another avatar's row is given as ever."""
        await self.saved(1)
        store = self.opened()
        bob = Snapshot("Player", "bob", 1, b"{}", 1)
        await store.snapshots.save([bob])
        await store.close()
        self.flip(b"much gold")
        self.assertEqual(await self.opened().snapshots.load("Player", "bob"), bob)

    async def test_flipped_id(self):
        """A wrong bit in an index is found on opening: an avatar does not look new."""
        await self.saved(1)
        whole = self.path.read_bytes()
        place = whole.rindex(b"Playerada")
        damaged = bytearray(whole)
        damaged[place + 8] ^= 2
        self.path.write_bytes(damaged)
        with self.assertRaisesRegex(StoreError, "game.db: .*damaged.*backup"):
            self.opened()

    async def test_every_column_counts(self):
        """A wrong version or revision is found as well."""
        for change in (
            "UPDATE snapshots SET version = 9",
            "UPDATE snapshots SET revision = 9",
            "UPDATE snapshots SET state = 'text'",
            "UPDATE snapshots SET version = 'text'",
        ):
            await self.saved(1)
            self.changed(change)
            store = self.opened()
            with self.assertRaisesRegex(StoreError, "Player 'ada'"):
                await store.snapshots.load("Player", "ada")
            await store.snapshots.delete("Player", "ada")
            await store.close()

    async def test_damaged_session(self):
        """A session that was changed is logged, and there is none."""
        store = self.opened()
        await store.sessions.add(StoredSession("s1", "Ada", b"secret", 1.0))
        await store.close()
        self.changed("UPDATE sessions SET name = 'Bob'")
        store = self.opened()
        with capturedLogs() as logged:
            self.assertIsNone(await store.sessions.get("s1"))
        self.assertRegex(formatEvent(logged[0]), "session of 'Bob'.*damaged")

    async def test_damaged_answer(self):
        """An answer that was changed is logged, and counts as begun; others stay.

        Whatever its number became, a newer answer takes its place.
        """
        for id_, change in (
            ("s1", "UPDATE answers SET number = 1152921504606846979 WHERE number = 3"),
            ("s2", "UPDATE answers SET body = x'00' WHERE number = 3"),
        ):
            store = self.opened()
            await store.sessions.add(StoredSession(id_, "Ada", b"secret", 1.0))
            kept = KeptAnswer(id_, 2, b"no"), KeptAnswer(id_, 3, b"yes")
            await store.commit(Batch((), kept))
            await store.close()
            self.changed(change)
            store = self.opened()
            mark = KeptAnswer(id_, 3 - ANSWERS, b"")
            with capturedLogs() as logged:
                self.assertEqual(await store.sessions.answers(id_), [mark, kept[0]])
            self.assertRegex(formatEvent(logged[0]), "answer .* of a session.*damaged")
            self.assertEqual(await store.sessions.answers(id_), [mark, kept[0]])
            new = KeptAnswer(id_, 3 + ANSWERS, b"new")
            await store.commit(Batch((), (new,)))
            self.assertEqual(await store.sessions.answers(id_), [kept[0], new])
            await store.close()

    async def test_damaged_account(self):
        """An account is refused by name if a bit of any column is another."""
        eve = Account("eve", Role.ADMIN, "$argon2id$9", b"in wax", 1234.5)
        for part in (b"$argon2id", b"in wax", b"admin", None):
            self.path = self.path.with_suffix(".next")
            store = self.opened()
            await store.accounts.add(eve)
            await store.accounts.add(Account("bob"))
            await store.close()
            if part is not None:
                self.flip(part)
            else:
                self.changed("UPDATE accounts SET created = 1234.75 WHERE key = 'eve'")
            store = self.opened()
            for reading in (store.accounts.get("Eve"), store.accounts.all()):
                with self.assertRaisesRegex(StoreError, "account 'eve': .*damaged"):
                    await reading
            self.assertEqual(await store.accounts.get("bob"), Account("bob"))
            await store.accounts.replace(eve)
            self.assertEqual(await store.accounts.get("eve"), eve)
            await store.close()
            self.path.unlink()
            tally.beside(self.path).unlink()

    async def test_damaged_name(self):
        """So it is if a bit of its name is another: by the name it can be asked for."""
        store = self.opened()
        await store.accounts.add(Account("Bobolink"))
        await store.close()
        self.flip(b"Bobolink")
        with self.assertRaisesRegex(StoreError, "account 'bobolink': .*damaged"):
            await self.opened().accounts.get("bobolink")

    async def test_damaged_audit(self):
        """An entry of the audit trail is named by its number."""
        store = self.opened()
        for verb in (b"kick", b"stop"):
            entry = AuditEntry(1.0, "uid:0", "local", verb.decode(), "", "done")
            await store.audit.record(entry)
        await store.close()
        self.flip(b"kick")
        store = self.opened()
        self.assertEqual(await store.audit.newest(1), [entry])
        with self.assertRaisesRegex(StoreError, "audit entry 1: .*damaged.*backup"):
            await store.audit.newest(2)

    async def test_damaged_count(self):
        """A count that is not what was counted is refused, and so is it copied."""
        await self.saved(1, 2)
        self.changed("UPDATE meta SET commits = 66")
        for act in (self.opened, lambda: back_up(self.path, self.folder / "copy")):
            with self.assertRaisesRegex(StoreError, "66 commits and 2 seen.*backup"):
                act()

    async def test_damaged_schema(self):
        """Whatever became of the tables' own text, one line names the database.

        Every seventh byte of it, in two ways; SQLite's own words may be no text then.
        """
        await self.saved(1)
        whole = self.path.read_bytes()
        first = whole.index(b"CREATE TABLE alembic_version") - 1400
        seen = set()
        for place in range(max(first, 100), 4096, 7):
            for bit in (0x80, 0x01):
                damaged = bytearray(whole)
                damaged[place] ^= bit
                self.path.write_bytes(damaged)
                for act in (self.opened_and_read, self.copied):
                    try:
                        await act()
                    except StoreError as refusal:
                        seen.add(str(refusal).partition("game.db: ")[2][:24])
                        self.assertIn("game.db: ", str(refusal))
        self.assertIn("the database is damaged:", seen)

    async def opened_and_read(self) -> None:
        store = SqlStore.open(self.path, reactor.callFromThread)
        try:
            await store.accounts.all()
            await store.snapshots.load("Player", "ada")
            await store.audit.newest(1)
        finally:
            await store.close()

    async def copied(self) -> None:
        for name in ("copy", "copy.commits"):
            (self.folder / name).unlink(missing_ok=True)
        back_up(self.path, self.folder / "copy")

    async def test_damaged_column_name(self):
        """A column whose name is another is damage, and said to be."""
        await self.saved(1)
        self.changed("ALTER TABLE accounts RENAME COLUMN checksum TO checksun")
        with self.assertRaisesRegex(StoreError, "game.db: .*damaged: no such column"):
            await self.opened().accounts.all()

    async def killed(self, *revisions: int) -> None:
        """Leave the files as a killed process does: the log is not in the database."""
        store = self.opened(self.folder / "live.db")
        for revision in revisions:
            await store.snapshots.save([ada(revision)])
        for end in ("", "-wal", ".commits"):
            shutil.copy(self.folder / f"live.db{end}", self.folder / f"game.db{end}")
        await store.close()

    async def test_killed(self):
        """After a kill everything that was answered is there."""
        await self.killed(1, 2, 3)
        self.assertEqual(await self.opened().snapshots.load("Player", "ada"), ada(3))

    async def test_lost_log(self):
        """A log that is gone is found: both numbers, and the ways back."""
        await self.killed(1, 2, 3)
        (self.folder / "game.db-wal").unlink()
        with self.assertRaisesRegex(
            StoreError, "game.db: 0 commits seen, at least 3 .*backup.*accept-loss"
        ):
            self.opened()

    async def test_lost_tail(self):
        """A log that lost its last bytes is found."""
        await self.killed(1, 2, 3)
        log = self.folder / "game.db-wal"
        log.write_bytes(log.read_bytes()[:-100])
        with self.assertRaisesRegex(StoreError, "2 commits seen, at least 3"):
            self.opened()

    async def test_flipped_log(self):
        """A wrong bit in the log, which SQLite takes for its end, is found."""
        await self.killed(1, 2, 3)
        log = bytearray((self.folder / "game.db-wal").read_bytes())
        log[-50] ^= 1
        (self.folder / "game.db-wal").write_bytes(log)
        with self.assertRaisesRegex(StoreError, "2 commits seen, at least 3"):
            self.opened()

    async def test_refused_again(self):
        """Opening does not accept a loss by itself the second time."""
        await self.killed(1, 2, 3)
        (self.folder / "game.db-wal").unlink()
        for _ in range(2):
            self.assertRaises(StoreError, self.opened)

    async def test_older_copy(self):
        """An older copy in the place of the database is found too."""
        await self.saved(1)
        older = self.path.read_bytes()
        await self.saved(2, 3)
        self.path.write_bytes(older)
        with self.assertRaisesRegex(StoreError, "1 commits seen, at least 3"):
            self.opened()

    async def test_lost_database(self):
        """A database that is gone is not made anew, and no empty file is left."""
        await self.saved(1)
        self.path.unlink()
        with self.assertRaisesRegex(StoreError, "no database seen, at least 1"):
            self.opened()
        self.assertFalse(self.path.exists())

    async def test_empty_database(self):
        """A database of no bytes is not taken for a new one."""
        await self.saved(1)
        self.path.write_bytes(b"")
        with self.assertRaisesRegex(StoreError, "0 commits seen, at least 1"):
            self.opened()

    async def test_accepted_loss(self):
        """After accept_loss what is left is served, and counting goes on from there."""
        await self.killed(1, 2, 3)
        (self.folder / "game.db-wal").unlink()
        self.assertRaises(StoreError, self.opened)
        self.assertEqual(accept_loss(self.path), Accepted(0, is_loss=True))
        await self.saved(1, 2)
        self.assertEqual(tally.read(self.path), 2)

    async def test_nothing_to_accept(self):
        """Of a whole database accept_loss changes nothing, and says so."""
        await self.killed(1, 2, 3)
        for remove in (False, True):
            if remove:
                tally.beside(self.path).unlink()
            before = self.files()
            self.assertEqual(accept_loss(self.path), Accepted(3, is_loss=False))
            self.assertEqual(self.files(), before)

    async def test_damaged_log_is_kept(self):
        """The log that commits were lost from is kept aside, and replaces no other."""
        await self.killed(1, 2, 3)
        log = self.folder / "game.db-wal"
        for name in ("game.db-wal.damaged", "game.db-wal.damaged1"):
            tally.accept(self.path, 99)
            content = log.read_bytes()
            accepted = accept_loss(self.path)
            self.assertEqual(accepted.kept.name, name)
            self.assertEqual(accepted.kept.read_bytes(), content)

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Give name, bytes and mode of all that lies there."""
        return {
            one.name: (one.read_bytes(), one.stat().st_mode)
            for one in self.folder.iterdir()
        }

    async def test_missing_count(self):
        """A database whose count is gone is served, with a word; then it is there."""
        await self.saved(1, 2)
        self.assertEqual(self.opened().notes, ())
        tally.beside(self.path).unlink()
        with reading_file(self.path, (said := []).append):
            pass
        self.assertRegex(said[0], "game.db.commits: no such file: .*cannot be told")
        self.assertFalse(tally.beside(self.path).exists())
        self.assertEqual(self.opened().notes, tuple(said))
        self.assertEqual(self.opened().notes, ())

    async def test_accepted_loss_of_all(self):
        """A database that is gone may be accepted as gone."""
        await self.saved(1)
        self.path.unlink()
        self.assertEqual(accept_loss(self.path), Accepted(0, is_loss=True))
        await self.saved(1)

    async def test_accepted_copy_from_before_the_count(self):
        """The copy from before step 2, which has no count, can be accepted."""
        database = sqlite_file.opened(self.path)
        bring_up(database, Steps(STEPS.folder, 1))
        database.close()
        older = self.path.read_bytes()
        await self.saved(1)
        self.path.write_bytes(older)
        self.assertEqual(accept_loss(self.path), Accepted(0, is_loss=True))
        await self.saved(1)

    async def test_damage_is_not_accepted(self):
        """accept_loss refuses a database that is damaged itself."""
        await self.saved(1)
        self.path.write_bytes(b"no database " * 1000)
        with self.assertRaisesRegex(StoreError, "not a database.*backup"):
            accept_loss(self.path)

    async def test_restored_backup(self):
        """Without the side file a database is taken as it is, and gets a new one."""
        await self.saved(1, 2)
        tally.beside(self.path).unlink()
        await self.saved(3)
        self.assertEqual(tally.read(self.path), 3)

    async def test_damaged_side_file(self):
        """A side file of wrong bytes is named; accept_loss puts it right."""
        await self.saved(1, 2)
        for wrong in (b"", b"\0" * 12, b"\xff" * 40):
            tally.beside(self.path).write_bytes(wrong)
            with self.assertRaisesRegex(StoreError, "game.db.commits: .*accept-loss"):
                self.opened()
            self.assertEqual(accept_loss(self.path), Accepted(2, is_loss=True))
            await self.opened().close()

    async def test_reads_count_nothing(self):
        """A group that only reads, or changes nothing, is no commit."""
        await self.saved(1)
        store = self.opened()
        await store.snapshots.load("Player", "ada")
        await store.snapshots.delete("Player", "nobody")
        await store.close()
        self.assertEqual(tally.read(self.path), 1)

    async def test_group_counts_once(self):
        """The side file says what the database says, also after a stale batch."""
        store = self.opened()
        waiting = [store.snapshots.save([ada(n)]) for n in (1, 2, 2)]
        await waiting[0]
        await self.assertFailure(waiting[2], StoreError)
        await store.snapshots.save([ada(3)])
        await store.close()
        with closing(sqlite3.connect(self.path)) as connection:
            (commits,) = connection.execute("SELECT commits FROM meta").fetchone()
        self.assertEqual(tally.read(self.path), commits)
        self.assertIn(commits, range(1, 4))


class ChecksumTests(TestCase):
    """The sum as a function."""

    @given(SNAPSHOTS, st.data())
    @settings(max_examples=200, deadline=None)
    def test_any_bit_counts(self, snapshot, data):
        """Flipping any one bit of a state gives another sum."""
        state = bytearray(snapshot.state + b"x")
        whole = Snapshot(snapshot.kind, snapshot.id, snapshot.version, bytes(state), 1)
        bit = data.draw(st.integers(0, len(state) * 8 - 1))
        state[bit // 8] ^= 1 << bit % 8
        damaged = Snapshot(
            snapshot.kind, snapshot.id, snapshot.version, bytes(state), 1
        )
        self.assertNotEqual(checksum.of_snapshot(whole), checksum.of_snapshot(damaged))
