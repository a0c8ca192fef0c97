"""Objects that a text makes and enters in other modules' tables.

``@command def look(): ...`` may enter a ``Command`` that holds the function. The text's
next run makes another one; where it is the same registration (``match.py``), the live
object stays, with what it has counted, and its fields merge three ways. A tuple, or a
library's object, is not changed from here: the new one takes the old one's place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapter_for
from gameserver.reload.kinds import fields_of, is_of
from gameserver.reload.match import is_closure_like, is_like
from gameserver.reload.verdict import MISSING, Verdict, verdict

if TYPE_CHECKING:
    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.match import Matched, SameCode
    from gameserver.reload.translate import Translation


@dataclass(frozen=True, slots=True)
class Registration:
    """A live registered object, what the text now makes, and what it made before."""

    live: Any
    staged: Any
    initial: dict[str, object]


@dataclass(slots=True)
class Registered:
    """What becomes of the registered objects of a plan."""

    kept: list[Registration] = field(default_factory=list)
    closures: list[tuple[FunctionType, FunctionType]] = field(default_factory=list)
    """Live and staged functions that a decorator made, say."""
    claimed: list[tuple[Any, Any]] = field(default_factory=list)
    """Live and staged objects of libraries."""
    outdated: dict[int, Any] = field(default_factory=dict)
    """By id of a live value that cannot change: the staged one that takes its place."""


def pair_registered(
    matched: Matched, translation: Translation, same_code: SameCode
) -> Registered:
    """Pair new registrations with live ones; the others are the text's to mend."""
    found = Registered()
    counterpart = translation.counterpart
    for put, staged in matched.pairs:
        if is_closure_like(put.value, staged, counterpart, same_code):
            translation.pair(staged, put.value)
            found.closures.append((put.value, staged))
        if counterpart(staged) is not None or _is_definition(staged):
            continue
        if adapter_for(staged) is not None:
            found.claimed.append((put.value, staged))
        elif is_of(staged, tuple):
            found.outdated[id(put.value)] = staged
        elif is_like(put.value, staged, translation.counterpart):
            translation.pair(staged, put.value)
            found.kept.append(Registration(put.value, staged, put.fields))
        elif fields_of(staged):
            translation.made(staged)
    for staged in matched.fresh:
        if fields_of(staged) and not _is_definition(staged):
            translation.made(staged)
    return found


def _is_definition(value: object) -> bool:
    return is_of(value, (type, FunctionType, MethodType))


def lay_down(one: Registration, translation: Translation, desk: ModuleDesk) -> None:
    """Lay down the merge of a registered object's fields."""
    now = fields_of(one.live)
    for name, value in fields_of(one.staged).items():
        fresh = translation(value)
        live = now.get(name, MISSING)
        initial = one.initial.get(name, MISSING)
        found = verdict(desk.comparison, initial, live, fresh, None, None)
        if found in {Verdict.TAKE, Verdict.ADD}:
            desk.put(now, name, fresh)
        elif found is Verdict.CONFLICT and initial is not MISSING:
            where = f"{type(one.live).__qualname__}.{name}"
            desk.note("conflict", where, "of a registered object; the live one stays")


def lay_down_claimed(
    registered: Registered, translation: Translation, desk: ModuleDesk
) -> dict[int, Any]:
    """Merge libraries' objects into the live ones; give those, by id of the staged.

    What its adapter does not merge is outdated.
    """
    kept = {}
    for live, staged in registered.claimed:
        adapter = adapter_for(live)
        fresh = translation(staged)
        if adapter is not None and adapter.merge(live, fresh, live, desk):
            kept[id(staged)] = live
        else:
            registered.outdated[id(live)] = staged
    return kept
