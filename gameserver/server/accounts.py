"""Accounts at work: made, changed, and checked at login.

Rules:

* A refused login says one sentence, whatever the cause, and does the same work: one
  argon2 verification, or one opening of a sealed digest and one comparison.
* What is checked is checked against the account as it is when the login succeeds, not
  as it was when argon2 began.
* Changes go one after the other, each on the account as it then is.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import DeferredLock
from twisted.logger import Logger

from gameserver.errors import (
    AlreadyExists,
    BadArguments,
    Busy,
    LoginRefused,
    NotFound,
    Stopping,
    StoreError,
)
from gameserver.model.account import Account, checked_name
from gameserver.model.roles import Role
from gameserver.server.tokens import new_token, token_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.interfaces import AccountStore
    from gameserver.server.passwords import Passwords
    from gameserver.server.tokens import Challenge, Sealer

_REFUSAL: Final = "name and secret do not belong together"
_NOBODY: Final = "nobody's"


def checked_role(role: str) -> Role:
    """Give the role of that name; ``BadArguments`` shows the value and the roles."""
    if role not in list(Role):
        *others, last = list(Role)
        expected = f"{', '.join(others)} or {last}"
        raise BadArguments(f"the role {role[:40]!r} is not known: expected {expected}")
    return Role(role)


class Accounts:
    """All that is done with accounts; secrets go in and never come out again.

    ``now`` gives seconds since the epoch. Every method raises ``StoreError`` if the
    database refuses.
    """

    def __init__(
        self,
        store: AccountStore,
        passwords: Passwords,
        sealer: Sealer,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._sealer = sealer
        self._now = now
        self._changing = DeferredLock()
        # What unknown names are checked against: opens like any other, fits nothing.
        self._dummy = sealer.seal(_NOBODY, secrets.token_bytes(16))

    async def add(
        self, name: str, password: str | None, role: str = Role.PLAYER
    ) -> Account:
        """Make an account; without a password it can log in by app token only.

        Raises ``BadArguments`` for name, password or role, ``AlreadyExists``, and
        ``Busy``.
        """
        canonical, its_role = checked_name(name), checked_role(role)
        if await self._store.get(canonical) is not None:
            raise AlreadyExists(f"there is an account named {canonical!r} already")
        hashed = None if password is None else await self._passwords.hash(password)
        account = Account(canonical, its_role, hashed, None, self._now())
        await self._store.add(account)
        return account

    async def set_password(self, name: str, password: str) -> None:
        """Replace the password; ``BadArguments``, ``NotFound`` or ``Busy``."""
        await self._existing(name)
        hashed = await self._passwords.hash(password)
        await self._change(name, lambda account: replace(account, password=hashed))

    async def issue_token(self, name: str) -> str:
        """Give a new app token, in place of any older; it cannot be shown again."""
        token = new_token()
        digest = token_digest(token)

        def with_token(account: Account) -> Account:
            sealed = self._sealer.seal(account.name, digest)
            return replace(account, sealed_token=sealed)

        await self._change(name, with_token)
        return token

    async def revoke_token(self, name: str) -> None:
        """Close the login by app token; no error if there is none."""
        await self._change(name, lambda account: replace(account, sealed_token=None))

    async def set_role(self, name: str, role: str) -> None:
        """Replace the role; ``BadArguments`` or ``NotFound``."""
        its_role = checked_role(role)
        await self._change(name, lambda account: replace(account, role=its_role))

    async def remove(self, name: str) -> str | None:
        """Forget the account; ``NotFound`` if there is none.

        Gives the name as it was spelt, or None for a damaged row: that goes as well,
        since nobody can mend it.
        """
        async with self._changing:
            spelt = await self._spelling(name)
            await self._store.remove(name if spelt is None else spelt)
        return spelt

    async def all(self) -> list[Account]:
        """Give every account by name."""
        return await self._store.all()

    async def get(self, name: str) -> Account | None:
        """Give the account, whatever the case of its name, or None."""
        try:
            canonical = checked_name(name)
        except BadArguments:
            return None
        return await self._store.get(canonical)

    async def check_password(self, name: str, password: str) -> Account:
        """Give the account whose password this is.

        Raises ``LoginRefused`` for an unknown name, an account without a password and
        a wrong one alike, ``Busy``, and ``Stopping``.
        """
        account = await self.get(name)
        stored = None if account is None else account.password
        is_right = await self._passwords.verify(stored, password)
        if account is None or stored is None or not is_right:
            raise LoginRefused(_REFUSAL)
        renewed = await self._renewed(stored, password)
        async with self._changing:
            current = await self._store.get(account.name)
            if current is not None and current.password == stored:
                if renewed is not None:
                    current = replace(current, password=renewed)
                    await self._store.replace(current)
                return current
        # Another password was set, or the account removed, while argon2 was at work.
        return await self.check_password(name, password)

    async def check_response(
        self, name: str, challenge: Challenge, response: object
    ) -> Account:
        """Give the account whose app token answers the challenge.

        ``response`` is what the peer sent, of any type. Raises ``LoginRefused`` for an
        unknown name, an account without a token, a wrong answer and a second one alike.
        """
        account = await self.get(name)
        digest = self._digest(account)
        if not challenge.answers(digest, response) or account is None:
            raise LoginRefused(_REFUSAL)
        return account

    async def _existing(self, name: str) -> Account:
        account = await self.get(name)
        if account is None:
            raise NotFound(f"there is no account named {name[:40]!r}")
        return account

    async def _spelling(self, name: str) -> str | None:
        try:
            return (await self._existing(name)).name
        except StoreError as damage:
            _log.warn("removed all the same: {why}", why=damage.line())
            return None

    async def _change(self, name: str, change: Callable[[Account], Account]) -> None:
        async with self._changing:
            await self._store.replace(change(await self._existing(name)))

    async def _renewed(self, stored: str, password: str) -> str | None:
        """Give a hash with the parameters now in use, or None if it has them.

        A server too busy for that, or a rule for passwords that became stricter, is no
        reason to refuse the login.
        """
        if self._passwords.is_outdated(stored):
            with suppress(Busy, Stopping, BadArguments):
                return await self._passwords.hash(password)
        return None

    def _digest(self, account: Account | None) -> bytes:
        """Open one sealed digest, the dummy if there is no other."""
        if account is not None and account.sealed_token is not None:
            try:
                return self._sealer.unseal(account.name, account.sealed_token)
            except StoreError as refusal:
                _log.warn("login refused: {reason}", reason=str(refusal))
        return self._sealer.unseal(_NOBODY, self._dummy)


_log = Logger()
