"""How much one message of a peer may be: a stranger's, a player's, an admin's.

These hold on the wire, before anything is made of a message; what an argument may be is
``model.arguments.Limits``. On the wire a text is a list of two, and a dict of one entry
a list in a list: so there are four entries, and two lists, where an argument has one.
"""

from __future__ import annotations

from typing import Final

from gameserver.wire.limits import PLAYERS_SIZE, STOCK_SIZE, Limits

BEFORE_LOGIN: Final = Limits(size=2048, items=64, depth=16, string=1024)
PLAYER: Final = Limits(
    size=PLAYERS_SIZE, items=4 * 4096 + 64, depth=2 * 16 + 4, string=PLAYERS_SIZE
)
ADMIN: Final = Limits(size=1 << 25, items=1 << 20, depth=100, string=STOCK_SIZE)
"""Of an admin: a plugin's text is sent whole, in strings of up to 512 KB."""
