"""Watching a real folder: real files, real events, and what editors do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from twisted.internet import reactor, task
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.inotify import INotify, INotifyError
from twisted.internet.utils import getProcessValue
from twisted.python.failure import Failure
from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase

from gameserver.services.folder_watch import FolderWatch
from tests.folders import temporary_folder

WHOLE = "def f():\n    return 2\n"
DEADLINE = 20.0  # seconds


def limit_of(name: str) -> int:
    """Give a limit of the system."""
    return int(Path("/proc/sys/fs/inotify", name).read_text())


def descriptors() -> int:
    """Count the open files of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


class Heard:
    """What a watch has told; ``next`` waits for the next call or line."""

    def __init__(self):
        self.told: list[object] = []
        self._waiting: list[Deferred[object]] = []
        self.work: Deferred[None] | None = None

    def changed(self, files):
        self._tell(set(files))
        return self.work

    def waits(self, line):
        self._tell(line)

    def overdue(self, line):
        self._tell(f"late: {line}")

    def _tell(self, one):
        self.told.append(one)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.callback(one)

    def next(self) -> Deferred[object]:
        waiter: Deferred[object] = Deferred()
        self._waiting.append(waiter)
        return waiter.addTimeout(DEADLINE, reactor)


class Case(TestCase):
    """A folder with two plugins, one of them a package."""

    def setUp(self):
        self.folder = temporary_folder(self)
        (self.folder / "keep").mkdir()
        self.file = self.folder / "fight.py"
        self.file.write_text("def f():\n    return 1\n")
        (self.folder / "keep" / "rooms.py").write_text("rooms = 1\n")
        self.heard = Heard()
        self.watch = FolderWatch(
            self.folder, reactor, self.heard.changed, self.heard.waits
        )
        self.addCleanup(lambda: Deferred.fromCoroutine(self.watch.stop()))
        self.watch.start()
        self.assertFalse(self.watch.is_polling)
        self.watch._loop.stop()  # what is told is told by events

    async def last(self) -> list[object]:
        """Change a file of its own, wait until that is told, and give all before."""
        (self.folder / "last.py").write_text(f"n = {len(self.heard.told)}\n")
        while True:
            if await self.heard.next() == {"last.py"}:
                return self.heard.told[:-1]


class SaveTests(Case):
    """One call for each save, however it is made."""

    async def test_three_writes(self):
        """A save in three writes, the file emptied first, is one call."""
        with self.file.open("w") as file:
            for piece in ("def f():\n", "    x = 2\n", "    return x\n"):
                file.write(piece)
                file.flush()
                await task.deferLater(reactor, 0)  # a turn in between
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.assertEqual(await self.last(), [{"fight.py"}])

    async def test_slow_write(self):
        """A file that stays open for longer than a burst is told when it is closed."""
        with self.file.open("w") as file:
            file.write("x = 1\n")  # compiles by itself
            file.flush()
            self.assertEqual(await self.heard.next(), "fight.py: is being written")
            file.write("y = 2\n")
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.assertEqual(len(self.heard.told), 2)

    async def test_rename(self):
        """A save beside the file and a rename over it is one call."""
        beside = self.folder / "fight.py.tmp"
        beside.write_text(WHOLE)
        beside.rename(self.file)
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.assertEqual(await self.last(), [{"fight.py"}])

    async def test_backup(self):
        """The file moved aside as a backup and written anew is one call."""
        self.file.rename(self.folder / "fight.py~")
        (self.folder / ".fight.py.swp").write_bytes(b"b0VIM\0")
        self.file.write_text(WHOLE)
        (self.folder / "fight.py~").unlink()
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.assertEqual(await self.last(), [{"fight.py"}])

    async def test_emacs(self):
        """A lock link, an autosave and a backup beside the file are no changes."""
        (self.folder / ".#fight.py").symlink_to("me@host.1:2")
        (self.folder / "#fight.py#").write_text("def f(")
        self.file.rename(self.folder / "fight.py~")
        self.file.write_text(WHOLE)
        (self.folder / ".#fight.py").unlink()
        (self.folder / "#fight.py#").unlink()
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.assertEqual(await self.last(), [{"fight.py"}])

    async def test_real_editors(self):
        """Vim in each of its ways to save, and sed: one call for each save."""
        vim = ["vim", "-Nu", "NONE", "-n", "-es"]
        commands = [
            [*vim, "-c", f"set {how}", "-c", f"%s/return .*/return {n}/", "-c", "wq"]
            for n, how in enumerate(
                ("backupcopy=yes", "backupcopy=no", "backup", "nowritebackup"), 10
            )
        ]
        commands.append(["sed", "-i", "s/return .*/return 20/"])
        if not shutil.which("vim"):
            raise SkipTest("vim is not installed")
        for command in commands:
            program = shutil.which(command[0])
            arguments = [*command[1:], str(self.file)]
            code = await getProcessValue(program, arguments, dict(os.environ))
            self.assertEqual(code, 0)
            self.assertEqual(await self.heard.next(), {"fight.py"})
        expected = [{"fight.py"}] * len(commands)
        self.assertEqual(await self.last(), expected)

    async def test_many_files(self):
        """A checkout of many files is one call."""
        for n in range(40):
            (self.folder / f"m{n}.py").write_text(f"n = {n}\n")
        self.assertEqual(await self.heard.next(), {f"m{n}.py" for n in range(40)})

    async def test_unchanged(self):
        """A file that is saved as it was, touched or compiled is no call."""
        self.file.write_text(self.file.read_text())
        self.file.touch()
        (self.folder / "__pycache__").mkdir()
        (self.folder / "__pycache__" / "fight.cpython-311.pyc").write_bytes(b"\0")
        (self.folder / "notes.txt").write_text("no module")
        self.assertEqual(await self.last(), [])


class TruncatedTests(Case):
    """What is not whole is told to nobody but as a line."""

    async def test_emptied(self):
        """An emptied file is waited for until it has a text."""
        self.file.write_text("")
        self.assertEqual(await self.heard.next(), "fight.py: is empty")
        self.file.write_text(WHOLE)
        self.assertEqual(await self.heard.next(), {"fight.py"})

    async def test_half_written(self):
        """A half-written file that was closed is waited for, in one line."""
        self.file.write_text("def f(\n")
        line = await self.heard.next()
        self.assertEqual(
            line, "fight.py: looks cut short at line 1: '(' was never closed"
        )
        self.file.touch()
        self.file.write_text(WHOLE)
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.assertEqual(self.heard.told, [line, {"fight.py"}])

    async def test_mistake(self):
        """A whole text with a mistake in it is told: the release says what is wrong."""
        self.file.write_text("def f(:\n    pass\n\nx = 1\n")
        self.assertEqual(await self.heard.next(), {"fight.py"})

    async def test_removed(self):
        """A file that is removed for good is a change."""
        self.file.unlink()
        self.assertEqual(await self.heard.next(), {"fight.py"})


class FolderTests(Case):
    """Folders come and go."""

    async def test_below(self):
        """A file in a folder below is told by its path."""
        (self.folder / "keep" / "rooms.py").write_text("rooms = 2\n")
        self.assertEqual(await self.heard.next(), {"keep/rooms.py"})

    async def test_new(self):
        """Files in a new folder are seen: those made at once, and those of later."""
        deep = self.folder / "new" / "deep"
        deep.mkdir(parents=True)
        (deep / "a.py").write_text("a = 1\n")
        self.assertEqual(await self.heard.next(), {"new/deep/a.py"})
        (deep / "b.py").write_text("b = 1\n")
        self.assertEqual(await self.heard.next(), {"new/deep/b.py"})

    async def test_moved_in(self):
        """A folder that is moved in with its files is seen whole, and watched."""
        outside = temporary_folder(self) / "pack"
        outside.mkdir()
        (outside / "a.py").write_text("a = 1\n")
        shutil.move(outside, self.folder)
        self.assertEqual(await self.heard.next(), {"pack/a.py"})
        (self.folder / "pack" / "a.py").write_text("a = 2\n")
        self.assertEqual(await self.heard.next(), {"pack/a.py"})

    async def test_removed_and_made_again(self):
        """A folder that was removed ends no watch, also not of one of its name."""
        shutil.rmtree(self.folder / "keep")
        self.assertEqual(await self.heard.next(), {"keep/rooms.py"})
        (self.folder / "keep").mkdir()
        (self.folder / "keep" / "rooms.py").write_text("rooms = 3\n")
        self.assertEqual(await self.heard.next(), {"keep/rooms.py"})
        (self.folder / "keep" / "rooms.py").write_text("rooms = 4\n")
        self.assertEqual(await self.heard.next(), {"keep/rooms.py"})
        self.assertFalse(self.watch.is_polling)

    async def test_link(self):
        """A change behind a link, of which nobody tells, is found by looking."""
        outside = temporary_folder(self) / "shared.py"
        outside.write_text("n = 1\n")
        (self.folder / "shared.py").symlink_to(outside)
        self.assertEqual(await self.heard.next(), {"shared.py"})
        self.watch._poll()
        outside.write_text("n = 22\n")
        self.watch._poll()
        self.assertEqual(await self.heard.next(), {"shared.py"})


class TellingTests(Case):
    """Calls come one after the other."""

    async def test_under_way(self):
        """What changes while a call is under way is told after it."""
        self.heard.work = under_way = Deferred()
        self.file.write_text(WHOLE)
        self.assertEqual(await self.heard.next(), {"fight.py"})
        (self.folder / "a.py").write_text("a = 1\n")
        while self.watch._burst.last is None or self.watch._timer.active():
            await task.deferLater(reactor, 0.01)  # until it would have been told
        self.assertEqual(len(self.heard.told), 1)
        self.heard.work = None
        after = self.heard.next()
        under_way.callback(None)
        self.assertEqual(await after, {"a.py"})

    async def test_fails(self):
        """A call that fails is logged, and the next change is told all the same."""
        self.heard.work = Deferred()
        self.heard.work.errback(ValueError("refused"))
        self.file.write_text(WHOLE)
        self.assertEqual(await self.heard.next(), {"fight.py"})
        self.heard.work = None
        self.assertEqual(await self.last(), [{"fight.py"}])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    async def test_stop(self):
        """After the end nothing is told, and no descriptor stays open."""
        before = descriptors()
        self.file.write_text(WHOLE)
        await self.watch.stop()
        self.assertEqual(descriptors(), before - 1)
        self.assertEqual(self.heard.told, [])

    async def test_overflow(self):
        """When the system drops events everything is looked at anew."""
        limit = limit_of("max_queued_events")
        other = self.folder / "other.py"
        with self.file.open("w") as first, other.open("w") as second:
            for _ in range(limit // 2 + 10):  # the same event twice counts once
                for file in (first, second):
                    file.write("x = 1\n")
                    file.flush()
        # The system has told nobody that they were closed.
        self.assertEqual(await self.heard.next(), {"fight.py", "other.py"})


class PollingTests(SynchronousTestCase):
    """Where nobody tells of events, on a clock of its own."""

    def setUp(self):
        self.folder = temporary_folder(self)
        self.file = self.folder / "fight.py"
        self.file.write_text("x = 1\n")
        self.clock = task.Clock()
        self.heard = Heard()
        heard = self.heard
        calls = heard.changed, heard.waits, heard.overdue
        self.watch = FolderWatch(self.folder, self.clock, *calls, polls=True)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.watch.stop()))
        self.watch.start()

    def pass_time(self, seconds: float):
        self.clock.pump([0.25] * round(seconds * 4))

    def test_told(self):
        """A change is told once, when two looks in a row have found the same."""
        self.pass_time(3)
        self.file.write_text("x = 12\n")
        (self.folder / "new").mkdir()
        (self.folder / "new" / "a.py").write_text("a = 1\n")
        self.pass_time(1)
        self.assertEqual(self.heard.told, [])
        self.pass_time(9)
        self.assertEqual(self.heard.told, [{"fight.py", "new/a.py"}])

    def test_growing(self):
        """A file that grows from look to look is not told before it rests."""
        self.pass_time(0.5)
        for n in range(5):
            self.file.write_text("x = 1\n" * (n + 2))
            self.pass_time(1)
        self.assertEqual(self.heard.told, [])
        self.pass_time(2)
        self.assertEqual(self.heard.told, [{"fight.py"}])

    def test_cut_short(self):
        """A truncated file is waited for here, too."""
        self.file.write_text("x = (")
        self.pass_time(5)
        self.file.write_text("x = (1)\n")
        self.pass_time(5)
        line = "fight.py: looks cut short at line 1: '(' was never closed"
        self.assertEqual(self.heard.told, [line, {"fight.py"}])

    def test_cut_short_for_ever(self):
        """One that stays as it is is told as a mistake, once, until it is mended."""
        self.file.write_text("def oops(:\n")
        self.pass_time(4)
        line = "fight.py: looks cut short at line 1: invalid syntax"
        self.assertEqual(self.heard.told, [line])
        self.pass_time(20)
        late = "late: fight.py: SyntaxError at line 1: invalid syntax"
        self.assertEqual(self.heard.told, [line, late])
        self.file.write_text("x = (1)\n")
        self.pass_time(4)
        self.assertEqual(self.heard.told, [line, late, {"fight.py"}])
        self.file.write_text("def oops(:\n")
        self.pass_time(10)
        self.assertEqual(self.heard.told[3:], [line, late])

    def test_folder_gone(self):
        """A folder that is gone for a while is said, and no removal of its files."""
        aside = self.folder.with_name(f"{self.folder.name}-aside")
        self.folder.rename(aside)
        self.pass_time(5)
        self.assertEqual(self.heard.told, [f"{self.folder}: No such file or directory"])
        aside.rename(self.folder)
        self.pass_time(5)
        self.assertEqual(len(self.heard.told), 1)


class FallBackTests(TestCase):
    """Where the system allows no more watches."""

    async def test_no_more_instances(self):
        """The folder is polled, and a change is told."""
        folder = temporary_folder(self)
        taken: list[INotify] = []
        limit = limit_of("max_user_instances")
        if limit > 1000:
            raise SkipTest("the system allows too many to take them all")
        heard = Heard()
        watch = FolderWatch(folder, reactor, heard.changed, heard.waits)
        try:
            with self.assertRaises(INotifyError):
                while True:
                    taken.append(INotify())
            watch.start()
        finally:
            for one in taken:
                one.connectionLost(Failure(ConnectionDone()))
        self.addCleanup(lambda: Deferred.fromCoroutine(watch.stop()))
        self.assertTrue(watch.is_polling)
        (folder / "a.py").write_text("a = 1\n")
        self.assertEqual(await heard.next(), {"a.py"})
