"""Registries inside a module's own objects: ``bot = Bot()``, and ``@bot.command``.

The live object stays. What the new text enters in the containers inside it is added,
and what it enters no longer goes; what was entered at run time stays. A container
counts if there are functions or classes in it, or objects that hold some; any other
is a field like others (``own_fields.py``).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import adapter_for
from gameserver.reload.fields import named_fields
from gameserver.reload.kinds import fields_of, is_of, module_of
from gameserver.reload.puts import Put, held_by, is_made
from gameserver.reload.same import ATOMS
from gameserver.reload.verdict import MISSING
from gameserver.reload.views import STAGE
from gameserver.reload.watched import entries_of, key_mark, length_in

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from gameserver.reload.outline import Outline
    from gameserver.reload.record import Record
    from gameserver.reload.staged import Staged
    from gameserver.reload.watched import Effect

    Path = tuple[object, ...]

MANY = 10_000
DEEPEST = 3
_TABLES = (dict, list, set, deque)
_PLAIN = frozenset((*_TABLES, tuple, frozenset))
_DEFINITIONS = (type, FunctionType, BuiltinFunctionType, MethodType)
_OTHERS = (*ATOMS, *_DEFINITIONS, ModuleType, staticmethod, classmethod, property)


@dataclass(slots=True)
class Registry:
    """A container inside an object: the new text's, and the live one.

    ``root``: where the object is, the one that the new text made, and the live one.
    """

    path: Path
    root: tuple[Path, Any, Any]
    made: Any
    live: Any
    entries: list[tuple[object, Any, str]]
    """Key, staged value, whose; a container that has a live one stands for itself."""
    module: str
    gone: list[Put] = field(default_factory=list)
    pairs: list[tuple[Put, Any]] = field(default_factory=list)

    def entered_later(self, effect: Effect, maker: Callable[..., str]) -> None:
        """Take over what the bodies of other modules did to it afterwards."""
        new: list[tuple[object, Any]] = []
        if is_of(self.made, dict):
            if effect.new is not MISSING:
                new = [(effect.key, effect.new)]
            self.entries = [one for one in self.entries if one[0] != effect.key]
        else:
            there, old = set(map(id, effect.new)), set(map(id, effect.old))
            self.entries = [one for one in self.entries if id(one[1]) in there]
            new = [(None, one) for one in effect.new if id(one) not in old]
        self.entries += [
            (key, one, maker(id(self.made), key, one) or self.module)
            for key, one in new
        ]

    @property
    def where(self) -> str:
        """How an author would name it: ``bot.hooks['tick']``."""
        return dotted(self.path)


def dotted(path: Path) -> str:
    """Write a path as people do; fields and keys take turns as their kind says."""
    shown = str(path[0])
    for step in path[1:]:
        key = repr(step) if type(step) in (str, int, bytes) else "..."
        shown += f".{step.name}" if isinstance(step, _Field) else f"[{key}]"
    return shown


@dataclass(frozen=True, slots=True)
class _Field:
    """A step to an object's field, not to a key."""

    name: str


def own_objects(
    names: Mapping[str, Any],
    facts: Outline,
    sees: Callable[[object], bool],
    made: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Path, Any]]:
    """Give the objects that a module's text made: under names, and in dicts there.

    They are no data, and no definitions. ``sees``: says of an object's fields, or a
    container, that they are another's. ``made``: the names as the text makes them: the
    keys there alone are asked for then; there may be many others by now.
    """
    bound = facts.bindings.get("", {})
    for name, value in names.items():
        binding = bound.get(name)
        if is_of(value, _OTHERS) or binding is None or binding.is_reference:
            continue
        if name == STAGE or name in facts.imported_names or sees(value):
            continue
        if type(value) is dict:
            if len(value) <= MANY or made is not None:
                entries = _entries(value, None if made is None else made.get(name))
                inner = [(key, x) for key, x in entries if _is_object(x)]
                found = (((name, key_mark(key)), one) for key, one in inner)
                yield from (one for one in found if not sees(fields_of(one[1])))
        elif _is_object(value) and not sees(fields_of(value)):
            yield (name,), value


def _entries(table: Any, made: Any) -> Iterable[tuple[object, Any]]:  # noqa: ANN401 - dicts
    """Give a table's entries; only those that are in the other, if there is one."""
    if made is None:
        return entries_of(table)
    keys = dict.keys(made) if is_of(made, dict) else ()
    return [(key, dict.__getitem__(table, key)) for key in keys if key in table]


def _is_object(value: object) -> bool:
    kind = type(value)
    if is_of(value, _OTHERS) or (type(kind) is type and kind in _PLAIN):
        return False
    return adapter_for(value) is None


def containers(start: Path, root: object, game: Container[str]) -> dict[Path, Any]:
    """Give the containers inside an object, outer ones first."""
    found: dict[Path, Any] = {}
    seen: set[int] = set()
    waiting: deque[tuple[Path, Any]] = deque([(start, root)])
    while waiting:
        path, value = waiting.popleft()
        if id(value) in seen or len(path) > DEEPEST + len(start):
            continue
        seen.add(id(value))
        if is_of(value, _TABLES):
            if length_in(value) > MANY:
                continue
            found[path] = value
            if is_of(value, dict):
                inner = ((k, x) for k, x in entries_of(value) if is_of(x, _TABLES))
                waiting += [((*path, key_mark(key)), one) for key, one in inner]
        if path == start or _is_own(value, game):
            fields = named_fields(value)
            waiting += [((*path, _Field(one)), x) for one, x in fields.items()]
    return found


def _is_own(value: object, game: Container[str]) -> bool:
    return not is_of(value, _OTHERS) and module_of(type(value)) in game


def is_registered(value: Any) -> bool:  # noqa: ANN401 - any value of a game
    """Say whether a value is one that texts register: a definition, or around one."""
    if is_of(value, _DEFINITIONS):
        return True
    if is_of(value, _TABLES):
        return holds_registered(value)
    if is_of(value, ATOMS):
        return False
    held = (*held_by(value), *named_fields(value).values())
    return any(is_of(one, _DEFINITIONS) for one in held)


def holds_registered(container: Any) -> bool:  # noqa: ANN401 - a container
    """Say whether a container is a registry, by what is in it."""
    if length_in(container) > MANY:
        return False
    return any(is_registered(one) for _, one in entries_of(container))


def own_puts(
    record: Record,
    sees: Callable[[object], bool],
    game: Container[str],
    *,
    made: Mapping[str, Any] | None = None,
    is_kept: Callable[[Path, object], bool] | None = None,
    is_seen: bool = True,
) -> list[Put]:
    """Give what a module's text entered in its own objects.

    ``game``: the names of the game's modules. ``made``: as for ``own_objects``.
    ``is_kept``: says of an object that it was there before, and is left out.
    ``is_seen``: its text has just run; else only what is plainly the module's counts.
    """
    found = []
    done: set[int] = set()
    for path, root in own_objects(record.namespace, record.outline, sees, made):
        if is_kept is not None and is_kept(path, root):
            continue
        for table in containers(path, root, game).values():
            if id(table) in done or not holds_registered(table):
                continue
            done.add(id(table))
            found += [
                Put.of(table, key, value)
                for key, value in entries_of(table)
                if is_seen or is_made(value, record.name)
            ]
    return found


def registries(
    staged: Staged, sees: Callable[[object], bool], game: Container[str]
) -> list[Registry]:
    """Give the registries in the objects of a staged module that have live ones."""
    old = staged.old
    if old is None:
        return []
    found = []
    known = {id(one.table) for one in old.own}
    done: set[int] = set()
    for start, root in own_objects(staged.namespace, staged.outline, sees):
        live = at(old.namespace, start)
        if live is root or live is None or at(old.values, start) is not live:
            continue
        now, fresh = containers(start, live, game), containers(start, root, game)
        both = {path for path, one in fresh.items() if _is_alike(now.get(path), one)}
        for path in [one for one in fresh if one in both]:
            made, table = fresh[path], now[path]
            if id(table) in done:
                continue  # another name means the same object
            if id(table) in known or holds_registered(made):
                done.add(id(table))
                inner = {key_mark(key): (*path, key_mark(key)) for key in _keys(made)}
                entries = [
                    (key, now[inner[key_mark(key)]], staged.name)
                    if inner.get(key_mark(key)) in both
                    else (key, one, staged.name)
                    for key, one in entries_of(made)
                ]
                ends = (start, root, live)
                found.append(Registry(path, ends, made, table, entries, staged.name))
    return found


def at(names: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 - any value of a game
    """Give what is under a name, or a key of the dict there; None if nothing is."""
    found = names.get(str(path[0]))
    if len(path) == 1:
        return found
    return dict.get(found, path[1]) if is_of(found, dict) else None


def _keys(table: Any) -> list[object]:  # noqa: ANN401 - a container
    return [key for key, _ in entries_of(table)] if is_of(table, dict) else []


def _is_alike(live: object, staged: object) -> bool:
    if live is None or live is staged:
        return False
    kinds = [next(x for x in _TABLES if is_of(one, x)) for one in (live, staged)]
    return kinds[0] is kinds[1]
