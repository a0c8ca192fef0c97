"""What a record knows of after a release, found without looking at the game's state.

The walk begins at what the text makes, not at what is there: a table of the text may
hold a hundred thousand things by now. Live objects that stay are not looked into;
what the text had put into them was known before, and stays known.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING

from gameserver.reload.kinds import fields_of, is_of
from gameserver.reload.own_fields import base_of, has_base
from gameserver.reload.record import made_in
from gameserver.reload.walk import parts, walk_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gameserver.reload.newborn import Newborn
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.record import Initial, Record


def enter_made(
    fresh: Record, pairs: Pairs, newborn: Newborn, game: frozenset[str]
) -> None:
    """Enter the module's functions, and the fields of objects that its text made.

    What its text makes of all names is entered. ``game``: as for ``recorded``.
    """
    look = _Look(fresh, pairs.old, newborn)
    named = set(map(id, fresh.namespace.values()))
    bare = pairs.bare()
    for one in bare:
        fresh.known(one)
    roots = look.roots(pairs.staged.outline.imported_names)
    for value in walk_by(roots, look, without=map(id, bare)):
        if type(value) is FunctionType:
            fresh.known(value)
        elif id(value) not in pairs.old.fields and has_base(
            value, game, is_named=id(value) in named
        ):
            fresh.fields[id(value)] = base_of(value)
    for place in pairs.old.functions:
        for one in pairs.old.live(place):
            if fresh.tree.find(one.__code__) is not None:
                fresh.known(one)


class _Look:
    """Gives what a value holds directly, as far as the text has put it there."""

    def __init__(self, fresh: Record, old: Record, newborn: Newborn) -> None:
        self._fresh, self._old, self._newborn = fresh, old, newborn
        self._is_own = made_in(fresh.name)
        self._closed = set(map(id, fresh.namespace.values()))
        for one in fresh.classes.values():
            self._closed.add(id(one.owner()))
        self._old_classes = {id(one.owner()) for one in old.classes.values()}

    def roots(self, imported: set[str]) -> Iterator[object]:
        """Give what the text makes of names, of members, and of objects' fields."""
        values = {
            name: one
            for name, one in self._fresh.values.items()
            if name not in imported or type(one) is FunctionType
        }
        yield from values.values()
        for known in self._fresh.classes.values():
            yield from known.members.values()
        for name, one in values.items():
            yield from self._fields(one, is_kept=self._old.values.get(name) is one)

    def __call__(self, value: object) -> Iterable[object]:
        """Give what a value holds."""
        if type(value) is FunctionType:
            known = self._fresh.initials.get(value) or self._old.initials.get(value)
            return parts(value, self._is_own) if known is None else _of_text(known)
        if id(type(value)) in self._old_classes and value not in self._newborn:
            return self._fields(value, is_kept=True)
        if id(value) in self._closed:
            return (type(value),) if is_of(value, type) else ()
        return parts(value, self._is_own)

    @staticmethod
    def _fields(value: object, *, is_kept: bool) -> Iterable[object]:
        """Give an object's fields; of one that stays the functions alone."""
        found = list(fields_of(value).values())
        return [x for x in found if type(x) is FunctionType] if is_kept else found


def _of_text(known: Initial) -> Iterable[object]:
    """Give what the text has put into a function."""
    if not (known.cells or known.attributes or known.defaults or known.kwdefaults):
        return ()  # most are so
    held = (known.cells.values(), known.attributes.values())
    return (known.defaults, known.kwdefaults, *held[0], *held[1])
