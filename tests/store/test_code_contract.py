"""What every store promises of plugin text, run over each implementation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twisted.internet.defer import DeferredList
from twisted.trial.unittest import TestCase

from gameserver.errors import NotFound, StaleRevision, StoreError
from gameserver.model.release_row import CodeRow
from tests.store.stores import InMemory, InPostgres, InSqlite

if TYPE_CHECKING:
    from gameserver.interfaces import Store


class CodeContract:
    """The rules; a subclass gives the store."""

    store: Store

    async def put(self, module: str, text: str | None, base: int) -> CodeRow:
        return await self.store.code.put(module, text, "ada", 1.5, base, f"from {base}")

    async def test_code_whole(self):
        """Every field of a revision comes back as it went in."""
        text = "x = 'é'\r\n\tpass\n"
        put = await self.store.code.put("plugins.m", text, "Zoë", 12, 0, "why")
        self.assertEqual(put, CodeRow("plugins.m", 1, "Zoë", 12.0, text, "why"))
        self.assertEqual(await self.store.code.get("plugins.m"), put)

    async def test_revisions_count(self):
        """Each put is the next revision of its module; older ones stay."""
        for base, text in enumerate(("one", "", "three")):
            await self.put("m", text, base)
        await self.put("other", "text", 0)
        self.assertEqual((await self.store.code.get("m")).revision, 3)
        texts = [(await self.store.code.get("m", n)).text for n in (1, 2, 3)]
        self.assertEqual(texts, ["one", "", "three"])
        self.assertEqual((await self.store.code.get("other")).revision, 1)

    async def test_stale_put(self):
        """A change of an older one is refused: module, both revisions, author."""
        await self.put("m", "one", 0)
        await self.put("m", "two", 1)
        for base in (0, 1, 3, -1):
            made = f"revision {base}" if base else "no revision"
            said = f"module 'm': .*from {made}, .*newest is revision 2, put by 'ada'"
            with self.assertRaisesRegex(StaleRevision, said):
                await self.put("m", "late", base)
        with self.assertRaisesRegex(StaleRevision, "'new': .*2, .*has no text of it"):
            await self.put("new", "text", 2)
        self.assertEqual(len(await self.store.code.log("m")), 2)
        self.assertEqual(await self.store.code.names(), ["m"])

    async def test_two_authors_at_once(self):
        """Of two who put at once one is refused, and the text is the other's."""
        await self.put("m", "old", 0)
        both = [
            self.store.code.put("m", author, author, 2.0, 1)
            for author in ("ada", "bob")
        ]
        first = await both[0]
        said = "revision 1, .* revision 2, .*'ada'"
        with self.assertRaisesRegex(StaleRevision, said):
            await both[1]
        self.assertEqual(await self.store.code.get("m"), first)

    async def test_removed(self):
        """A removal is a revision without text; a text after it is the next."""
        await self.put("m", "one", 0)
        self.assertIsNone((await self.put("m", None, 1)).text)
        self.assertEqual(await self.store.code.current(), [])
        self.assertIsNone((await self.store.code.get("m")).text)
        self.assertEqual((await self.put("m", "again", 2)).revision, 3)
        self.assertEqual(
            [row.text for row in await self.store.code.current()], ["again"]
        )

    async def test_nothing_to_remove(self):
        """Removing what has no text is refused, and no revision."""
        await self.put("m", "one", 0)
        await self.put("m", None, 1)
        for module, base in (("m", 2), ("never", 0)):
            with self.assertRaisesRegex(NotFound, f"'{module}': no text seen"):
                await self.put(module, None, base)
        self.assertEqual(len(await self.store.code.log("m")), 2)
        self.assertEqual(await self.store.code.log("never"), [])

    async def test_unknown_code(self):
        """A module or revision that there is not is refused by name."""
        with self.assertRaisesRegex(NotFound, "'m' has no text in the database"):
            await self.store.code.get("m")
        await self.put("m", "one", 0)
        for revision in (-1, 0, 2, 2**70):
            said = f"'m': revision {revision} seen, 1 to 1 expected"
            with self.assertRaisesRegex(NotFound, said):
                await self.store.code.get("m", revision)

    async def test_log(self):
        """A log has all revisions, newest first; None for a text is a removal."""
        for base, text in enumerate(("one", None, "three")):
            await self.put("m", text, base)
        await self.put("other", "text", 0)
        found = await self.store.code.log("m")
        rows = [CodeRow("m", n + 1, "ada", 1.5, "", f"from {n}") for n in (2, 1, 0)]
        rows[1] = replace(rows[1], text=None)
        self.assertEqual(found, rows)
        self.assertEqual(await self.store.code.log("nobody"), [])

    async def test_current(self):
        """The newest text of each module comes by name, in the order of code points."""
        for module in ("plugins.b", "plugins.Z", "plugins.é", "plugins.a", "plugins"):
            await self.put(module, "old", 0)
            await self.put(module, f"of {module}", 1)
        await self.put("plugins.gone", "x", 0)
        await self.put("plugins.gone", None, 1)
        found = await self.store.code.current()
        names = ["plugins", "plugins.Z", "plugins.a", "plugins.b", "plugins.é"]
        self.assertEqual([row.module for row in found], names)
        self.assertEqual([row.text for row in found], [f"of {one}" for one in names])
        every = sorted([*names, "plugins.gone"])
        self.assertEqual(await self.store.code.names(), every)

    async def test_no_code(self):
        """An empty store has no modules."""
        self.assertEqual(await self.store.code.current(), [])
        self.assertEqual(await self.store.code.names(), [])

    async def test_outlives_close(self):
        """What was answered is there for the next server, which counts on."""
        await self.put("m", "one", 0)
        self.store = await self.reopened()
        self.assertEqual((await self.put("m", "two", 1)).revision, 2)
        self.assertEqual((await self.store.code.get("m", 1)).text, "one")


class SqlContract(CodeContract):
    """What a database promises besides."""

    async def test_text_that_is_none(self):
        """A text that UTF-8 cannot hold is refused by module; others are stored."""
        good = self.put("m", "one", 0)
        with self.assertRaisesRegex(StoreError, "module 'n': .*UTF-8 expected"):
            await self.put("n", "\ud800", 0)
        await good
        self.assertEqual(await self.store.code.names(), ["m"])

    async def test_log_reads_no_text(self):
        """A log is given though every text is damaged; the texts are not."""
        await self.put("m", "one", 0)
        await self.damaged("UPDATE revisions SET text = {wrong}")
        self.assertEqual([row.text for row in await self.store.code.log("m")], [""])
        for reading in (self.store.code.get("m"), self.store.code.current()):
            said = "module 'm', revision 1: .*damaged.*backup"
            with self.assertRaisesRegex(StoreError, said):
                await reading

    async def test_every_column_counts(self):
        """A changed revision is named; a text that went is not taken for a removal."""
        for number, change in enumerate(
            (
                "author = 'eve'",
                "at = 2",
                "note = 'x'",
                "text_sum = 1",
                "checksum = 0",
                "text = NULL",
                "module = 'n7'",
                "revision = 9",
            ),
            1,
        ):
            module = f"m{number}"
            await self.put(module, "one", 0)
            await self.damaged(
                f"UPDATE revisions SET {change} WHERE module = '{module}'"  # noqa: S608 - our own
            )
            with self.assertRaisesRegex(StoreError, "revision [19]: .*damaged.*backup"):
                await self.store.code.current()
            await self.store.run(lambda c: c.exec_driver_sql("DELETE FROM revisions"))

    async def test_damaged_newest_can_be_replaced(self):
        """Over a damaged revision a whole one can be put."""
        await self.put("m", "one", 0)
        await self.damaged("UPDATE revisions SET text = {wrong}")
        await self.put("m", "two", 1)
        self.assertEqual((await self.store.code.get("m")).text, "two")


class MemoryTests(CodeContract, InMemory, TestCase):
    """In memory."""


class SqliteTests(SqlContract, InSqlite, TestCase):
    """In an SQLite file."""

    async def test_text_not_read(self):
        """A text that the driver cannot even read does not harm log, names and put."""
        await self.put("m", "one", 0)
        await self.damaged("UPDATE revisions SET text = CAST(x'ff' AS TEXT)")
        self.assertEqual([row.text for row in await self.store.code.log("m")], [""])
        self.assertEqual(await self.store.code.names(), ["m"])
        with self.assertRaisesRegex(StoreError, "column 'text'"):
            await self.store.code.get("m")
        self.assertEqual((await self.put("m", "two", 1)).revision, 2)

    async def test_two_connections(self):
        """Two connections to one file count together: one put is taken of four."""
        stores = self.store, self.opened()
        both = [one.code.put("m", "x", "ada", 1.0, 0) for one in stores for _ in "ab"]
        answers = await DeferredList(both, consumeErrors=True)
        refused = [failure for stored, failure in answers if not stored]
        self.assertEqual(len(refused), 3)
        for failure in refused:
            failure.trap(StaleRevision)
        self.assertEqual(len(await self.store.code.log("m")), 1)


class PostgresTests(SqlContract, InPostgres, TestCase):
    """In a PostgreSQL server."""
