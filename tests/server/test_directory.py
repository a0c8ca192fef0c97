"""The data directory: one holder, whatever becomes of it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import DirectoryInUse, SettingError
from gameserver.server.directory import DataDirectory, is_in_use, write_atomically

HOLD = """
import sys
from pathlib import Path
from gameserver.server.directory import DataDirectory
held = DataDirectory.open(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


class Case(SynchronousTestCase):
    """Has a place for a data directory."""

    def setUp(self):
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.path = Path(temporary.name) / "games" / "data"

    def open(self) -> DataDirectory:
        directory = DataDirectory.open(self.path)
        self.addCleanup(directory.close)
        return directory

    def other_server(self) -> subprocess.Popen[str]:
        """Start a process that holds the directory, and wait until it does."""
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(end, process)
        self.assertEqual(process.stdout.readline(), "held\n")
        return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


class OpenTests(Case):
    """Taking and leaving the directory."""

    def test_made_for_the_owner(self):
        """A missing directory is made, and nobody else may look into it."""
        self.open()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o700)

    def test_second_server(self):
        """A second server is told the directory, the holder's process, what to do."""
        other = self.other_server()
        with self.assertRaises(DirectoryInUse) as caught:
            DataDirectory.open(self.path)
        expected = (
            f"{self.path} is in use by process {other.pid}: "
            "stop that server, or give this one another --data"
        )
        self.assertEqual(str(caught.exception), expected)

    def test_twice_in_one_process(self):
        """The lock holds inside one process too."""
        self.open()
        with self.assertRaises(DirectoryInUse) as caught:
            DataDirectory.open(self.path)
        self.assertIn(f"process {os.getpid()}", str(caught.exception))

    def test_killed_server(self):
        """A server killed with SIGKILL leaves the directory free at once."""
        other = self.other_server()
        other.send_signal(signal.SIGKILL)
        other.wait()
        self.open()

    def test_closed(self):
        """After ``close``, which may come twice, another may have it."""
        first = self.open()
        first.close()
        first.close()
        self.open()

    def test_as_a_block(self):
        """A ``with`` block lets go at its end."""
        with DataDirectory.open(self.path):
            self.assertTrue(is_in_use(self.path))
        self.assertFalse(is_in_use(self.path))

    def test_closed_while_a_forked_child_lives(self):
        """A forked child's copy of the lock file does not hold the directory."""
        first = self.open()
        copy = os.dup(first._lock)
        self.addCleanup(os.close, copy)
        first.close()
        self.open()

    def test_is_a_file(self):
        """A file in its place gets one line."""
        self.path.parent.mkdir()
        self.path.write_text("")
        with self.assertRaises(SettingError) as caught:
            DataDirectory.open(self.path, "game.toml:2: server.data")
        expected = f"game.toml:2: server.data: {self.path}: saw a file, expected"
        self.assertTrue(str(caught.exception).startswith(expected))

    def test_not_writable(self):
        """A directory that takes no files gets one line."""
        with self.assertRaises(SettingError) as caught:
            DataDirectory.open(Path("/proc"))
        self.assertIn("--data: /proc: saw ", str(caught.exception))
        self.assertIn("expected a directory to write to", str(caught.exception))

    def test_out_of_reach(self):
        """So does one that we may not even look at."""
        outer = self.path.parent
        outer.mkdir()
        outer.chmod(0)
        self.addCleanup(outer.chmod, 0o700)
        outer.parent.chmod(0o755)
        if os.geteuid() == 0:  # who may do everything
            os.seteuid(65534)
            self.addCleanup(os.seteuid, 0)
        with self.assertRaises(SettingError) as caught:
            DataDirectory.open(self.path)
        self.assertIn("saw Permission denied, expected", str(caught.exception))

    def test_open_to_others(self):
        """One that everybody can write to is refused, with the way out."""
        self.path.mkdir(parents=True)
        self.path.chmod(0o777)
        with self.assertRaises(SettingError) as caught:
            DataDirectory.open(self.path, "game.toml:2: server.data")
        expected = (
            f"game.toml:2: server.data: {self.path}: mode 0777 seen, 0700 expected: "
            "others could write to it; run chmod 700"
        )
        self.assertEqual(str(caught.exception), expected)
        self.assertEqual(list(self.path.iterdir()), [])

    def test_places(self):
        """Each file has its one place."""
        directory = self.open()
        names = {
            directory.database.name,
            directory.token_key.name,
            directory.admin_socket.name,
            directory.certificate.name,
            directory.certificate_key.name,
        }
        expected = {
            "gameserver.sqlite",
            "token.key",
            "admin.sock",
            "development-certificate.pem",
            "development-certificate.key",
        }
        self.assertEqual(names, expected)


class InUseTests(Case):
    """What the command line asks."""

    def test_missing(self):
        """A directory that is not there is not in use, and asking makes none."""
        self.assertFalse(is_in_use(self.path))
        self.assertFalse(self.path.exists())

    def test_while_a_server_runs(self):
        """In use while a server has it; no longer when it has gone."""
        other = self.other_server()
        self.assertTrue(is_in_use(self.path))
        end(other)
        self.assertFalse(is_in_use(self.path))

    def test_asking_disturbs_no_start(self):
        """A server that starts while others ask is not refused."""
        self.open().close()
        code = (
            "import sys\nfrom pathlib import Path\n"
            "from gameserver.server.directory import is_in_use\n"
            "for asked in range(10**9):\n"
            "    is_in_use(Path(sys.argv[1]))\n"
            "    if asked == 1000: print('asking', flush=True)\n"
        )
        asking = subprocess.Popen(
            [sys.executable, "-c", code, str(self.path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(end, asking)
        asking.stdout.readline()
        for _ in range(1000):
            DataDirectory.open(self.path).close()


class WriteTests(Case):
    """Files that are whole or not there."""

    def test_replaces(self):
        """The new content stands in the old one's place, with its mode."""
        self.open()
        file = self.path / "file"
        write_atomically(file, b"old")
        write_atomically(file, b"new", mode=0o600)
        self.assertEqual(file.read_bytes(), b"new")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)

    def test_fails_clean(self):
        """When it cannot be put in place, nothing is left behind."""
        self.open()
        (self.path / "file").mkdir()
        with self.assertRaises(OSError):
            write_atomically(self.path / "file", b"new")
        self.assertEqual({p.name for p in self.path.iterdir()}, {"file", "lock"})
