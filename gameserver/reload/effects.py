"""What bodies do to modules that are not theirs: seen, taken back, done at the commit.

A body may register its class in another module's table, count itself, or set another
module's attribute. While it is staged that must change nothing, so the namespaces,
class dicts and containers within reach are compared before and after, and restored.
What was done comes with the commit, with staged objects translated; what the live
tables hold already is not added twice.

Within reach: the game's own modules that the staged ones import, near or far, and the
tables that adapters name. Containers of more than ``MANY`` entries are not watched.
While bodies run, no other thread should write there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.record import RUNTIME, classes_of, made_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gameserver.reload.adapter import Desk
    from gameserver.reload.record import Record

    Translate = Callable[[Any], Any]

MANY = 10_000
DEEPEST = 3  # containers in containers, from a module's names on
_MISSING = object()
_TABLES = (dict, list, set, deque)
_PLAIN = (str, bytes, int, float, tuple, frozenset, list, dict, set)


@dataclass(frozen=True, slots=True)
class Watched:
    """A namespace or container, and what was in it."""

    target: Any
    before: Any
    owner: type | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One difference: ``key`` of a dict or class dict, or a whole list or set."""

    watched: Watched
    key: object
    old: Any
    new: Any


class Effects:
    """Watches from when it is made; ``take_back`` ends the watch."""

    def __init__(self, records: Iterable[Record], tables: Iterable[object]) -> None:
        self._watched: dict[int, Watched] = {}
        self.found: list[Effect] = []
        records = tuple(records)
        self._is_own = made_in(*(record.name for record in records))
        self._namespaces = {id(record.namespace) for record in records}
        self._fields: set[int] = set()
        """Ids of the dicts that are objects' fields: watched, but no tables."""
        for record in records:
            self._watch(record.namespace)
            for _, owner in classes_of(record.namespace, record.name):
                self._watch_class(owner)
        for table in tables:
            self._watch(table)

    def functions(self) -> Iterator[FunctionType]:
        """Give the functions that watched tables held: callbacks, lambdas."""
        for watched in self._watched.values():
            before = watched.before
            values = before.values() if isinstance(before, dict) else before
            for value in values:
                inner = getattr(value, "__func__", value)
                if isinstance(inner, FunctionType):
                    yield inner

    def sees(self, table: object) -> bool:
        """Say whether a table is watched, and so put back."""
        return id(table) in self._watched

    def tables(self) -> list[Any]:
        """Give the containers that are watched, namespaces and class dicts left out."""
        return [
            one.target
            for key, one in self._watched.items()
            if one.owner is None
            and key not in self._namespaces
            and key not in self._fields
        ]

    def written(self) -> Iterator[tuple[Any, object, Any]]:
        """Give table, key and staged value of each entry that the bodies made."""
        for one in self.found:
            table = one.watched.target
            if one.watched.owner is not None or id(table) in self._namespaces:
                continue
            if id(table) in self._fields:
                continue
            if isinstance(one.watched.before, dict):
                if one.new is not _MISSING:
                    yield table, one.key, one.new
            else:
                before = {id(item) for item in one.old}
                yield from ((table, None, x) for x in one.new if id(x) not in before)

    def entered(self) -> Iterator[tuple[list[Any], list[Any]]]:
        """Give, for each table that the bodies changed, what was and what they put."""
        for one in self.found:
            table = one.watched.target
            if one.watched.owner is not None or id(table) in self._fields:
                continue
            if isinstance(one.watched.before, dict):
                yield (
                    [x for x in (one.old,) if x is not _MISSING],
                    [x for x in (one.new,) if x is not _MISSING],
                )
            else:
                before = {id(item) for item in one.old}
                yield list(one.old), [x for x in one.new if id(x) not in before]

    def take_back(self) -> None:
        """Find what was done and restore what was; ``found`` keeps the difference."""
        for watched in self._watched.values():
            self.found += _differences(watched)
        for effect in self.found:
            _restore(effect)

    def _watch_class(self, owner: type) -> None:
        before = dict(vars(owner))
        self._watched[id(owner)] = Watched(owner, before, owner)
        self._watch_inside(before.values(), 0)

    def _watch(self, target: Any, depth: int = 0) -> None:  # noqa: ANN401 - any container
        if id(target) in self._watched or len(target) > MANY or depth > DEEPEST:
            return
        self._watched[id(target)] = Watched(target, target.copy())
        values = target
        if isinstance(target, dict):
            values = [one for name, one in target.items() if name not in RUNTIME]
        self._watch_inside(values, depth)

    def _watch_inside(self, values: Iterable[object], depth: int) -> None:
        """Watch containers and the fields of the game's objects among values."""
        for value in list(values):
            if isinstance(value, _TABLES):
                self._watch(value, depth + 1)
            elif self._is_own(type(value)) and not isinstance(value, type):
                fields = _fields(value)
                if fields is not None:
                    self._fields.add(id(fields))
                    self._watch(fields, depth + 1)


def _fields(subject: object) -> dict[str, Any] | None:
    """Give an object's dict past its class's own ``__getattribute__``."""
    try:
        found = object.__getattribute__(subject, "__dict__")
    except AttributeError:
        return None
    return found if isinstance(found, dict) else None


def _differences(watched: Watched) -> Iterator[Effect]:
    before, target = watched.before, watched.target
    if watched.owner is not None:
        target = dict(vars(watched.owner))
    if not isinstance(before, dict):
        if len(before) != len(target) or any(
            one is not other for one, other in zip(before, target, strict=True)
        ):
            yield Effect(watched, None, before, target.copy())
        return
    for key in [*before, *(key for key in target if key not in before)]:
        old, new = before.get(key, _MISSING), target.get(key, _MISSING)
        if old is not new:
            yield Effect(watched, key, old, new)


def _restore(effect: Effect) -> None:
    watched, key, old = effect.watched, effect.key, effect.old
    if watched.owner is not None:
        if old is _MISSING:
            type.__delattr__(watched.owner, str(key))
        else:
            type.__setattr__(watched.owner, str(key), old)
    elif isinstance(watched.before, dict):
        if old is _MISSING:
            del watched.target[key]
        else:
            watched.target[key] = old
    else:
        watched.target.clear()
        add = getattr(watched.target, "extend", None) or watched.target.update
        add(old)


def lay_down(
    effects: Iterable[Effect], translate: Translate, desk: Desk, own: Mapping[type, str]
) -> None:
    """Write down what the bodies did, translated, for the commit.

    What is there already, or would be a second instance of a class of the plan
    (``own``: class to module), is left out.
    """
    for effect in effects:
        new = effect.new
        if effect.watched.owner is None and not isinstance(effect.watched.before, dict):
            new = new.copy()  # translation is in place; ``written`` tells what was made
        new = new if new is _MISSING else translate(new)
        if new is effect.old:
            continue
        if effect.watched.owner is not None:
            _lay_attribute(effect, new, desk)
        elif isinstance(effect.watched.before, dict):
            _lay_item(effect, new, desk, own)
        else:
            _lay_items(effect, new, desk, own)


def _lay_attribute(effect: Effect, new: object, desk: Desk) -> None:
    owner = effect.watched.owner
    if new is _MISSING:
        desk.delete(owner, str(effect.key))
    elif vars(owner).get(str(effect.key)) is not new:
        desk.set(owner, str(effect.key), new)


def _lay_item(effect: Effect, new: object, desk: Desk, own: Mapping[type, str]) -> None:
    table, key = effect.watched.target, effect.key
    if new is _MISSING:
        if key in table:
            desk.drop(table, key)
        return
    now = table.get(key, _MISSING)
    if now is effect.old and not _stands_for(now, new, own):
        desk.put(table, key, new)


def _lay_items(
    effect: Effect,
    new: Any,  # noqa: ANN401 - a container
    desk: Desk,
    own: Mapping[type, str],
) -> None:
    target, old = effect.watched.target, list(effect.old)
    new = list(new)
    if isinstance(effect.old, set):
        added = [one for one in new if one not in effect.old]
        kept = set(new)
        removed = [one for one in old if one not in kept]
    elif len(new) >= len(old) and all(map(lambda a, b: a is b, old, new)):
        added, removed = new[len(old) :], []
    else:
        desk.refill(target, new)
        return
    added = [
        one for one in added if not any(_stands_for(live, one, own) for live in target)
    ]
    if not added and not removed:
        return
    gone = set(map(id, removed))
    desk.refill(target, [*(one for one in target if id(one) not in gone), *added])


def _stands_for(live: object, new: object, own: Mapping[type, str]) -> bool:
    if live is new:
        return True
    if type(live) is type(new) and type(new) in own:
        return True
    try:
        return _is_plain(live, new) and bool(live == new)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return False


def _is_plain(live: object, new: object) -> bool:
    """Say whether equal values are one registration: callables, names, plain data."""
    return callable(new) or (type(live) is type(new) and type(new) in _PLAIN)
