"""What libraries and base classes keep per class (``kinds.memos_of``) is made anew.

Of all classes of the game, at each commit and each undo: what was read of a class names
others. The arguments of a call are in one module, the dataclass that one of them is in
another, and a type inside that one in a third; the release may be of the third alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.reload.instances import family
from gameserver.reload.kinds import is_of, members_of, memos_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.reload.journal import Journal
    from gameserver.reload.record import Record


def forget_memos(journal: Journal, records: Iterable[Record]) -> None:
    """Drop it of the classes that were written, of the game's, and of all below."""
    written = [one for one, *_ in journal.attributes if is_of(one, type)]
    made = [each.owner() for one in records for each in one.classes.values()]
    for owner in family(*written, *filter(None, made)):
        for name in memos_of(owner) & members_of(owner).keys():
            type.__delattr__(owner, name)
