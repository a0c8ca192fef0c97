"""What a start says of state that is newer than the code: nobody of it can log in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.errors import StoreError
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from gameserver.interfaces import SnapshotStore
    from gameserver.model.avatar import Avatar


async def newer_than(owner: type[Avatar], snapshots: SnapshotStore) -> str:
    """Give the line that an operator reads, "" if there is nothing to say.

    Of a service there is none to give: one whose state is newer does not start.
    """
    try:
        count, highest = await snapshots.above(owner.kind, owner.version)
    except StoreError as error:
        return f"what is stored cannot be counted: {error.line()}"
    if not count:
        return ""
    who = "1 stored avatar has" if count == 1 else f"{count:,} stored avatars have"
    upto = "up to " if count > 1 else ""
    return (
        f"{place_of(owner)}: {who} version {upto}{highest}, newer than"
        f" {owner.__name__}.version = {owner.version} here. They are safe, but cannot"
        " log in: bring the newer code back, or raise the version and write a step that"
        " leads on from there; `gameserver migrate --dry-run` names them"
    )
