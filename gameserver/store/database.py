"""What the writer asks of a database, SQLite's or PostgreSQL's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gameserver.errors import StoreError


class Database(Protocol):
    """One open database with one connection; one thread at a time uses it."""

    @property
    def name(self) -> str:
        """What messages call it: a path, or a URL without its password."""

    @property
    def connection(self) -> Connection:
        """The connection as it is now; for its dialect."""

    @property
    def notes(self) -> Sequence[str]:
        """What an operator should know though it opened, a line each."""

    def start(self) -> None:
        """Check what can be checked once the tables are upgraded; ``StoreError``."""

    def begin(self, *, reads: bool = False, wait: float = ...) -> Connection:
        """Begin a transaction; ``StoreError`` if it cannot be had, by whoever's fault.

        ``reads``: nothing will be written, so that less is needed. ``wait``: seconds
        that it waits for a lock of another process; ``StoreLocked`` after that.
        After a lost connection this is where a new one is made.
        """

    def commit(self) -> None:
        """Make durable what was written since ``begin``; ``rollback`` if it raises."""

    def rollback(self) -> None:
        """Forget what was written since ``begin``; never raises."""

    def is_lost(self) -> bool:
        """Say whether the connection has ended, so that ``begin`` makes a new one."""

    def refusal(self, error: Exception) -> StoreError | None:
        """Give the one line an operator sees, or None for what is not the database's.

        The line names the database, and holds neither the statement nor its values.
        """

    def keep_copy(self, step: int) -> None:
        """Keep what is there now before it is upgraded to that step."""

    def close(self) -> None:
        """Let go; ``StoreError`` if what was written is not where it was opened."""
