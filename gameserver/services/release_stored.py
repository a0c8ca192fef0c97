"""Whom an undo would lock out: avatars that were stored in the new version and left.

Those in memory go back with the release. The code of before cannot read what is stored
in a higher version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.errors import NotReleased
from gameserver.model.account import name_key
from gameserver.reload.versions import advice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gameserver.interfaces import SnapshotStore
    from gameserver.server.game import Game

_MANY = 5  # names that a refusal lists


async def require_all_here(
    game: Game, snapshots: SnapshotStore, raised: Mapping[str, int]
) -> None:
    """Refuse an undo with ``NotReleased`` if some are stored as only the release can.

    ``raised``: the classes whose version rose, as ``Release.raised`` has them. If the
    avatar's is none of them, nothing is looked at; else every avatar that is stored.
    """
    owner = game.cast.avatar
    names = {f"{one.__module__}.{one.__qualname__}" for one in owner.__mro__}
    if names.isdisjoint(raised):
        return
    here = {name_key(one.subject.name) for one in game.roster}
    gone: list[str] = []
    for name in await snapshots.ids(owner.kind):
        stored = (
            None if name_key(name) in here else await game.ledger.stored(owner, name)
        )
        if stored is not None and stored.version >= owner.version:
            gone.append(name)
    if gone:
        more = f" and {len(gone) - _MANY} more" if len(gone) > _MANY else ""
        raise NotReleased(
            f"stored in version {owner.version} since, and not in memory:"
            f" {', '.join(gone[:_MANY])}{more}; {advice(dict(raised))}"
        )
