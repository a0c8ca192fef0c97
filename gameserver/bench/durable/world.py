"""A data directory as an old game has it: clients with tokens, avatars at rest."""

from __future__ import annotations

import json
import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, create_engine, insert

from gameserver.model.account import Account
from gameserver.model.batch import Batch
from gameserver.model.snapshot import Snapshot
from gameserver.server.directory import DataDirectory
from gameserver.server.tokens import (
    Sealer,
    load_or_create_key,
    new_token,
    token_digest,
)
from gameserver.store import schema
from gameserver.store.sql import SqlStore
from gameserver.store.sql_accounts import account_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twisted.internet.defer import Deferred

LEVEL: Final = 7
"""What every call answers."""

_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class Login:
    """One client's account and its app token."""

    account: bytes
    secret: bytes


def stored_name(number: int) -> str:
    """Name an account that nobody logs in to."""
    return f"s{number}"


def make_world(data: Path, clients: int, stored: int) -> list[Login]:
    """Fill a new data directory; give the logins of so many clients.

    ``stored``: how many further accounts with an avatar at rest.
    """
    logins = [
        Login(f"c{number}".encode(), new_token().encode()) for number in range(clients)
    ]
    with DataDirectory.open(data) as directory:
        sealer = Sealer(load_or_create_key(directory.token_key))
        _fill(directory.database, [_account(one, sealer) for one in logins], stored)
    return logins


def _account(login: Login, sealer: Sealer) -> Account:
    name, token = login.account.decode(), login.secret.decode()
    return Account(name, sealed_token=sealer.seal(name, token_digest(token)))


def _fill(path: Path, accounts: list[Account], stored: int) -> None:
    """Write through the store; the many accounts without a login in one statement."""
    calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    store = SqlStore.open(path, calls.put)
    for account in accounts:
        _wait(store.accounts.add(account), calls)
    for first in range(0, stored, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, stored))
        _wait(store.commit(Batch(tuple(map(_snapshot, numbers)))), calls)
    _wait(store.close(), calls)
    rows = [account_columns(Account(stored_name(one))) for one in range(stored)]
    if rows:
        engine = create_engine(URL.create("sqlite", database=str(path)))
        with engine.begin() as connection:
            connection.execute(insert(schema.accounts), rows)
        engine.dispose()


def _wait(done: Deferred[Any], calls: queue.SimpleQueue[Callable[[], None]]) -> None:
    """Run what the writer's thread tells, as a reactor would, until it is done."""
    refusals: list[Any] = []
    done.addErrback(refusals.append)
    while not done.called:
        calls.get()()
    for refusal in refusals:
        refusal.raiseException()


def _snapshot(number: int) -> Snapshot:
    items = ["sword", "lamp"]
    fields = {"gold": number, "items": items, "level": LEVEL, "mood": "calm"}
    state = json.dumps(fields, separators=(",", ":")).encode()
    return Snapshot("avatar", stored_name(number), 1, state, 1)
