"""Merge a staged class into the live one, which stays the same object."""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any

from gameserver.reload import layout
from gameserver.reload.adapter import adapters
from gameserver.reload.hashes import tell_hash
from gameserver.reload.kinds import bases_of, is_of, members_of
from gameserver.reload.making import passes_on
from gameserver.reload.same import remember
from gameserver.reload.verdict import MISSING, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.merge import ModuleMerge
    from gameserver.reload.outline import Binding
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.translate import Translation

RUNTIME = frozenset({"__dict__", "__weakref__", "__module__", "_abc_impl"})
"""What a class gets from the interpreter, for itself alone."""


def merge_class(
    path: str,
    live: type,
    staged: type,
    pairs: Pairs,
    translation: Translation,
    merge: ModuleMerge,
    desk: ModuleDesk,
) -> None:
    """Lay down the writes for one pair of classes."""
    known = pairs.old.classes[path].members
    bases = translation(bases_of(staged))
    why = layout.problem(live, staged, bases, pairs.old.classes[path].bases)
    if why:
        remedy = "give the class a successor() class method, or restart"
        desk.refuse(path, f"{why}; {remedy}")
    owned = frozenset().union(*(one.owned(live, staged) for one in adapters()))
    old = pairs.old.outline.bindings.get(path, {})
    new = pairs.staged.outline.bindings.get(path, {})
    tell_hash(path, live, staged, desk)
    layout.merge_slots(path, live, staged, desk)
    gone = layout.slots_of(live) - members_of(staged).keys()  # the layout saw to these
    for name in dict.fromkeys([*known, *members_of(staged)]):
        if name in owned:
            if name in members_of(staged):
                fresh = translation(_own_copy(members_of(staged)[name]))
                merge.initials[f"{path}.{name}"] = remember(fresh)
            continue
        if name in RUNTIME or name in gone or _is_storage(staged, name):
            continue
        _merge_member(
            path, name, live, staged, known, translation, merge, desk, old, new
        )
    layout.merge_bases(path, live, staged, pairs.old.classes[path], translation, desk)
    for adapter in adapters():
        adapter.merge_class(live, staged, desk)


def _merge_member(  # noqa: PLR0913, PLR0917 - as above
    path: str,
    name: str,
    live: type,
    staged: type,
    known: Mapping[str, Any],
    translation: Translation,
    merge: ModuleMerge,
    desk: ModuleDesk,
    old: Mapping[str, Binding],
    new: Mapping[str, Binding],
) -> None:
    now = members_of(live).get(name, MISSING)
    if passes_on(now):
        now = MISSING
    fresh = members_of(staged).get(name, MISSING)
    if fresh is not MISSING:
        fresh = translation(fresh)
    one = merge.decide(
        f"{path}.{name}",
        known.get(name, MISSING),
        now,
        fresh,
        old.get(name),
        new.get(name),
    )
    if one.found in {Verdict.TAKE, Verdict.ADD}:
        desk.set(live, name, one.value)
    elif one.found is Verdict.REMOVE:
        desk.delete(live, name)
    if not (name.startswith("__") and name not in new and name not in old):
        merge.tell(f"{path}.{name}", now, one)


def _own_copy(value: Any) -> Any:  # noqa: ANN401 - any value of a game
    """Copy a table, for translation works in place and its owner wants it as it is."""
    return value.copy() if type(value) in {dict, list, set} else value


def _is_storage(staged: type, name: str) -> bool:
    """Say whether a member is a slot: the layout sees to those."""
    member = members_of(staged).get(name)
    return name == "__slots__" or is_of(
        member, (MemberDescriptorType, GetSetDescriptorType)
    )
