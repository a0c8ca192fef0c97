"""How much one message of a peer may be: a stranger's, a player's, an admin's.

These hold on the wire, before anything is made of a message; what an argument may be is
``model.arguments.Limits``, which an operator sets. On the wire a text is a list of two,
and a dict of one entry a list in a list: so there are four entries, and two lists,
where an argument has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gameserver.wire.limits import PLAYERS_SIZE, STOCK_SIZE, Limits

if TYPE_CHECKING:
    from gameserver.model.arguments import Limits as OfArguments

BEFORE_LOGIN: Final = Limits(size=2048, items=64, depth=16, string=1024)
ADMIN: Final = Limits(size=1 << 25, items=1 << 20, depth=100, string=STOCK_SIZE)
"""Of an admin: a plugin's text is sent whole, in strings of up to 512 KB."""


def of_players(calls: OfArguments) -> Limits:
    """Give the limits under which such arguments come through.

    64 KB at least, which a text of the longest kind needs at two bytes a character.
    """
    size = max(PLAYERS_SIZE, 2 * calls.max_string, 16 * calls.max_items)
    return Limits(
        size=size,
        items=4 * calls.max_items + 64,
        depth=2 * calls.max_depth + 4,
        string=min(size, STOCK_SIZE),
    )
