"""The verb ``backup``: who may, what is recorded, and how it is refused."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from gameserver.admin.api import Actor, Admin
from gameserver.admin.backup import BackupVerbs
from gameserver.errors import (
    AlreadyExists,
    BadArguments,
    Forbidden,
    GameError,
    StoreError,
)
from gameserver.model.roles import Role
from gameserver.store.backup import Copied
from gameserver.store.memory import MemoryStore


class BackupTests(SynchronousTestCase):
    def setUp(self):
        self.copied: list[Path] = []
        self.refusal: Exception | None = None
        self.store = MemoryStore()
        self.admin = Admin([BackupVerbs(self.copy)], self.store, lambda: 5.0)

    def copy(self, target: Path):
        self.copied.append(target)
        if self.refusal is not None:
            return fail(self.refusal)
        return succeed(Copied(target, 4096, 7))

    def ask(self, to: str, role: Role = Role.ADMIN):
        return self.admin.perform(Actor("boss", role, "local"), "backup", [to], {})

    def recorded(self) -> list[tuple[str, str]]:
        entries = self.successResultOf(self.store.audit.newest(9))
        return [(one.target, one.outcome) for one in entries]

    def test_done(self):
        """The answer says how large the copy is; the use is recorded."""
        answer = self.successResultOf(self.ask("/disk/monday"))
        self.assertEqual(answer, {"to": "/disk/monday", "bytes": 4096, "commits": 7})
        self.assertEqual(self.copied, [Path("/disk/monday")])
        self.assertEqual(self.recorded(), [("/disk/monday", "done")])

    def test_relative(self):
        """A path that depends on where the server runs is refused."""
        for to in ("monday", "../x", "", "/x\0y"):
            error = self.failureResultOf(self.ask(to), BadArguments).value
            self.assertIn("expected an absolute path", str(error))
        self.assertEqual(self.copied, [])

    def test_role(self):
        """A builder may not copy everybody's passwords."""
        self.failureResultOf(self.ask("/disk/x", Role.BUILDER), Forbidden)
        self.assertEqual(self.copied, [])
        self.assertEqual(self.recorded(), [("/disk/x", "refused: forbidden")])

    def test_refused(self):
        """The admin is told why there is no copy, not an id of a log."""
        self.refusal = StoreError("disk full")
        error = self.failureResultOf(self.ask("/disk/x"), GameError).value
        self.assertEqual((error.code, error.text), ("not-copied", "disk full"))
        self.refusal = AlreadyExists("there")
        self.failureResultOf(self.ask("/disk/x"), AlreadyExists)
        self.assertEqual(self.recorded()[0][1], "refused: already-exists")
