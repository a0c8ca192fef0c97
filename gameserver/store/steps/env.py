"""Run by Alembic, never imported: applies the steps on the connection it is given.

`gameserver.store.upgrade` owns the connection and the transaction around all steps, so
that an upgrade happens whole or not at all: Alembic sees that transaction and begins
none of its own.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
