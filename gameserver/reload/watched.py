"""One namespace, container, class or function under watch: what was in it, and is."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.contents import kind_of, run
from gameserver.reload.fields import slots_of
from gameserver.reload.kinds import is_of, items_of, members_of, plain_of
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.libraries import Library

_OF_CLASSES = ("__name__", "__qualname__", "__bases__")
_OF_FUNCTIONS = ("__code__", "__defaults__", "__kwdefaults__", "__doc__")


@dataclass(frozen=True, slots=True)
class Watched:
    """A namespace or container, and what was in it.

    ``owner``: the class or the object with slots, if it is attributes that are watched.
    """

    target: Any
    before: Any
    owner: Any = None
    where: str = ""
    """How an author would name it: ``registry.COMMANDS``."""
    is_table: bool = True
    """False of a namespace and of an object's fields."""
    is_namespace: bool = False
    library: Library | None = None
    """Of a library's namespace: the names that others give it are watched."""

    @property
    def is_library(self) -> bool:
        """Say whether it is a library's namespace."""
        return self.library is not None


@dataclass(frozen=True, slots=True)
class Effect:
    """One difference: ``key`` of a dict or class dict, or a whole list or set."""

    watched: Watched
    key: object
    old: Any
    new: Any
    maker: str = ""
    """The module whose body did it, if that is known already."""


def entries_of(table: Any) -> Iterator[tuple[object, Any]]:  # noqa: ANN401 - a container
    """Give key and value of what is in a container; the key is None but in a dict."""
    if is_of(table, dict):
        yield from list(plain_of(table).items(table))
    elif is_of(table, (list, set, deque)):
        for one in items_of(table):
            yield None, one


def key_mark(key: object) -> object:
    """Give what tells a key from others without asking it."""
    return key if type(key) in (str, int, bytes, type(None)) else id(key)


def length_in(table: Any) -> int:  # noqa: ANN401 - a container
    """Give how many entries a container has."""
    plain = plain_of(table)
    return len(table) if plain is None else int(plain.__len__(table))


def content_of(table: Any) -> Any:  # noqa: ANN401 - a container
    """Copy a container: to a plain one, by C alone, where its kind is known."""
    kind = kind_of(type(table))
    return table.copy() if kind is None else kind.copy(table)


def attributes_of(owner: object) -> dict[str, Any]:
    """Give a class's own attributes, a function's parts, or what is in slots."""
    if is_of(owner, type):
        named = {name: type.__getattribute__(owner, name) for name in _OF_CLASSES}
        return {**members_of(owner), **named}
    if is_of(owner, FunctionType):
        return {name: getattr(owner, name) for name in _OF_FUNCTIONS}
    found = {}
    for name in slots_of(type(owner)):
        with suppress(AttributeError):
            found[name] = object.__getattribute__(owner, name)
    return found


def differences_of(watched: Watched) -> Iterator[Effect]:
    """Give what is other now than it was."""
    before, target = watched.before, watched.target
    if watched.owner is not None:
        target = attributes_of(watched.owner)
    elif type(target) is not type(before):
        target = content_of(target)
    if not is_of(before, dict):
        if len(before) != len(target) or any(
            one is not other for one, other in zip(before, target, strict=True)
        ):
            yield Effect(watched, None, before, content_of(target))
        return
    for key in [*before, *(key for key in target if key not in before)]:
        old, new = before.get(key, MISSING), target.get(key, MISSING)
        if old is not new:
            yield Effect(watched, key, old, new)


def restore(watched: Watched, found: list[Effect]) -> None:
    """Make what was found to be other what it was."""
    target, before = watched.target, watched.before
    if watched.owner is not None:
        base = type if is_of(watched.owner, type) else object
        for one in found:
            if one.old is MISSING:
                base.__delattr__(watched.owner, str(one.key))
            else:
                base.__setattr__(watched.owner, str(one.key), one.old)
        return
    kind = kind_of(type(target))
    if kind is None:  # a library's own
        run([target.clear, partial(target.update, before)])
        return
    if is_of(before, dict):
        _restore_items(target, found)
        if watched.is_library:
            return  # the rest is its own doing, and nobody asks for its order
        if [*map(id, kind.copy(target))] == [*map(id, before)]:
            return  # else a key that was deleted is at the end now
    run(kind.fill(target, before))


def _restore_items(table: dict[Any, Any], found: list[Effect]) -> None:
    plain = plain_of(table)
    for one in found:
        if one.old is MISSING:
            plain.__delitem__(table, one.key)
        else:
            plain.__setitem__(table, one.key, one.old)
