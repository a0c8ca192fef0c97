"""Audit entries are values."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.audit import AuditEntry


class AuditEntryTests(SynchronousTestCase):
    """What was done stays what was done."""

    def test_value(self):
        """Two entries of the same are equal, and none can be changed."""
        entry = AuditEntry(1.0, "ada", "local", "kick", "bob", "done")
        self.assertEqual(entry, AuditEntry(1.0, "ada", "local", "kick", "bob", "done"))
        self.assertRaises(AttributeError, setattr, entry, "who", "eve")
