"""Objects that a text makes around its functions and enters in other modules' tables.

``@command def look(): ...`` may enter a ``Command`` that holds the function. The text's
next run makes another one; it is the same registration when it is of the same class
and holds the next version of the same function or class. Then the live object stays,
with what it has counted, and its fields merge three ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.puts import fields_of
from gameserver.reload.verdict import MISSING, Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.effects import Effects
    from gameserver.reload.puts import Put
    from gameserver.reload.translate import Translation


@dataclass(frozen=True, slots=True)
class Registration:
    """A live registered object, what the text now makes, and what it made before."""

    live: Any
    staged: Any
    initial: dict[str, object]


def pair_registered(
    watch: Effects, translation: Translation, puts: Iterable[Put]
) -> list[Registration]:
    """Pair new registrations with live ones; the others are the text's to mend."""
    made = {id(one.value): one.fields for one in puts}
    found = []
    for old, new in watch.entered():
        for staged in new:
            if not fields_of(staged) or isinstance(staged, (type, FunctionType)):
                continue
            if translation.counterpart(staged) is not None:
                continue
            live = next((x for x in old if _corresponds(x, staged, translation)), None)
            if live is None:
                translation.made(staged)
            else:
                translation.pair(staged, live)
                found.append(Registration(live, staged, made.get(id(live), {})))
    return found


def _corresponds(live: object, staged: object, translation: Translation) -> bool:
    owner = translation.counterpart(type(staged)) or type(staged)
    if type(live) is not owner or live is staged:
        return False
    now = fields_of(live)
    return any(
        isinstance(one, (type, FunctionType))
        and (translation.counterpart(one) or one) is now.get(name)
        for name, one in fields_of(staged).items()
    )


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
