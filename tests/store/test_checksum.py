"""A row that is not what was written is told apart from a store that is down."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import Damaged, StoreError
from gameserver.model.snapshot import Snapshot
from gameserver.store import checksum

ROW = Snapshot("avatar", "ada", 1, b"{}", 1)


class RequireTests(SynchronousTestCase):
    """What ``require`` lets pass."""

    def test_whole(self) -> None:
        """A row with its own sum passes."""
        total = checksum.of_snapshot(ROW)
        checksum.require("avatar 'ada'", total, checksum.of_snapshot, ROW)

    def test_damaged(self) -> None:
        """Another one is ``Damaged``, by its name; that is a ``StoreError``, too."""
        with self.assertRaises(Damaged) as caught:
            checksum.require("avatar 'ada'", 7, checksum.of_snapshot, ROW)
        self.assertIn("avatar 'ada': the stored row is damaged", str(caught.exception))
        self.assertIsInstance(caught.exception, StoreError)
