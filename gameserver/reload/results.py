"""What a library remembers in C: dropped in the pass, and finalised after it.

The call that clears it would run the finalisers of what it drops amid the writes. So
all that is taken hold of first, by C calls, whatever it is by then.
"""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.reload.adapter import Desk


def drop(subject: object, clear: Callable[[], object], desk: Desk) -> None:
    """Lay down that an object of C forgets, at commit and at undo; ``clear`` is C."""
    held: list[object] = []
    desk.do(_holding(held, subject), clear)
    desk.do(clear, _holding(held, subject))  # undo runs from the end
    desk.afterwards(held.clear)


def _holding(held: list[object], subject: object) -> Callable[[], object]:
    """Give the act that takes hold of all there is; good for one time."""
    # An lru_cache without a limit, and a lookup, have it one step away, in dicts.
    tables = [one for one in gc.get_referents(subject) if type(one) is dict]
    return partial(held.extend, map(gc.get_referents, (subject, *tables)))
