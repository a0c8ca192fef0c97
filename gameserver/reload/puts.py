"""What a module's text put into other modules' tables: commands, handlers, classes.

The new text enters them again while it is staged; ``match.py`` finds which of them are
the same registration. They stay in the tables meanwhile, where other threads look for
them, but for two cases: a registry that refuses a second entry of a name, and an entry
that the new text does not make. Then the text is staged once more with those out of the
way, and the watch on the tables (``effects.py``) puts them back.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapter_for
from gameserver.reload.kinds import (
    fields_of,
    is_of,
    items_of,
    members_of,
    module_of,
    plain_of,
)
from gameserver.reload.same import ATOMS, remember
from gameserver.reload.verdict import MISSING
from gameserver.reload.watched import entries_of, key_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from gameserver.reload.attempt import Attempt
    from gameserver.reload.effects import Effects
    from gameserver.reload.record import Record

    Mark = tuple[int, object, int]

_TABLES = (dict, list, set, deque)


@dataclass(frozen=True, slots=True)
class Put:
    """One entry: a table, its key (None in a list or set), and the value.

    A table is any container within reach, a namespace or an object's fields, too.
    """

    table: Any
    key: object
    value: Any
    initial: Any = None
    """The value as the text made it; ``value`` may have been changed in place."""
    fields: dict[str, object] = field(default_factory=dict)
    """What an object's fields were when the text had made it."""
    replaced: Any = MISSING
    """What a dict had under the key before; that comes back when this one goes."""

    @classmethod
    def of(
        cls,
        table: Any,  # noqa: ANN401 - as above
        key: object,
        value: Any,  # noqa: ANN401 - as above
        staged: Any = MISSING,  # noqa: ANN401 - as above
        translate: Callable[[Any], Any] | None = None,
    ) -> Put:
        """Give an entry as it is now; with the fields that a text made, if told."""
        made = value if staged is MISSING else staged
        fields = _remembered(made, translate)
        return cls(table, key, value, remember(value), fields)

    def made_of(self, value: object) -> Put:
        """Give it with what the text makes there, where another one may have stayed."""
        return replace(self, initial=remember(value))

    @property
    def mark(self) -> Mark:
        """What tells this entry from others."""
        return id(self.table), key_mark(self.key), id(self.value)


def puts_of(
    module: str,
    before: Effects | None,
    after: Effects,
    owners: Iterable[Record],
    known: Container[Mark],
) -> list[Put]:
    """Find what a module's text put into the tables within reach.

    ``before``: the watch from when the text began; None if nobody watched, then only
    what is plainly the module's counts. ``owners``: the records of the modules whose
    tables they are: what an owner's own text entered (``T = [f]``, with this module's
    ``f``) is the owner's. ``known``: entries that other texts made.
    """
    own = _entered_by_owners(owners)
    made: set[int] = set()
    """Ids of containers that this text entered; their places come later."""
    found = []
    for table in after.places():
        there = before.content(table) if before is not None else None
        others = own.get(id(table), ()) if there is None else there
        marks = _marks(others)
        if there is None and not after.is_table(table):
            continue  # of a module that was loaded meanwhile: what it made itself
        is_new = id(table) in made
        is_unseen = before is None or (there is None and id(table) not in own)
        for key, value in entries_of(table):
            if (key_mark(key), id(value)) in marks or is_of(value, ModuleType):
                continue
            if there is None and is_of(value, _TABLES) and not is_new:
                continue  # the owner's: what is remembered of it is a copy
            if is_unseen and not is_new and not is_made(value, module):
                continue
            put = Put.of(table, key, value)
            if put.mark not in known:
                found.append(replace(put, replaced=_under(key, others)))
                if is_of(value, _TABLES):
                    made.add(id(value))
    return found


def _marks(content: Any) -> set[tuple[object, int]]:  # noqa: ANN401 - a container
    return {(key_mark(key), id(value)) for key, value in entries_of(content)}


def _under(key: object, content: object) -> Any:  # noqa: ANN401 - any value of a game
    return dict.get(content, key, MISSING) if is_of(content, dict) else MISSING


def _entered_by_owners(owners: Iterable[Record]) -> dict[int, Any]:
    """Give, by id of a live table, what its owner's text put in."""
    found: dict[int, Any] = {}
    waiting: list[tuple[Any, Any]] = []
    for record in owners:
        space = record.namespace
        waiting += [(space.get(name), one) for name, one in record.values.items()]
        for known in record.classes.values():
            members = _members(known.owner())
            waiting += [(members.get(name), x) for name, x in known.members.items()]
    while waiting:
        pair = waiting.pop()
        live: Any = pair[0]
        initial: Any = pair[1]
        if type(live) not in _TABLES or type(live) is not type(initial):
            continue
        if id(live) in found:
            continue
        found[id(live)] = initial
        if type(live) is dict:
            waiting += [(live.get(key), one) for key, one in initial.items()]
        elif is_of(live, list):
            waiting += list(zip(live, initial, strict=False))
    return found


def _members(owner: type | None) -> dict[str, Any]:
    return {} if owner is None else members_of(owner)


def lift(puts: Iterable[Put]) -> None:
    """Take entries out of their tables; the watch on those puts them back."""
    for one in puts:
        plain = plain_of(one.table)
        if is_of(one.table, dict):
            if one.replaced is MISSING:
                plain.pop(one.table, one.key, None)
            else:
                plain.__setitem__(one.table, one.key, one.replaced)
        elif is_of(one.table, set):
            set.discard(one.table, one.value)
        else:
            for index, item in enumerate(items_of(one.table)):
                if item is one.value:
                    plain.__delitem__(one.table, index)
                    break


def present(puts: Iterable[Put], watch: Effects) -> list[Put]:
    """Give those that are in a watched table yet: nobody has put another there."""
    return [one for one in puts if watch.is_table(one.table) and is_there(one)]


def is_there(put: Put) -> bool:
    """Say whether an entry is in its table yet."""
    if is_of(put.table, dict):
        return dict.get(put.table, put.key) is put.value
    return any(item is put.value for item in items_of(put.table))


def renewed_puts(
    module: str,
    old: Iterable[Put],
    attempt: Attempt,
    translate: Callable[[Any], Any],
    stays: Mapping[tuple[int, object], Put],
    kept: Mapping[int, Any],
) -> list[Put]:
    """Give what the new text put there, once the writes are applied.

    ``old``: what the text in force had put. ``stays``: by id of a dict and key, entries
    that the text makes as before. ``kept``: by id of what the text made, the live
    object that stays for it.
    """
    mine = {one.mark for one in old}
    found = [one for one in attempt.remade if one.mark in mine]
    before = {(id(one.table), key_mark(one.key)): one.replaced for one in old}
    for table, key, staged in attempt.written():
        if attempt.maker(table, key, staged) == module:
            again = stays.get((id(table), key_mark(key)))
            if again is not None and is_of(table, dict):
                found.append(again)
                continue
            value = translate(staged)
            value = kept.get(id(value), kept.get(id(staged), value))
            if is_of(value, (*ATOMS, *_TABLES)):
                value = _equal_in(table, key, value)
            initial = remember(value)
            there = _under(key, attempt.watch.content(table))
            found.append(
                Put(
                    table,
                    key,
                    value,
                    initial,
                    _remembered(staged, translate),
                    before.get((id(table), key_mark(key)), there),
                )
            )
    return found


def _equal_in(table: Any, key: object, value: object) -> object:  # noqa: ANN401 - a container
    """Give the plain value in a table that an equal one stands for."""
    there = [dict.get(table, key)] if is_of(table, dict) else items_of(table)
    equal = (one for one in there if type(one) is type(value) and one == value)
    try:
        return next(equal, value)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return value


def _remembered(
    value: object, translate: Callable[[Any], Any] | None = None
) -> dict[str, object]:
    if is_of(value, (type, FunctionType)):
        return {}
    carry = translate or (lambda one: one)
    return {name: remember(carry(one)) for name, one in fields_of(value).items()}


def is_made(value: Any, module: str) -> bool:  # noqa: ANN401 - any value of a game
    """Say whether a value is a module's function or class, or an instance of one."""
    if is_of(value, MethodType):
        return is_made(value.__func__, module) or is_made(value.__self__, module)
    if is_of(value, type):
        return module_of(value) == module
    if is_of(value, FunctionType):
        return value.__module__ == module
    if module_of(type(value)) == module:
        return True
    return any(_is_defined(one, module) for one in held_by(value))


def _is_defined(value: object, module: str) -> bool:
    if is_of(value, type):
        return module_of(value) == module
    return is_of(value, FunctionType) and value.__module__ == module


def held_by(value: Any) -> Iterable[object]:  # noqa: ANN401 - any value of a game
    """Give what a registered value holds: fields, items of a tuple, parts."""
    if is_of(value, tuple):
        return items_of(value)
    found = fields_of(value)
    if found:
        return found.values()
    adapter = adapter_for(value)
    return adapter.parts(value) if adapter is not None else ()
