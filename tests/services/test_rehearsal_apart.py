"""The child of a rehearsal is cut off, also where no audit hook hears a call."""

from __future__ import annotations

import resource

from tests.services.rehearsal_case import RehearsalCase


class ApartTests(RehearsalCase):
    """Checks that would reach out are refused by name."""

    async def test_parent(self) -> None:
        """No other way to the parent or its folder, heard by an audit hook or not."""
        path = self.folder / "kept.txt"
        path.touch()
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        head = "import resource, signal\nfrom multiprocessing.shared_memory import *\n"
        head += "def check_it():"
        for body in (
            "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64))",
            "resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9))",
            f"os.setxattr({str(path)!r}, 'user.x', b'1')",
            "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
            f"os.mkfifo({str(self.folder / 'fifo')!r})",
            f"os.mknod({str(self.folder / 'node')!r})",
            "os.sched_setaffinity(os.getppid(), {0})",
            "os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
            "os.sched_setscheduler(os.getppid(), 0, os.sched_param(0))",
            "SharedMemory('keep', create=True, size=1)",
        ):
            self.with_check(body, head)
            report = await self.run_it()
            self.assertIn("a rehearsal may not", report.text, body)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_NOFILE), before)

    async def test_database_in_memory(self) -> None:
        """A check may open one in memory; that attaches no file."""
        path = self.folder / "other.db"
        self.with_check("sqlite3.connect(':memory:').execute('CREATE TABLE one (x)')")
        report = await self.run_it()
        self.assertTrue(report.ok, report.text)
        attach = f"ATTACH {str(path)!r} AS other"
        self.with_check(f'sqlite3.connect(":memory:").execute("{attach}")')
        report = await self.run_it()
        self.assertIn("too many attached databases", report.text)
        self.assertFalse(path.exists())
