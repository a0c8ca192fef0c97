"""After a refused batch, those that build on it are refused, too."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from gameserver.errors import StoreError
from gameserver.model.batch import Batch
from gameserver.model.snapshot import Snapshot
from gameserver.store.sql import SqlStore


def batch(name: str, revision: int = 1) -> Batch:
    return Batch((Snapshot("avatar", name, 1, b"{}", revision),))


class ChainTests(TestCase):
    """Batches in the queue of a writer that is held."""

    def setUp(self) -> None:
        path = Path(self.enterContext(TemporaryDirectory())) / "world.db"
        self.store = SqlStore.open(path, reactor.callFromThread)
        self.addCleanup(self.store.close)

    def held(self) -> threading.Event:
        """Stop the thread until the event is set."""
        started, go_on = threading.Event(), threading.Event()

        def wait(_connection: object) -> None:
            started.set()
            go_on.wait(30)

        self.store._writer.submit(wait)
        started.wait(30)
        return go_on

    async def refused(self, *asked: Deferred[None]) -> list[str]:
        said = []
        for one in asked:
            with self.assertRaises(StoreError) as caught:
                await one
            said.append(str(caught.exception))
        return said

    async def test_those_after(self) -> None:
        """Before it they are stored, after it they are refused."""
        await self.store.commit(batch("ada", 5))
        go_on = self.held()
        before = [self.store.commit(batch(f"b{n}")) for n in range(3)]
        stale = self.store.commit(batch("ada", 5))
        after = [self.store.commit(batch(f"a{n}")) for n in range(3)]
        go_on.set()
        await gatherResults(before)
        said = await self.refused(stale, *after)
        self.assertIn("'ada' 5", said[0])
        self.assertEqual(
            {*said[1:]}, {"not saved: a batch before this one was refused"}
        )
        found = await self.store.snapshots.ids("avatar")
        self.assertEqual(found, ["ada", "b0", "b1", "b2"])

    async def test_until_it_is_heard(self) -> None:
        """One that is given before the refusal is heard is refused; later ones not."""
        await self.store.commit(batch("ada", 5))
        heard: list[Deferred[None]] = []
        stale = self.store.commit(batch("ada", 5))
        stale.addErrback(lambda _: heard.append(self.store.commit(batch("later"))))
        await stale
        await heard[0]
        self.assertEqual(await self.store.snapshots.ids("avatar"), ["ada", "later"])

    async def test_reads_go_on(self) -> None:
        """What only reads is answered all the same."""
        await self.store.commit(batch("ada", 5))
        go_on = self.held()
        stale, read = self.store.commit(batch("ada", 5)), self.store.snapshots.ids("x")
        go_on.set()
        await self.refused(stale)
        self.assertEqual(await read, [])
