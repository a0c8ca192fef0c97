"""What every store promises of releases, run over each implementation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twisted.internet.defer import gatherResults
from twisted.trial.unittest import TestCase

from gameserver.errors import NotFound, StoreError
from gameserver.model.release_row import ModuleText, Outcome, ReleaseRow
from tests.store.stores import InMemory, InPostgres, InSqlite

if TYPE_CHECKING:
    from gameserver.interfaces import Store

ROW = ReleaseRow(
    number=0,
    at=1234,
    actor="Zoë",
    origin="127.0.0.1:5",
    modules=(
        ModuleText("plugins.m", "changed", "x = 'é\0'\n", "-x = 1\n+x = 'é'\n"),
        ModuleText("plugins.gone", "removed", None, "-y = 1\n"),
    ),
    plan={"modules": [{"name": "plugins.m"}], "pause": 0.25, "refused": []},
    shown="changed  plugins.m\nremoved  plugins.gone",
    pause=0.0125,
    outcome=Outcome.COMMITTED,
    facts={"waited": 3, "rehearsal": {"ok": True, "why_not": None}},
)
LISTED = replace(
    ROW,
    modules=(
        ModuleText("plugins.m", "changed", None, ""),
        ModuleText("plugins.gone", "removed", None, ""),
    ),
    plan={},
    shown="",
)
REFUSED = replace(
    ROW,
    modules=(),
    plan={},
    shown="",
    pause=None,
    outcome=Outcome.REFUSED,
    reason="plugins/m.py:3: invalid syntax",
    facts={},
    ended=1235.5,
)


class ReleaseContract:
    """The rules; a subclass gives the store."""

    store: Store

    async def test_release_whole(self):
        """Every field of a release comes back as it went in, with its number."""
        for number, row in enumerate((ROW, REFUSED), 1):
            self.assertEqual(await self.store.releases.add(row), number)
            found = await self.store.releases.get(number)
            self.assertEqual(found, replace(row, number=number))

    async def test_given_number_ignored(self):
        """Numbers are given by the store, from 1, also to many at once."""
        rows = [replace(ROW, number=77, at=float(n)) for n in range(30)]
        adding = [self.store.releases.add(row) for row in rows]
        self.assertEqual(await gatherResults(adding), list(range(1, 31)))
        self.assertEqual((await self.store.releases.get(30)).at, 29.0)

    async def test_given_dicts_not_kept(self):
        """What is changed after it was given, or in what was got, changes no row."""
        facts = {"waited": 1}
        adding = self.store.releases.add(replace(ROW, facts=facts))
        facts["waited"] = 2
        await adding
        (await self.store.releases.get(1)).facts["waited"] = 3
        (await self.store.releases.newest(1))[0].facts["waited"] = 4
        self.assertEqual((await self.store.releases.get(1)).facts, {"waited": 1})

    async def test_tuples_are_lists(self):
        """A plan's tuples come back as lists, in every store."""
        await self.store.releases.add(replace(ROW, plan={"names": ("a", "b")}))
        found = await self.store.releases.get(1)
        self.assertEqual(found.plan, {"names": ["a", "b"]})

    async def test_not_json(self):
        """A plan or facts not of JSON's types are refused; nothing is added."""
        for wrong in ({"names": {1, 2}}, {"pause": float("nan")}, {"name": "\ud800"}):
            for row in (replace(ROW, plan=wrong), replace(ROW, facts=wrong)):
                with self.assertRaisesRegex(StoreError, "of a release: .*expected"):
                    await self.store.releases.add(row)
        self.assertEqual(await self.store.releases.newest(9), [])

    async def test_settled(self):
        """How it ended replaces outcome, reason, end and facts, and nothing else."""
        await self.store.releases.add(REFUSED)
        await self.store.releases.add(ROW)
        facts = {"errors": 7}
        await self.store.releases.settle(2, Outcome.UNDONE, "7 errors", 1300, facts)
        expected = replace(
            ROW,
            number=2,
            outcome=Outcome.UNDONE,
            reason="7 errors",
            ended=1300.0,
            facts={"errors": 7},
        )
        self.assertEqual(await self.store.releases.get(2), expected)
        first = await self.store.releases.get(1)
        self.assertEqual(first, replace(REFUSED, number=1))

    async def test_rewritten(self):
        """A row takes the place of another, whole; the others stay."""
        begun = replace(ROW, outcome=Outcome.BEGUN, pause=None, plan={}, shown="")
        for row in (REFUSED, begun):
            await self.store.releases.add(row)
        await self.store.releases.rewrite(replace(ROW, number=2))
        self.assertEqual(await self.store.releases.get(2), replace(ROW, number=2))
        first = await self.store.releases.get(1)
        self.assertEqual(first, replace(REFUSED, number=1))
        for number in (0, 3):
            with self.assertRaises(NotFound):
                await self.store.releases.rewrite(replace(ROW, number=number))
        with self.assertRaisesRegex(StoreError, "facts of a release"):
            await self.store.releases.rewrite(replace(ROW, number=2, facts={"e": {1}}))

    async def test_settled_wrongly(self):
        """Facts that are not of JSON's types leave the row as it was."""
        await self.store.releases.add(ROW)
        with self.assertRaisesRegex(StoreError, "facts of a release"):
            await self.store.releases.settle(1, Outcome.UNDONE, "", 1.0, {"e": {1}})
        found = await self.store.releases.get(1)
        self.assertEqual(found, replace(ROW, number=1))

    async def test_unknown_release(self):
        """A number that there is not is refused, with those that there are."""
        with self.assertRaisesRegex(NotFound, "release 1 seen, there is none yet"):
            await self.store.releases.get(1)
        await self.store.releases.add(ROW)
        for number in (-1, 0, 2, 2**70):
            said = f"release {number} seen, 1 to 1 expected"
            with self.assertRaisesRegex(NotFound, said):
                await self.store.releases.get(number)
            with self.assertRaisesRegex(NotFound, said):
                await self.store.releases.settle(number, Outcome.UNDONE, "", 1.0, {})

    async def test_newest_releases(self):
        """The newest come first, as many as asked for, without texts and plans."""
        for row in (REFUSED, ROW, ROW):
            await self.store.releases.add(row)
        expected = [replace(LISTED, number=3), replace(LISTED, number=2)]
        self.assertEqual(await self.store.releases.newest(2), expected)
        everything = await self.store.releases.newest(99)
        self.assertEqual([row.number for row in everything], [3, 2, 1])
        for limit in (0, -1):
            self.assertEqual(await self.store.releases.newest(limit), [])

    async def test_outlives_close(self):
        """What was answered is there for the next server, which counts on."""
        await self.store.releases.add(ROW)
        self.store = await self.reopened()
        found = await self.store.releases.get(1)
        self.assertEqual(found, replace(ROW, number=1))
        self.assertEqual(await self.store.releases.add(ROW), 2)


class SqlContract(ReleaseContract):
    """What a database promises besides."""

    async def test_list_reads_no_body(self):
        """A list is given though texts and plan are damaged; the whole is not."""
        await self.store.releases.add(ROW)
        await self.damaged("UPDATE releases SET body = {wrong}")
        listed = await self.store.releases.newest(1)
        self.assertEqual(listed, [replace(LISTED, number=1)])
        with self.assertRaisesRegex(StoreError, "plan of release 1: .*damaged.*backup"):
            await self.store.releases.get(1)

    async def test_every_column_counts(self):
        """A release of which any column was changed is named, and never given."""
        for number, change in enumerate(
            (
                "at = 2",
                "actor = 'eve'",
                "origin = ''",
                "pause = NULL",
                "outcome = 'permanent'",
                "reason = 'x'",
                "ended = 1",
                "facts = {wrong}",
                "names = {wrong}",
                "body_sum = 1",
                "checksum = 0",
            ),
            1,
        ):
            await self.store.releases.add(ROW)
            await self.damaged(f"UPDATE releases SET {change} WHERE number = {number}")  # noqa: S608 - our own
            for reading in (
                self.store.releases.get(number),
                self.store.releases.newest(1),
                self.store.releases.settle(number, Outcome.UNDONE, "", 1.0, {}),
            ):
                said = f"release {number}: .*damaged.*backup"
                with self.assertRaisesRegex(StoreError, said):
                    await reading


class MemoryTests(ReleaseContract, InMemory, TestCase):
    """In memory."""


class SqliteTests(SqlContract, InSqlite, TestCase):
    """In an SQLite file."""

    async def test_body_not_read(self):
        """A body that the driver cannot even read does not harm a list."""
        await self.store.releases.add(ROW)
        await self.damaged("UPDATE releases SET body = CAST(x'ff' AS TEXT)")
        listed = await self.store.releases.newest(1)
        self.assertEqual(listed, [replace(LISTED, number=1)])
        with self.assertRaisesRegex(StoreError, "column 'body'"):
            await self.store.releases.get(1)


class PostgresTests(SqlContract, InPostgres, TestCase):
    """In a PostgreSQL server."""
