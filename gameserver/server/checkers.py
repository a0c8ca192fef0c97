"""Cred's side of login: the two kinds of credentials, and who checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from zope.interface import Attribute, implementer

from gameserver.server.awaiting import started

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from twisted.internet.defer import Deferred

    from gameserver.model.account import Account
    from gameserver.server.accounts import Accounts
    from gameserver.server.tokens import Challenge


class IPassword(ICredentials):
    """A name and its password, sent over a connection nobody can read."""

    name = Attribute("str")
    password = Attribute("str")


class ITokenResponse(ICredentials):
    """A name and the answer to a challenge: stock PB's login with an app token."""

    name = Attribute("str")
    challenge = Attribute("Challenge")
    response = Attribute("bytes")


@implementer(IPassword)
class Password:
    """See ``IPassword``."""

    def __init__(self, name: str, password: str) -> None:
        self.name = name
        self.password = password


@implementer(ITokenResponse)
class TokenResponse:
    """See ``ITokenResponse``."""

    def __init__(self, name: str, challenge: Challenge, response: bytes) -> None:
        self.name = name
        self.challenge = challenge
        self.response = response


@implementer(ICredentialsChecker)
class PasswordChecker:
    """Checks passwords against their argon2 hashes."""

    credentialInterfaces = (IPassword,)

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def requestAvatarId(self, credentials: Password) -> Deferred[bytes | tuple[()]]:
        """Give the account's name; fails with ``LoginRefused``."""
        return _avatar_id(
            self._accounts.check_password(credentials.name, credentials.password)
        )


@implementer(ICredentialsChecker)
class TokenChecker:
    """Checks the answer that only the holder of the app token can give."""

    credentialInterfaces = (ITokenResponse,)

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def requestAvatarId(
        self, credentials: TokenResponse
    ) -> Deferred[bytes | tuple[()]]:
        """Give the account's name; fails with ``LoginRefused``."""
        return _avatar_id(
            self._accounts.check_response(
                credentials.name, credentials.challenge, credentials.response
            )
        )


def _avatar_id(
    checked: Coroutine[object, object, Account],
) -> Deferred[bytes | tuple[()]]:
    return started(checked).addCallback(lambda account: account.name.encode())
