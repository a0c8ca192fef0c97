"""Which release a start finds that its modules are of."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import StoreError
from gameserver.model.release_row import ModuleText, Outcome, ReleaseRow
from gameserver.services.recall import recall
from gameserver.services.versions import Versions
from gameserver.store.memory import MemoryStore


def row(outcome: Outcome, **texts: str | None) -> ReleaseRow:
    """Give a row that brought these texts; None for a removed module."""
    modules = tuple(
        ModuleText(name, "removed" if text is None else "changed", text, "")
        for name, text in texts.items()
    )
    return ReleaseRow(0, 5.0, "eve", "here", modules, {}, "", 0.01, outcome)


class RecallTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.store = MemoryStore().releases
        self.versions = Versions()
        self.read: list[int] = []
        get = self.store.get

        def counted(number: int) -> Any:
            self.read.append(number)
            return get(number)

        self.patch(self.store, "get", counted)

    def recalled(self, *rows: ReleaseRow, **texts: str) -> list[int]:
        """Start with these texts after these rows; give the releases of a, b and c."""
        for one in rows:
            self.successResultOf(self.store.add(one))
        newest = self.successResultOf(self.store.newest(100))
        working = recall(newest, self.store, texts.get, self.versions)
        self.successResultOf(Deferred.fromCoroutine(working))
        return [self.versions.of(name) for name in "abc"]

    def test_newest(self) -> None:
        """A module is of the newest release with its text, in force or permanent."""
        found = self.recalled(
            row(Outcome.PERMANENT, a="1", b="1"),
            row(Outcome.COMMITTED, a="1"),
            row(Outcome.UNDONE, a="1"),
            row(Outcome.REFUSED, b="1"),
            a="1",
            b="1",
            c="1",
        )
        self.assertEqual(found, [2, 1, 0])
        self.assertEqual(self.versions.current, 2)

    def test_undone(self) -> None:
        """A text in force again that only an undone release brought is of that one."""
        found = self.recalled(
            row(Outcome.PERMANENT, a="1", b="1"),
            row(Outcome.UNDONE, a="2"),
            row(Outcome.UNDONE, a="2", c="2"),
            row(Outcome.REFUSED, c="3"),
            a="2",
            b="1",
            c="3",
        )
        self.assertEqual(found, [3, 1, 0])
        self.assertEqual(self.versions.current, 3)

    def test_other_text(self) -> None:
        """A text that no release brought is of none, whoever brought others."""
        found = self.recalled(
            row(Outcome.PERMANENT, a="1"), row(Outcome.PERMANENT, a=None), a="3"
        )
        self.assertEqual(found, [0, 0, 0])

    def test_reads(self) -> None:
        """Read whole is only what can tell of a module that is not noted yet."""
        self.recalled(
            row(Outcome.PERMANENT, gone="1"),
            row(Outcome.PERMANENT, a="1"),
            row(Outcome.PERMANENT, a="1", b="0"),
            row(Outcome.REFUSED, a="1"),
            a="1",
        )
        self.assertEqual(self.read, [3])

    def test_store_fails(self) -> None:
        """The store's error is told; what was noted stays."""
        self.successResultOf(self.store.add(row(Outcome.PERMANENT, a="1")))
        newest = self.successResultOf(self.store.newest(100))
        self.patch(self.store, "get", lambda _: fail(StoreError("disk full")))
        working = recall(newest, self.store, {"a": "1"}.get, self.versions)
        self.failureResultOf(Deferred.fromCoroutine(working), StoreError)
