"""A server that does not run: its accounts, behind the same admin API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gameserver.admin.api import AccountVerbs, Actor, Admin
from gameserver.model.roles import Role
from gameserver.server.accounts import Accounts
from gameserver.server.directory import DataDirectory
from gameserver.server.passwords import Passwords
from gameserver.server.tokens import Sealer, load_or_create_key
from gameserver.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class StoppedServer:
    """The store of a stopped server, held for one verb."""

    def __init__(self, data: Path, reactor: Any) -> None:  # noqa: ANN401 - every reactor interface
        self._directory = DataDirectory.open(data)
        self._passwords = Passwords(reactor.callFromThread)
        try:
            self._store = SqlStore.open(
                self._directory.database, reactor.callFromThread
            )
            sealer = Sealer(load_or_create_key(self._directory.token_key))
        except BaseException:
            self._directory.close()
            raise
        accounts = Accounts(self._store.accounts, self._passwords, sealer, time.time)
        verbs = AccountVerbs(accounts, self._store)
        self._admin = Admin([verbs], self._store, time.time)

    async def perform(self, who: str, verb: str, args: Sequence[object]) -> Any:  # noqa: ANN401 - any verb's answer
        """Carry out one verb as the user ``who``, then let go of everything."""
        self._passwords.start()
        try:
            actor = Actor(who, Role.ADMIN, "offline")
            return await self._admin.perform(actor, verb, args, {})
        finally:
            await self._passwords.stop()
            await self._store.close()
            self._directory.close()
