"""Export and import: an identity between real databases, or a refusal and no change."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from sqlalchemy import insert, select
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.release_row import CodeRow, ModuleText, Outcome, ReleaseRow
from gameserver.model.snapshot import Snapshot
from gameserver.store import pages, postgres, schema, sqlite_file, transfer, upgrade
from gameserver.store.backup import back_up
from gameserver.store.kinds import kind_of
from gameserver.store.transfer import Export
from tests.folders import temporary_folder
from tests.store.postgres_server import fresh_database
from tests.store.rows import worlds

ADA = Account("Ada", password="$argon2id$x", sealed_token=b"\0\xff", created=1.5)
ENTRY = AuditEntry(0.1, "uid:0", "local", "kick", "bob", "done")
RELEASE = ReleaseRow(
    number=4,
    at=2.0,
    actor="ada",
    origin="local",
    modules=(ModuleText("plugins.m", "changed", "x = 1\n", "+x = 1\n"),),
    plan={"modules": ["m"]},
    shown="changed m",
    pause=0.002,
    outcome=Outcome.COMMITTED,
    facts={"waited": 3},
)
CODE = CodeRow("plugins.m", 2, "ada", 3.0, "x = 1\n", "one")
WORLD = (
    [Snapshot("avatar", "Ada", 2, b'{"gold":3}', 7)],
    [ADA],
    [ENTRY],
    [RELEASE],
    [CODE, replace(CODE, revision=3, text=None)],
)


def nothing(_count: int) -> None:
    """Show no progress."""


class Opened:
    """One database with its tables, in this thread, without a writer."""

    def __init__(self, database) -> None:
        self.database = database
        upgrade.bring_up(database)
        database.start()

    def __enter__(self):
        return self

    def __exit__(self, *failure: object) -> None:
        self.database.close()

    def run(self, work):
        """Do something in a transaction, as the writer does."""
        connection = self.database.begin()
        try:
            result = work(connection)
            self.database.commit()
        except BaseException:
            self.database.rollback()
            raise
        return result

    def fill(self, world) -> None:
        for rows in world:
            for row in rows:
                kind = kind_of(row)
                values, table = kind.columns(row), kind.table
                self.run(lambda c, t=table, v=values: c.execute(insert(t).values(v)))

    def exported(self) -> bytes:
        file = io.BytesIO()
        self.run(partial(transfer.export, file, nothing))
        return file.getvalue()

    def rows(self):
        """Give all that an export holds, in its order."""
        return self.run(lambda connection: list(transfer._rows(connection)))

    def put(self, text: bytes):
        return self.run(partial(checked(text).put, nothing))


def without_head(text: bytes) -> bytes:
    return text.partition(b"\n")[2]


def checked(text: bytes) -> Export:
    return Export.checked(io.BytesIO(text), "x.jsonl", nothing)


def sqlite(folder: str | Path) -> Opened:
    return Opened(sqlite_file.opened(Path(folder) / "game.db"))


class LawTests(SynchronousTestCase):
    @settings(max_examples=25)
    @given(worlds())
    def test_sqlite(self, world):
        """What was exported from one database and imported into another is equal."""
        with TemporaryDirectory() as one, TemporaryDirectory() as other:
            self.moved(sqlite(one), sqlite(other), world)

    def test_postgres(self):
        """So it is from SQLite to PostgreSQL, and back."""
        there = partial(postgres.opened, fresh_database(self))
        folder, back = temporary_folder(self), temporary_folder(self)
        self.moved(sqlite(folder), Opened(there()), WORLD)
        with Opened(there()) as full, sqlite(back) as empty:
            empty.put(full.exported())
            self.assertEqual(empty.rows(), full.rows())

    def moved(self, one: Opened, other: Opened, world) -> None:
        with one, other:
            one.fill(world)
            text = one.exported()
            other.put(text)
            self.assertEqual(other.rows(), one.rows())
            self.assertEqual(without_head(other.exported()), without_head(text))

    def test_many(self):
        """More rows than a page and a statement hold are all there, in order."""
        world = ([Snapshot("avatar", f"n{i:05}", 1, b"{}", 1) for i in range(2345)],)
        with (
            sqlite(temporary_folder(self)) as one,
            sqlite(temporary_folder(self)) as other,
        ):
            one.fill(world)
            counts = other.put(one.exported())
            self.assertEqual(counts.pop("snapshots"), 2345)
            self.assertEqual(set(counts.values()), {0})
            self.assertEqual(other.rows(), world[0])

    def test_many_releases(self):
        """So are more of those with texts, and progress is told on the way."""
        world = (
            [replace(RELEASE, number=number) for number in range(1, 51)],
            [replace(CODE, revision=number) for number in range(1, 51)],
        )
        with (
            sqlite(temporary_folder(self)) as one,
            sqlite(temporary_folder(self)) as other,
        ):
            one.fill(world)
            given, told = checked(one.exported()), []
            other.run(partial(given.put, told.append))
            self.assertEqual(other.rows(), [*world[0], *world[1]])
            self.assertEqual(told, [20, 40, 50, 70, 90, 100])


class CountTests(SynchronousTestCase):
    """An import counts commits on from where the export was made."""

    def sizes(self, one: Opened, other: Opened) -> tuple[int, int]:
        """Give the counts of a world before, and after it was moved."""
        with one, other:
            one.fill(WORLD)
            other.put(one.exported())
            counts = [
                each.run(lambda c: c.scalar(select(schema.meta.c.commits)))
                for each in (one, other)
            ]
        return counts[0], counts[1]

    def test_counts_on(self):
        """The imported world counts more than the one that was exported."""
        before, after = self.sizes(
            sqlite(temporary_folder(self)), sqlite(temporary_folder(self))
        )
        self.assertEqual((before, after), (6, 7))
        before, after = self.sizes(
            sqlite(temporary_folder(self)),
            Opened(postgres.opened(fresh_database(self))),
        )
        self.assertEqual((before, after), (6, 7))

    def test_older_copy(self):
        """A copy from before, put in its place without its own count, is refused."""
        old, new = temporary_folder(self), temporary_folder(self)
        with sqlite(old) as one:
            one.fill(WORLD)
            text = one.exported()
            back_up(old / "game.db", new / "copy.db")
        with sqlite(new) as empty:
            empty.put(text)
        (new / "copy.db").replace(new / "game.db")
        with self.assertRaisesRegex(StoreError, "6 commits seen, at least 7 expected"):
            sqlite_file.opened(new / "game.db")


class RefusedTests(SynchronousTestCase):
    def setUp(self):
        with sqlite(temporary_folder(self)) as one:
            one.fill(WORLD)
            self.text = one.exported()

    def refusal(self, text: bytes) -> str:
        return str(self.assertRaises(StoreError, checked, text))

    def test_cut(self):
        """An export that lost its end is refused, wherever it was cut."""
        for length in range(len(self.text) - 1):
            self.assertIn("x.jsonl:", self.refusal(self.text[:length]))

    def test_line_lost(self):
        """So is one that lost any line, or has one twice."""
        lines = self.text.splitlines(keepends=True)
        for number in range(len(lines)):
            kept = lines[:number] + lines[number + 1 :]
            self.refusal(b"".join(kept))
            self.refusal(b"".join([*lines[: number + 1], *lines[number:]]))

    def test_place(self):
        """File, line, value and expectation are named."""
        lines = self.text.splitlines(keepends=True)
        lines[1] = lines[1].replace(b'"version":2', b'"version":"2"')
        said = self.refusal(b"".join(lines))
        self.assertIn('x.jsonl:2: \'{"line":"snapshot","kind":"avatar"', said)
        self.assertIn("Expected `int`, got `str` - at `$.version`", said)

    def test_same_name(self):
        """Names that differ only in case are the same account."""
        lines = self.text.splitlines(keepends=True)
        lines.insert(3, lines[2].replace(b"Ada", b"ADA"))
        said = self.refusal(b"".join(lines))
        self.assertIn("x.jsonl:4: account 'ADA' seen, which line 3 has already", said)

    def test_newer(self):
        """An export of a newer program is refused by its first line."""
        newer = self.text.replace(b'"format":3', b'"format":4')
        self.assertIn("x.jsonl:1: format 4 seen, 1 to 3 expected", self.refusal(newer))

    def test_older(self):
        """An export from before there were releases is imported."""
        entry = self.text.splitlines(keepends=True)[3]
        older = b'{"line":"gameserver-export","format":1}\n' + entry
        older += b'{"line":"end","snapshots":0,"accounts":0,"audit":1}\n'
        with sqlite(temporary_folder(self)) as empty:
            counts = empty.put(older)
            self.assertEqual(counts["audit"], 1)
            self.assertEqual(empty.rows(), [ENTRY])

    def test_same_number(self):
        """No release and no revision is there twice."""
        lines = self.text.splitlines(keepends=True)
        for number, name in ((4, "release 4"), (5, "module 'plugins.m', revision 2")):
            twice = [*lines[: number + 1], *lines[number:]]
            self.assertIn(f"{name} seen, which line", self.refusal(b"".join(twice)))

    def test_not_empty(self):
        """A row of any other kind there refuses the import, and stays as it is."""
        for kept in (0, 1, 3, 4):
            world = [rows if kept == i else [] for i, rows in enumerate(WORLD)]
            with sqlite(temporary_folder(self)) as full:
                full.fill(world)
                before = full.rows()
                error = self.assertRaises(StoreError, full.put, self.text)
                self.assertRegex(str(error), "[12] (snap|acc|rel|rev)")
                self.assertEqual(full.rows(), before)

    def test_only_looked_at(self):
        """An audit trail alone, which a look leaves, is kept after what is imported."""
        look = replace(ENTRY, verb="accounts", when=9.0)
        for make in (self.sqlite, self.postgres):
            with make() as empty:
                empty.fill([[look]])
                counts = empty.put(self.text)
                self.assertEqual(counts["audit"], 1)
                snapshots, accounts, entries, *rest = WORLD
                expected = [*snapshots, *accounts, *entries, look, *chain(*rest)]
                self.assertEqual(empty.rows(), expected)

    def sqlite(self) -> Opened:
        return sqlite(temporary_folder(self))

    def postgres(self) -> Opened:
        return Opened(postgres.opened(fresh_database(self)))

    def test_changed_meanwhile(self):
        """A file that changes after it was checked leaves the database empty."""
        given = checked(self.text)
        given.file.seek(len(self.text) - 20)
        given.file.write(b"#")
        with sqlite(temporary_folder(self)) as empty:
            self.assertRaises(OSError, empty.run, partial(given.put, nothing))
            self.assertEqual(empty.rows(), [])

    def test_damaged(self):
        """A damaged row ends the export, by its name."""
        with sqlite(temporary_folder(self)) as one:
            one.fill(WORLD)
            one.run(lambda c: c.execute(schema.snapshots.update().values(state=b"{}")))
            error = self.assertRaises(StoreError, one.exported)
            self.assertIn("avatar 'Ada': the stored row is damaged", str(error))
            told: list[str] = []
            found = one.run(
                lambda c: list(pages.snapshots(c, lambda e: told.append(str(e))))
            )
            self.assertEqual((found, told), ([], [str(error)]))
