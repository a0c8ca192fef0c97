"""The way in: a login, or a new account where the player asked for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.errors import AlreadyExists, LoginRefused

if TYPE_CHECKING:
    from gameserver.client.game_client import GameClient


async def log_in(
    client: GameClient, name: str, password: str, *, may_register: bool
) -> None:
    """Log in; with ``may_register``, make the account first if there is none.

    Raises what ``GameClient.login`` does; ``Forbidden`` if registration is closed.
    """
    try:
        await client.login(name, password)
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
