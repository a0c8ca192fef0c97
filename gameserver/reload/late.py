"""Fields that a release lets instances make on first touch, for its undo.

Whoever made one keeps it, so an undo takes it away: if it is as it was made. If it has
been filled since, the undo is refused. What makes such fields, an attribute of a class,
keeps a list of them.
"""

from __future__ import annotations

import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from gameserver.reload.fields import dict_of
from gameserver.reload.giving import is_unchanged
from gameserver.reload.kinds import is_of
from gameserver.reload.same import remember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.journal import Journal


class Made(NamedTuple):
    """One field that was made: of which instance, its value, and a copy of that."""

    subject: weakref.ref[Any]
    value: object
    copy: object


class Maker:
    """The base of what makes fields: ``made`` is None once the release is permanent."""

    __slots__ = ("made",)

    def __init__(self) -> None:
        self.made: list[Made] | None = []

    def note(self, subject: object, value: object) -> None:
        """Take note of a field that was made."""
        if self.made is not None:
            with suppress(TypeError):  # no weak reference: nobody can take it back
                self.made.append(Made(weakref.ref(subject), value, remember(value)))


class Late:
    """The fields that the makers which a journal set have made."""

    def __init__(self, journal: Journal) -> None:
        self._makers: list[tuple[type, str, Maker]] = [
            (owner, name, maker)
            for owner, name, maker in journal.attributes
            if is_of(owner, type) and is_of(maker, Maker)
        ]

    def changed(self) -> list[str]:
        """Name those that somebody has filled since."""
        return [
            f"{owner.__qualname__}.{name}"
            for owner, name, maker in self._makers
            for fields, one in _held(name, maker)
            if not _is_as_made(fields[name], one)
        ]

    def take_back(self) -> None:
        """Take away those that are as they were made."""
        for _, name, maker in self._makers:
            for fields, one in _held(name, maker):
                if _is_as_made(fields[name], one):
                    del fields[name]

    def forget(self) -> None:
        """Give up the lists: the release is permanent."""
        for *_, maker in self._makers:
            maker.made = None


def _held(name: str, maker: Maker) -> Iterator[tuple[dict[Any, Any], Made]]:
    """Give the dicts of the living instances that still have the field."""
    for one in list(maker.made or ()):
        fields = dict_of(one.subject())
        if fields is not None and name in fields:
            yield fields, one


def _is_as_made(value: object, one: Made) -> bool:
    return value is one.value and is_unchanged(value, one.copy)
