"""A release is tried in a forked child; here it is as if nothing had been."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import socket
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from gameserver.database import Place
from gameserver.database_url import DatabaseKind
from gameserver.model.snapshot import Snapshot
from gameserver.model.stateful import snapshot_of
from gameserver.reload import Engine, Texts
from gameserver.reload.overrides import Overrides
from gameserver.reload.text import text_from
from gameserver.server.directory import database
from gameserver.services.rehearsal import Rehearsal, Wanted
from gameserver.store.pages import snapshots
from gameserver.store.sql import SqlStore
from tests.services.rehearsal_case import AFTER, BEFORE, LINE, RehearsalCase
from tests.store.postgres_server import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator


class ReportTests(RehearsalCase):
    """What a rehearsal finds."""

    async def test_passes(self) -> None:
        """All live and stored avatars are migrated and counted, and checks are run."""
        for n in range(3):
            self.enter(f"live{n}", coins=1)
        self.rows = [self.store_row(f"p{n}", coins=1) for n in range(1200)]
        self.write(AFTER + "\ndef check_fair():\n    assert Player.version == 2\n")
        report = await self.run_it()
        self.assertEqual((report.ok, report.was_run), (True, True), report.text)
        self.assertEqual((report.live, report.stored, report.checks), (3, 1200, 1))
        words = r"^rehearsed in .* 3 live .* the server stood still for \d+ ms$"
        self.assertRegex(report.text, words)
        self.assertGreater(report.fork, 0.0)

    async def test_endless(self) -> None:
        """A step that does not end is ended; whose state it had is named."""
        loop = "\n    while state['coins'] == 0: pass\n    return {**state"
        self.write(AFTER.replace("\n    return {**state", loop))
        bob = self.store_row("bob", coins=0)
        self.rows = [self.store_row("ada", coins=1), bob]
        report = await self.run_it(seconds=4.0)
        self.assertRegex(
            report.text, r"snapshots, with avatar 'bob', at \S*hall\.py:16"
        )
        self.enter("eve", coins=0)
        report = await self.run_it(seconds=4.0)
        self.assertRegex(report.text, r"commit, with live avatar 'eve', at \S*hall\.py")

    async def test_live_fails(self) -> None:
        """A live avatar that cannot be migrated is named, with file and line."""
        self.enter("ada", coins=5)
        self.enter("bob", coins=0)
        self.write(AFTER)
        report = await self.run_it()
        self.assertFalse(report.ok)
        self.assertEqual(len(report.failed), 1, report.failed)
        self.assertRegex(report.failed[0], f"^live avatar 'bob': .*{LINE}")
        self.assertEqual(report.line, report.failed[0])
        self.assertEqual(report.live, 1)

    async def test_many_fail(self) -> None:
        """At most 20 are named; the others are counted."""
        for n in range(30):
            self.enter(f"p{n}")
        self.write(AFTER)
        report = await self.run_it()
        self.assertEqual(len(report.failed), 20)
        self.assertIn("and 10 more", report.text)
        self.assertEqual(report.line.count("live avatar"), 3)
        self.assertTrue(report.line.endswith("; and 27 more"), report.line)

    async def test_live_cannot_be_saved(self) -> None:
        """Who could be saved before the release and not after it is named."""
        self.enter("ada", mood="calm")
        self.enter("bob", mood=3)  # nor before
        self.write(BEFORE.replace('mood: str = "calm"', "mood: int = 0"))
        report = await self.run_it()
        self.assertFalse(report.ok)
        self.assertRegex(report.text, r"live avatar 'ada': .*hall\.py.*Player: mood")
        self.assertEqual(len(report.failed), 1)

    async def test_refused(self) -> None:
        """Code that cannot be committed is refused with its file and line."""
        self.write(BEFORE + "\nnever = unknown\n")
        report = await self.run_it()
        self.assertFalse(report.ok)
        self.assertRegex(report.text, r"hall\.py:13: NameError")

    async def test_plan(self) -> None:
        """The child makes the plan, and tells which; no body runs here."""
        self.write(AFTER + "\nimport sys\nsys.ran_here = True\n")
        self.addCleanup(vars(sys).pop, "ran_here", None)
        report = await self.run_it()
        self.assertFalse(hasattr(sys, "ran_here"))
        self.assertEqual(report.plan, self.engine.plan().fingerprint)

    async def test_covers(self) -> None:
        """What is wanted may be covered with other texts than the source has."""
        assert isinstance(self.engine, Engine)
        source = self.engine.source = Overrides(self.engine.source)
        self.write("import nothing_of_this_name\n")
        text = text_from("plugins.hall", AFTER, "<earlier>/hall.py")
        source.put({"plugins.hall": text}, "an earlier one")
        covers, source.covers = source.covers, {}
        rehearsal = Rehearsal(self.original, reactor)
        self.assertFalse((await rehearsal.run()).ok)
        report = await rehearsal.run(Wanted(("plugins.hall",), (), covers))
        self.assertTrue(report.ok, report.text)
        self.assertEqual(source.covers, {})

    async def test_body_that_never_ends(self) -> None:
        """It ends with the child; the report says where, and that there is no plan."""
        self.write(BEFORE + "\nwhile True:\n    pass\n")
        report = await self.run_it(seconds=0.5)
        self.assertEqual((report.ok, report.plan), (False, ""))
        self.assertIn("0.5 s, and was ended in the bodies of the new", report.text)

    async def test_damaged(self) -> None:
        """A row that cannot be read is told, and is not the release's fault."""
        self.rows = ["avatar 'eve': the row is damaged"]
        report = await self.run_it()
        self.assertTrue(report.ok, report.text)
        self.assertIn("1 stored rows cannot be read", report.text)

    async def test_unreadable(self) -> None:
        """A database that cannot be read refuses the release."""
        place = Place(self.folder / "nowhere")
        self.original = replace(self.original, stored=partial(opened, place))
        report = await self.run_it()
        self.assertFalse(report.ok)
        self.assertIn("the stored snapshots cannot be read", report.text)

    async def test_parent_unchanged(self) -> None:
        """A rehearsal changes nothing here, whether it passes or fails."""
        await self.run_it()  # the reactor makes some of its own at its first use
        for coins in (5, 0):
            self.enter(f"p{coins}", coins=coins)
            self.write(AFTER)
            before = self.deep()
            await self.run_it()
            self.assertEqual(self.deep(), before)
            self.live[0].mood += "er"
            self.assertNotEqual(self.deep(), before)

    def deep(self) -> list[object]:
        """Give all that a release or the child could have changed."""
        owners = (sys.modules["plugins.hall"], self.cast.avatar)
        limits = [getattr(resource, f"RLIMIT_{one}") for one in ("AS", "FSIZE", "CORE")]
        return [
            [{id(owner): [*vars(owner).items()]} for owner in owners],
            [(id(one), type(one), snapshot_of(one, 1)) for one in self.live],
            [one.text.digest for one in self.engine.records.values()],
            list(self.engine.releases),
            sorted(sys.modules),
            [signal.getsignal(one) for one in sorted(signal.valid_signals())],
            [resource.getrlimit(one) for one in limits],
            [gc.isenabled(), sys.dont_write_bytecode, sys.stdout, sys.stderr],
            list(globalLogPublisher._observers),
            len(reactor.getDelayedCalls()),
        ]


class StoredTests(RehearsalCase):
    """Stored avatars of real databases, read by the parent."""

    async def tried(self, store: SqlStore, place: Place) -> None:
        rows = [self.store_row("ada", coins=5), self.store_row("bob")]
        await store.snapshots.save(rows)
        self.original = replace(self.original, stored=partial(opened, place))
        self.write(AFTER)
        report = await self.run_it()
        self.assertEqual(report.stored, 1)
        self.assertRegex(report.text, f"^stored avatar 'bob': .*{LINE}")
        await store.snapshots.save([replace(rows[1], revision=2)])
        self.assertIsNotNone(await store.snapshots.load("avatar", "ada"))
        await store.close()

    async def test_sqlite(self) -> None:
        """One in a file that fails is named; the store goes on beside it."""
        store = SqlStore.open(database(self.folder), reactor.callFromThread)
        await self.tried(store, Place(self.folder))

    async def test_postgres(self) -> None:
        """The same in PostgreSQL."""
        address = fresh_database(self)
        store = SqlStore.open_url(address, reactor.callFromThread)
        url = DatabaseKind().accept(address, self.folder)
        await self.tried(store, Place(self.folder, url))


def descriptors() -> dict[int, str]:
    """Give the open descriptors and where they lead."""
    found = {}
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing
            found[int(one.name)] = str(one.readlink())
    return found


def reaped() -> tuple[int, int]:
    """Reap any child; ``ChildProcessError`` if there is none."""
    return os.waitpid(-1, os.WNOHANG)


@contextlib.contextmanager
def opened(place: Place) -> Iterator[Iterator[Snapshot | str]]:
    with place.reading() as connection:
        yield snapshots(connection)


class CheckTests(RehearsalCase):
    """The plugins' own checks, and what they must not be able to do."""

    async def failure(self, expected: str, **rules: Any) -> None:
        report = await self.run_it(**rules)
        self.assertFalse(report.ok, report.text)
        self.assertRegex(report.text, expected)

    async def test_raises(self) -> None:
        """One that raises is named with the line."""
        self.with_check("assert 1 == 2, 'sums'")
        await self.failure(r"plugins\.hall\.check_it \(.*hall\.py:15\): Asser.*: sums")

    async def test_false(self) -> None:
        """One that gives False has failed."""
        self.with_check("return False")
        await self.failure("it gave False")

    async def test_chosen(self) -> None:
        """What needs arguments, was imported or is a class is no check."""
        text = "from tests.services.some_checks import check_elsewhere\n"
        text += "def check_door(player):\n    raise OSError\nclass check_class: pass\n"
        self.write(BEFORE + text)
        report = await self.run_it()
        self.assertEqual((report.ok, report.checks), (True, 0), report.text)

    async def test_async(self) -> None:
        """One that waits is run to its end."""
        head = "from twisted.internet import reactor, task\nasync def check_it():"
        self.with_check("await task.deferLater(reactor, 0.01)\nreturn 1 > 2", head)
        await self.failure("it gave False")

    async def test_waits(self) -> None:
        """One that waits for ever fails."""
        head = "from twisted.internet.defer import Deferred\nasync def check_it():"
        self.with_check("await Deferred()", head)
        await self.failure(r"still waits after 0\.1 s", check_seconds=0.1)

    async def test_hangs(self) -> None:
        """One that hangs is ended in time, and named."""
        self.with_check("while True: pass")
        await self.failure(
            r"longer than 1 s, and was ended in plugins\.hall\.check_it", seconds=1.0
        )

    async def test_eats(self) -> None:
        """One that eats memory does not get it."""
        self.with_check("return len(b'x' * 2_000_000_000) == 0")
        await self.failure("MemoryError", memory=200_000_000)

    async def test_exits(self) -> None:
        """One that ends the process has failed, however it ends."""
        self.with_check("os._exit(0)")
        await self.failure(r"ended by itself in plugins\.hall\.check_it .* exit code 0")
        self.with_check("os.abort()")
        await self.failure(r"was ended in plugins\.hall\.check_it .* by SIGABRT")
        self.with_check("raise SystemExit(0)")
        await self.failure("SystemExit: 0")

    async def test_lies(self) -> None:
        """One that writes into the child's own pipe is not believed."""
        body = "for n in range(3, 999):\n"
        body += "    try: os.write(n, b'[1]\\n')\n    except OSError: pass"
        self.with_check(body)
        await self.failure("said what it should not")


class ReachTests(RehearsalCase):
    """Nothing of the parent's is reached."""

    async def test_socket(self) -> None:
        """What it writes to a socket of the parent does not arrive."""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        ours.setblocking(False)
        self.with_check(f"os.write({theirs.fileno()}, b'hello')")
        report = await self.run_it()
        self.assertTrue(report.ok, report.text)
        with self.assertRaises(BlockingIOError):
            ours.recv(5)

    async def test_file(self) -> None:
        """Nor to an open file, nor to one by its name; no file is made or removed."""
        path = self.folder / "kept.txt"
        with path.open("w") as file:
            self.with_check(f"os.write({file.fileno()}, b'hello')")
            self.assertTrue((await self.run_it()).ok)
        for body in (
            f"open({str(path)!r}, 'w')",
            f"open({str(path)!r}, 'a').write('x')",
            f"os.remove({str(path)!r})",
            f"os.rename({str(path)!r}, {str(path)!r} + '2')",
            "os.kill(os.getppid(), 0)",
            "os.system('true')",
            "socket.create_connection(('127.0.0.1', 9))",
        ):
            self.with_check(body)
            report = await self.run_it()
            self.assertIn("a rehearsal may not", report.text, body)
        self.assertEqual(path.read_text(), "")

    async def test_database(self) -> None:
        """The database cannot be opened, and the store here goes on."""
        path = database(self.folder)
        store = SqlStore.open(path, reactor.callFromThread)
        await store.snapshots.save([self.store_row("ada")])
        before = path.read_bytes()
        self.with_check(f"sqlite3.connect({str(path)!r})")
        report = await self.run_it()
        self.assertIn("a rehearsal may not: sqlite3.connect", report.text)
        self.assertEqual(path.read_bytes(), before)
        await store.snapshots.save([self.store_row("bob")])
        await store.close()

    async def test_own_children(self) -> None:
        """Nothing that was opened for the rehearsal stays open, and nobody is left."""
        await self.run_it()  # the reactor makes some of its own at its first use
        open_ = descriptors()
        threads = threading.active_count()
        self.with_check("os._exit(3)")
        await self.run_it()
        self.assertEqual(descriptors(), open_)
        self.assertEqual(threading.active_count(), threads)
        with self.assertRaises(ChildProcessError):
            reaped()


class NotRunTests(RehearsalCase):
    """Where it cannot be rehearsed."""

    async def test_no_fork(self) -> None:
        """Without ``fork`` the report says that it was not rehearsed."""
        report = await Rehearsal(self.original, reactor, forked=None).run()
        self.assertEqual((report.ok, report.was_run), (True, False))
        self.assertEqual(report.text, "not rehearsed: this platform has no fork")

    async def test_fork_fails(self) -> None:
        """The same if the system refuses to fork."""

        def forked() -> int:
            raise BlockingIOError(11, "Resource temporarily unavailable")

        report = await Rehearsal(self.original, reactor, forked=forked).run()
        self.assertFalse(report.was_run)
        self.assertIn("cannot fork: [Errno 11]", report.why_not)

    async def test_busy_thread(self) -> None:
        """Beside a thread that is inside the engine there is no fork."""
        here, leave = threading.Event(), threading.Event()

        class Slow(Texts):
            def names(self) -> frozenset[str]:
                here.set()
                leave.wait(30.0)
                return super().names()

        thread = threading.Thread(target=Engine(Slow()).plan, name="other")
        self.addCleanup(thread.join)
        self.addCleanup(leave.set)
        thread.start()
        self.assertTrue(here.wait(30.0))
        report = await Rehearsal(self.original, reactor).run()
        self.assertFalse(report.was_run)
        self.assertIn("'other' imports or releases code", report.why_not)

    async def test_stop(self) -> None:
        """A stop ends what is under way, and nothing is rehearsed after it."""
        self.with_check("while True: pass")
        rehearsal = Rehearsal(self.original, reactor)
        running = Deferred.fromCoroutine(rehearsal.run())
        await Deferred.fromCoroutine(rehearsal.stop())
        report = await running
        self.assertEqual((report.ok, report.text), (False, "the server stops"))
        self.assertFalse((await rehearsal.run()).was_run)
