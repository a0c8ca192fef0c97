"""Snapshots, accounts and the audit trail at rest, in SQL or in memory."""
