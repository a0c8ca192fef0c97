"""Which names a class must still define, counted as a commit will leave them.

``abc`` counts them when a class is made and never again, so a subclass that lies in
another module would keep the count of its base's earlier text.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.foresight import Foresight
from gameserver.reload.kinds import is_of
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.reload.adapter import Desk

_ABSTRACT, _MARK = "__abstractmethods__", "__isabstractmethod__"
_CARRIED = ("fget", "fset", "fdel", "__func__", "func")


def recount(owners: Iterable[type], desk: Desk) -> None:
    """Lay down the abstract names of classes below merged ones; bases come first.

    A merged class has been given its names already; counting finds the same, or what
    it has from a class between that is not of this release.
    """
    foresight = Foresight.of(desk)
    for owner in owners:
        now = foresight.member(owner, _ABSTRACT)
        wanted = abstract_names(owner, foresight)
        if now != wanted and not (now is MISSING and not wanted):
            desk.set(owner, _ABSTRACT, wanted)


def abstract_names(owner: type, foresight: Foresight) -> frozenset[str]:
    """Give the names a class must still define, as ``abc`` counts them."""
    inherited = {
        name
        for base in foresight.part(owner, "__bases__")
        for name in _names(foresight.member(base, _ABSTRACT))
    }
    return frozenset(
        name
        for name in {*foresight.members(owner), *inherited}
        if _is_abstract(foresight.found(owner, name), foresight)
    )


def _names(found: Any) -> Iterable[str]:  # noqa: ANN401 - a set of names, or MISSING
    return () if found is MISSING else found


def _is_abstract(member: Any, foresight: Foresight) -> bool:  # noqa: ANN401 - any member
    """Say whether a member will be abstract: it, or a function that it carries."""
    if is_of(member, FunctionType):
        mark = foresight.item(vars(member), _MARK)
        return mark is not MISSING and bool(mark)
    inside = [getattr(member, name, None) for name in _CARRIED]
    if any(is_of(one, FunctionType) for one in inside):
        return any(_is_abstract(one, foresight) for one in inside)
    return bool(getattr(member, _MARK, False))
