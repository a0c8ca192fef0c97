"""Whether a release gives live instances another hash: their tables must be told.

A dict or set keeps the hash that a key had when it went in. With another one it finds
that key no more. Which tables have such keys only a scan of the whole heap could say,
and to build them anew runs the author's code on each key: so the plan names the class.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.instances import alive, is_known
from gameserver.reload.kinds import is_of, members_of, mro_of
from gameserver.reload.tree import means_the_same

if TYPE_CHECKING:
    from types import CodeType

    from gameserver.reload.desk import ModuleDesk

HASH = "__hash__"
OTHER = (
    "its instances get another hash: dicts and sets made before do not find their "
    "keys; rebuild them in module_reloaded"
)
NONE = (
    "its instances have no hash any more: dicts and sets made before do not find their "
    "keys; give those other keys in module_reloaded"
)


def tell_hash(path: str, live: type, staged: type, desk: ModuleDesk) -> None:
    """Note a conflict for a class whose live instances would be lost as keys."""
    (owner, before), (source, after) = _found(live), _found(staged)
    if before is None or _is_inherited(live, staged, owner, source):
        return
    if _is_same(before, after) or not _may_live(live):
        return
    desk.note("conflict", path, NONE if after is None else OTHER)


def _found(owner: type) -> tuple[type, Any]:
    """Give the class that says how instances are hashed, and how."""
    found = next(one for one in mro_of(owner) if HASH in members_of(one))
    return found, members_of(found)[HASH]


def _is_inherited(live: type, staged: type, owner: type, source: type) -> bool:
    """Say whether the two have it from one base in two versions, which tells of it."""
    if owner is live or source is staged:
        return False
    named = [(one.__module__, one.__qualname__) for one in (owner, source)]
    return named[0] == named[1]


def _is_same(before: Any, after: Any) -> bool:  # noqa: ANN401 - what a class has there
    """Say whether two ways to hash are one: by the code, with that of decorators."""
    if not is_of(before, FunctionType) or not is_of(after, FunctionType):
        return bool(before is after)
    old, new = _codes(before), _codes(after)
    return len(old) == len(new) and all(map(means_the_same, old, new))


def _codes(function: FunctionType) -> list[CodeType]:
    """Give a function's code, and that of the functions it wraps."""
    found = [function]
    while is_of(inner := vars(found[-1]).get("__wrapped__"), FunctionType):
        if inner in found:
            break
        found.append(inner)
    return [one.__code__ for one in found]


def _may_live(owner: type) -> bool:
    """Say whether there may be instances: of a known class it is certain."""
    return not is_known(owner) or next(iter(alive(owner)), None) is not None
