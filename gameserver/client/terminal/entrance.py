"""The way in: a login, or a new account where the player asked for one.

A server's text for a refused login is one for every kind of secret; a player is told
of the password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from gameserver.errors import AlreadyExists, LoginRefused

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gameserver.client.game_client import GameClient

_WRONG: Final = "wrong name or password"


def reworded(code: str, text: str) -> str:
    """Give the text of a refusal in a player's words."""
    return _WRONG if code == LoginRefused.wire_code else text


def login(client: GameClient, name: str, password: str) -> Deferred[None]:
    """Log in as ``GameClient.login`` does; a refusal is in a player's words."""

    def refused(failure: Failure) -> NoReturn:
        failure.trap(LoginRefused)
        raise LoginRefused(_WRONG) from None

    return client.login(name, password).addErrback(refused)


async def log_in(
    client: GameClient, name: str, password: str, *, may_register: bool
) -> None:
    """Log in; with ``may_register``, make the account first if there is none.

    Raises what ``GameClient.login`` does; ``Forbidden`` if registration is closed.
    """
    try:
        await login(client, name, password)
    except LoginRefused:
        if not may_register:
            raise
    else:
        return
    try:
        await client.register(name, password)
    except AlreadyExists:
        raise LoginRefused(f"wrong password for {name}") from None
    await client.login(name, password)
