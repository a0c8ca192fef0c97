"""The one thing that needs the whole heap: who was made by a call and runs old code.

A closure is made anew by each call of the function around it; nothing keeps a list.
The garbage collector knows who refers to the old code. The price grows with the heap
and is told in the plan; a release in which no such code changes does not pay it.
"""

from __future__ import annotations

import gc
import operator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from gameserver.reload.instances import family, is_known
from gameserver.reload.kinds import is_of
from gameserver.reload.plan import Scan
from gameserver.reload.roll import ROLLS

_FEW = 1000  # CPython 3.12 freezes some of its own at start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def functions_with(
    codes: list[CodeType], clock: Callable[[], float], scans: list[Scan]
) -> list[FunctionType]:
    """Find the live functions that run one of the codes; the price is added."""
    if not codes:
        return []
    begun = clock()
    wanted = {id(code) for code in codes}
    found = [
        one
        for one in gc.get_referrers(*codes)
        if is_of(one, FunctionType) and id(one.__code__) in wanted
    ]
    why = f"closures of {_names(code.co_qualname for code in codes)}"
    scans.append(Scan(_limited(why), clock() - begun, _number()))
    return found


def instances_of(
    owners: Iterable[type], clock: Callable[[], float], scans: list[Scan]
) -> list[object]:
    """Find the instances of classes that keep no registry, by a scan of the heap."""
    wanted = tuple(owners)
    if not wanted:
        return []
    begun = clock()
    ids = set(map(id, wanted))  # a metaclass may compare or hash in an author's code
    # Instances refer to their class. Not gc.get_objects(): that list holds tuples which
    # other threads are just filling, and CPython cannot fill one that is held
    # elsewhere (SystemError: 175 of them in 125 scans beside two threads; so: none).
    found = [one for one in gc.get_referrers(*wanted) if id(type(one)) in ids]
    why = f"instances of {_names(one.__qualname__ for one in wanted)}"
    scans.append(Scan(_limited(why), clock() - begun, _number()))
    return found


def _number() -> int:
    """Count the objects that the collector knows, and hold none of them."""
    everything = map(operator.call, (gc.get_objects,))
    return sum(map(len, everything))


def _limited(why: str) -> str:
    """Say so where ``gc.freeze()`` hides objects: a scan does not find those."""
    hidden = gc.get_freeze_count()
    return f"{why}; {hidden} frozen objects not seen" if hidden > _FEW else why


def settled(
    owners: Iterable[type], clock: Callable[[], float], scans: list[Scan]
) -> dict[int, object]:
    """Find the instances of classes and those below, known or not, by id.

    While some wait for a migration only younger ones are found, at no cost for others.
    """
    owners = list(owners)
    known = [one for one in owners if is_known(one)]
    rolls = (ROLLS.get(id(one)) for one in family(*known))
    entries = [list(roll.parts[0].values()) for roll in rolls if roll is not None]
    found = [one for part in entries for entry in part if (one := entry()) is not None]
    others = [one for one in owners if not is_known(one)]
    found += instances_of(family(*others) if others else (), clock, scans)
    return {id(one): one for one in found}


def _names(names: Iterable[str], most: int = 3) -> str:
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
