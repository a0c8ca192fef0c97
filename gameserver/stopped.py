"""A server that does not run: its store, held, and the admin API over it."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from gameserver.admin.api import AccountVerbs, Actor, Admin
from gameserver.admin.backup import BackupVerbs
from gameserver.admin.code import CodeVerbs
from gameserver.admin.served import Served
from gameserver.model.roles import Role
from gameserver.server.accounts import Accounts
from gameserver.server.directory import DataDirectory
from gameserver.server.passwords import Passwords
from gameserver.server.tokens import Sealer, load_or_create_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from gameserver.database import Place
    from gameserver.reload.source import Source


class StoppedStore:
    """The data directory and the store of a stopped server, until ``close``.

    Also an asynchronous context manager.
    """

    def __init__(self, place: Place, reactor: Any) -> None:  # noqa: ANN401 - every reactor interface
        """Take both; raises ``DirectoryInUse``, and what opening a store raises."""
        self.directory = DataDirectory.open(place.data)
        try:
            self.store = place.open(reactor.callFromThread)
        except BaseException:
            self.directory.close()
            raise
        for note in self.store.notes:
            print(f"gameserver: {note}", file=sys.stderr)  # noqa: T201 - a verb's words

    async def close(self) -> None:
        """Finish what is queued and let go of both."""
        try:
            await self.store.close()
        finally:
            self.directory.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class StoppedServer:
    """The store of a stopped server, held for one verb."""

    def __init__(
        self,
        place: Place,
        reactor: Any,  # noqa: ANN401 - every reactor interface
        folder: Callable[[bool], Source | None],
    ) -> None:
        """``folder``: gives the game's files, told whether the database has none."""
        self._held = StoppedStore(place, reactor)
        store, deliver = self._held.store, reactor.callFromThread
        self._passwords = Passwords(deliver)
        try:
            sealer = Sealer(load_or_create_key(self._held.directory.token_key))
        except BaseException:
            self._held.directory.close()
            raise
        accounts = Accounts(store.accounts, self._passwords, sealer, time.time)
        backups = BackupVerbs(partial(place.back_up, deliver))
        verbs = AccountVerbs(accounts, store)
        code = CodeVerbs(store.code, time.time, served=Served(folder))
        self._admin = Admin([verbs, backups, code], store, time.time)

    async def perform(self, who: str, verb: str, args: Sequence[object]) -> Any:  # noqa: ANN401 - any verb's answer
        """Carry out one verb as the user ``who``, then let go of everything."""
        self._passwords.start()
        try:
            actor = Actor(who, Role.ADMIN, "offline")
            return await self._admin.perform(actor, verb, args, {})
        finally:
            await self._passwords.stop()
            await self._held.close()
