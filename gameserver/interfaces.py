"""What one floor asks of another, and what authors may rely on, without code.

``Client``, ``ClientSet`` and ``Realm`` are the author's side of server objects.
The stores are the server's side of ``gameserver.store``; every method of a store
gives an awaitable (a Deferred in practice) and raises ``StoreError`` when the
database refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

ANSWERS = 128
"""How many of its last answers a session keeps."""

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence

    from gameserver.model.account import Account
    from gameserver.model.audit import AuditEntry
    from gameserver.model.avatar import Avatar
    from gameserver.model.batch import Batch, KeptAnswer, StoredSession
    from gameserver.model.release_row import CodeRow, Outcome, ReleaseRow
    from gameserver.model.snapshot import Snapshot


class Client(Protocol):
    """One login: a window of one player."""

    @property
    def id(self) -> int:
        """A number no other login has while the server runs."""

    @property
    def name(self) -> str:
        """The account's name."""

    @property
    def address(self) -> str:
        """Where the connection comes from: ``127.0.0.1:50312``."""

    @property
    def since(self) -> float:
        """When it logged in, seconds since the epoch."""

    def notify(self, method: str, *args: object, key: str | None = None) -> None:
        """Tell the client; one-way, in order; never raises because it is gone.

        ``key``: the event tells a state, and of several with that key a client that
        is slow, or away, is told only the newest.
        """

    def call(self, method: str, *args: object, timeout: float = 10.0) -> Awaitable[Any]:
        """Ask the client and wait, at most ``timeout`` seconds.

        Gives a plain value. Raises ``ConnectionLost``, ``CallTimedOut``, or
        ``ClientFailed`` for an error or anything but a plain value.
        """

    def close(self, code: str, text: str) -> None:
        """Tell the client why, then close its connection."""


class ClientSet(Protocol):
    """All clients of one avatar or service; owned by the server."""

    def __iter__(self) -> Iterator[Client]: ...
    def __len__(self) -> int: ...
    def __contains__(self, client: object) -> bool: ...

    def notify(self, method: str, *args: object, key: str | None = None) -> None:
        """Tell every client, in order for each; a dead one does not matter.

        ``key``: see ``Client.notify``.
        """

    def call(
        self, method: str, *args: object, timeout: float = 10.0
    ) -> Awaitable[dict[Client, Any]]:
        """Ask every client; gives answers by client, a failed one is an exception."""


class OwnedClientSet(ClientSet, Protocol):
    """The server's side of a client set: who may change it."""

    def add(self, client: Client) -> None:
        """Put a client in; no error if it is there."""

    def discard(self, client: Client) -> None:
        """Take a client out; no error if it is not there."""


class Realm(Protocol):
    """The world as authors see it."""

    @property
    def online(self) -> Sequence[Avatar]:
        """All avatars that have at least one client, by name."""

    def get(self, name: str) -> Avatar | None:
        """Give the live avatar of that name, or None; loads nothing."""

    def find(self, name: str) -> Awaitable[Avatar]:
        """Give the avatar of that name, loading it; ``NotFound`` if there is none."""

    def service(self, name: str) -> Any:  # noqa: ANN401 - a stand-in for any service
        """Give an interface to the service: a stand-in that follows its successors."""


class Timers(Protocol):
    """The timers of one owner, kept by method name."""

    def every(self, seconds: float, method: str) -> None:
        """Call the owner's method again and again; replaces one of the same name."""

    def later(self, seconds: float, method: str, *args: object) -> None:
        """Call the owner's method once."""

    def cancel(self, method: str) -> None:
        """Stop all timers of that method."""

    def clear(self) -> None:
        """Stop all timers."""


class SnapshotStore(Protocol):
    """Avatars and services at rest."""

    def load(self, kind: str, id: str) -> Awaitable[Snapshot | None]:  # noqa: A002
        """Give the newest one, or None; ``Damaged`` if it is not what was saved."""

    def save(self, snapshots: Sequence[Snapshot]) -> Awaitable[None]:
        """Store all of them or none, in one transaction; newer revisions replace."""

    def delete(self, kind: str, id: str) -> Awaitable[None]:  # noqa: A002
        """Forget it; no error if there is none."""

    def ids(self, kind: str) -> Awaitable[list[str]]:
        """Give all ids of one kind, sorted."""

    def above(self, kind: str, version: int) -> Awaitable[tuple[int, int]]:
        """Give how many of one kind are of a higher version, and the highest; or 0."""


class AccountStore(Protocol):
    """Accounts at rest; names are matched by ``name_key``."""

    def get(self, name: str) -> Awaitable[Account | None]:
        """Give the account, whatever the case of its name, or None."""

    def add(self, account: Account) -> Awaitable[None]:
        """Store a new one; ``AlreadyExists`` if the name is taken."""

    def replace(self, account: Account) -> Awaitable[None]:
        """Store a changed one; ``NotFound`` if there is none of that name."""

    def remove(self, name: str) -> Awaitable[None]:
        """Forget it; ``NotFound`` if there is none."""

    def all(self) -> Awaitable[list[Account]]:
        """Give every account by name."""


class AuditStore(Protocol):
    """What admins did, kept for good."""

    def record(self, entry: AuditEntry) -> Awaitable[None]:
        """Append one entry."""

    def newest(self, limit: int) -> Awaitable[list[AuditEntry]]:
        """Give the newest entries, newest first."""


class SessionStore(Protocol):
    """Sessions at rest, each with the answers of its last ``ANSWERS`` calls."""

    def add(
        self, session: StoredSession, answers: Sequence[KeptAnswer] = ()
    ) -> Awaitable[None]:
        """Store a new one with its answers; ``AlreadyExists`` if the id is taken."""

    def get(self, id: str) -> Awaitable[StoredSession | None]:  # noqa: A002
        """Give the session, or None; a damaged one is logged, and None."""

    def answers(self, id: str) -> Awaitable[list[KeptAnswer]]:  # noqa: A002
        """Give the answers that are kept, by number; at most ``ANSWERS``.

        A damaged one is logged. Nobody can tell which number it had, so it has one
        below 1 of the same slot, and the body of a call that has begun.
        """

    def remove(self, ids: Sequence[str]) -> Awaitable[None]:
        """Forget them with their answers; no error for one that is not there."""

    def ids_before(self, since: float) -> Awaitable[list[str]]:
        """Give the ids of those begun before a moment, seconds since the epoch."""


class ReleaseStore(Protocol):
    """The history of releases, kept for good."""

    def add(self, row: ReleaseRow) -> Awaitable[int]:
        """Append one, whose ``number`` is ignored; give the number that it gets.

        Numbers count from 1 without a gap. ``StoreError`` for a plan or facts that are
        not of JSON's types; tuples come back as lists.
        """

    def rewrite(self, row: ReleaseRow) -> Awaitable[None]:
        """Put a whole row in the place of the one of its number.

        ``NotFound`` if there is none; ``StoreError`` as ``add``.
        """

    def settle(
        self,
        number: int,
        outcome: Outcome,
        reason: str,
        ended: float,
        facts: dict[str, Any],
    ) -> Awaitable[None]:
        """Note how it ended; ``facts`` replace those that it has.

        ``NotFound`` if there is none of that number.
        """

    def get(self, number: int) -> Awaitable[ReleaseRow]:
        """Give it whole; ``NotFound`` if there is none of that number."""

    def newest(self, limit: int) -> Awaitable[list[ReleaseRow]]:
        """Give the newest, newest first, without texts, diffs and plans.

        These are not read: None for a text, and empty for the others.
        """


class CodeStore(Protocol):
    """Plugin text in the database: every revision of every module, kept for good."""

    def put(
        self,
        module: str,
        text: str | None,
        author: str,
        at: float,
        base: int,
        note: str = "",
    ) -> Awaitable[CodeRow]:
        """Append a revision; None for ``text`` removes the module.

        ``base``: the revision that the author began with, 0 for none. Raises
        ``StaleRevision`` if it is not the newest, and ``NotFound`` for removing what
        has no text.
        """

    def get(self, module: str, revision: int | None = None) -> Awaitable[CodeRow]:
        """Give a revision, the newest for None; ``NotFound`` if there is none."""

    def log(self, module: str) -> Awaitable[list[CodeRow]]:
        """Give all revisions, newest first; empty for an unknown module.

        Texts are not read: ``text`` is empty, and None where the module was removed.
        """

    def current(self) -> Awaitable[list[CodeRow]]:
        """Give the newest revision of each module that has a text, by name."""

    def names(self) -> Awaitable[list[str]]:
        """Give all modules that ever had a text, the removed ones too, by name."""


class Store(Protocol):
    """One database with all that the server keeps."""

    def commit(self, batch: Batch) -> Awaitable[None]:
        """Store all of a batch or none, in one transaction, and then answer.

        Raises ``StoreError`` if a snapshot is not newer than what is stored. An answer
        replaces one of the same session and slot (number modulo ``ANSWERS``), unless
        that one's number is higher.
        Batches are a chain: after one is refused, so are those that were given before
        the caller heard of it, for they build on it.
        """

    @property
    def sessions(self) -> SessionStore:
        """Sessions and their answers."""

    @property
    def snapshots(self) -> SnapshotStore:
        """Avatars and services."""

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""

    @property
    def audit(self) -> AuditStore:
        """What admins did."""

    @property
    def releases(self) -> ReleaseStore:
        """The history of releases."""

    @property
    def code(self) -> CodeStore:
        """Plugin text, revision by revision."""

    def close(self) -> Awaitable[None]:
        """Finish what is queued, then let go of the file."""
