"""What a module's text put into other modules' tables: commands, handlers, classes.

While the module's new text is staged these are lifted out, so that it may register
again, or not; the watch on the tables (``effects.py``) puts everything back, and what
the new text put there, or no longer did, comes with the commit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.same import remember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gameserver.reload.effects import Effects
    from gameserver.reload.record import Record


_TABLES = (dict, list, set, deque)


@dataclass(frozen=True, slots=True)
class Put:
    """One entry: a table, its key (None in a list or set), and the value."""

    table: Any
    key: object
    value: Any
    fields: dict[str, object] = field(default_factory=dict)
    """What an object's fields were when the text had made it."""


def puts_of(module: str, watch: Effects, owners: Iterable[Record]) -> list[Put]:
    """Find what a module's text put into the tables within reach.

    ``owners``: the records of the modules whose tables they are. What an owner's own
    text entered (``T = [f]``, with this module's ``f``) is the owner's.
    """
    own = _entered_by_owners(owners)
    return [
        Put(table, key, value, _remembered(value))
        for table in watch.tables()
        for key, value in _entries(table)
        if is_made(value, module) and id(value) not in own.get(id(table), ())
    ]


def _entered_by_owners(owners: Iterable[Record]) -> dict[int, set[int]]:
    """Give, by id of a live table, the ids of what its owner's text put in."""
    found: dict[int, set[int]] = {}
    waiting: list[tuple[Any, Any]] = []
    for record in owners:
        space = record.namespace
        waiting += [(space.get(name), one) for name, one in record.values.items()]
        for known in record.classes.values():
            members = vars(known.owner() or object)
            waiting += [(members.get(name), x) for name, x in known.members.items()]
    while waiting:
        pair = waiting.pop()
        live: Any = pair[0]
        initial: Any = pair[1]
        if type(live) not in _TABLES or type(live) is not type(initial):
            continue
        if id(live) in found:
            continue
        entered = [value for _, value in _entries(initial)]
        found[id(live)] = {id(value) for value in entered}
        if type(live) is dict:
            waiting += [(live.get(key), one) for key, one in initial.items()]
        elif isinstance(live, list):
            waiting += list(zip(live, initial, strict=False))
    return found


def lift(puts: Iterable[Put], watch: Effects) -> None:
    """Take entries out of the tables that are watched, if they are there yet."""
    for one in puts:
        if not watch.sees(one.table):
            continue
        if isinstance(one.table, dict):
            if one.table.get(one.key) is one.value:
                del one.table[one.key]
        elif isinstance(one.table, set):
            one.table.discard(one.value)
        else:
            for index, item in enumerate(one.table):
                if item is one.value:
                    del one.table[index]
                    break


def renewed_puts(
    module: str, watch: Effects, translate: Callable[[Any], Any]
) -> list[Put]:
    """Give what the new text put there, once the writes are applied."""
    return [
        Put(table, key, value, _remembered(staged, translate))
        for table, key, staged in watch.written()
        if is_made(value := translate(staged), module)
    ]


def _remembered(
    value: object, translate: Callable[[Any], Any] | None = None
) -> dict[str, object]:
    if isinstance(value, (type, FunctionType)):
        return {}
    carry = translate or (lambda one: one)
    return {name: remember(carry(one)) for name, one in fields_of(value).items()}


def _entries(table: Any) -> Iterator[tuple[object, Any]]:  # noqa: ANN401 - a container
    if isinstance(table, dict):
        yield from list(table.items())
    elif isinstance(table, (list, set, deque)):
        for one in list(table):
            yield None, one


def is_made(value: Any, module: str) -> bool:  # noqa: ANN401 - any value of a game
    """Say whether a value is a module's function or class, or an instance of one."""
    if isinstance(value, MethodType):
        return is_made(value.__func__, module) or is_made(value.__self__, module)
    if isinstance(value, (type, FunctionType)):
        return value.__module__ == module
    return type(value).__module__ == module or any(
        isinstance(one, (type, FunctionType)) and one.__module__ == module
        for one in fields_of(value).values()
    )


def fields_of(value: object) -> dict[str, Any]:
    """Give an instance's fields past its class's own methods; none of other values."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}
