"""What objects and namespaces hold, so that it can be put back exactly."""

from __future__ import annotations

import sys
from collections import defaultdict
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.holdings import Holdings, named
from gameserver.reload.keepsake import FACTORY, Celled, Fielded, Members, Table, Working

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gameserver.reload.holdings import Look, Way
    from gameserver.reload.keepsake import Keepsake

MANY = 100_000
_DICTS_SLOW_READS = sys.version_info < (3, 13)  # once asked for; see fields.refill
_SOMETHING = "a container"


def _nobody(owner: object) -> bool:
    del owner
    return False


class Memento:
    """The content of containers, objects, classes and cells, at one moment.

    ``is_full``: there was more than ``MANY`` in the namespaces, which is not kept.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, type], Keepsake] = {}
        self._ways: dict[int, Way] = {}
        self._near = Holdings(_nobody)
        self._keys: set[tuple[int, object]] = set()
        self._fields: set[int] = set()
        self.is_full = False

    def keep_namespaces(
        self,
        namespaces: Mapping[str, dict[str, Any]],
        look: Look,
        without: Collection[tuple[int, object]] = (),
    ) -> None:
        """Remember what modules hold; ``look``, ``without``: as for ``Holdings``."""
        holdings = Holdings(look, without)
        for one, way in holdings.walk(namespaces):
            if len(self._kept) >= MANY:
                self.is_full = True
                break
            self._ways[id(one)] = way
            self._enter(one, holdings, is_own=holdings.looks_into(type(one)))
        self._fields |= holdings.fields

    def keep_table(self, table: Any) -> None:  # noqa: ANN401 - a container
        """Remember a container and the containers in it."""
        for one, _ in self._near.walk_from([("", "", table)]):
            self._enter(one, self._near, is_own=False)

    def keep(self, subject: Any) -> None:  # noqa: ANN401 - any object of a game
        """Remember an object's class, fields and slots, and containers in these."""
        if (id(subject), Fielded) in self._kept:
            return
        self._enter(subject, self._near, is_own=True)
        for one, _ in self._near.walk_from(self._near.in_object(subject)):
            self._enter(one, self._near, is_own=False)

    def keep_own(self, subject: Any, name: str) -> None:  # noqa: ANN401 - as above
        """Remember the same, ``MANY`` containers at most; how it is to be named."""
        self._ways[id(subject)] = (None, "", name)
        self._enter(subject, self._near, is_own=True)
        roots = [
            ("", f"{name}.{key}" if key else name, part)
            for _, key, part in self._near.in_object(subject)
        ]
        for one, way in self._near.walk_from(roots):
            if len(self._kept) >= MANY:
                break
            self._ways[id(one)] = way
            self._enter(one, self._near, is_own=False)

    def _enter(self, one: Any, holdings: Holdings, *, is_own: bool) -> None:  # noqa: ANN401 - any object
        owner = type(one)
        kind = holdings.kind(owner)
        if issubclass(owner, type):
            self._kept.setdefault((id(one), Members), Members(one))
            return
        if owner is FunctionType:
            self._kept.setdefault((id(one), Working), Working(one))
            return
        if owner is CellType:
            self._kept.setdefault((id(one), Celled), Celled(one))
            return
        if kind is not None and (id(one), Table) not in self._kept:
            self._kept[id(one), Table] = Table(one, kind)
        has_factory = issubclass(owner, defaultdict)
        if (is_own or has_factory) and (id(one), Fielded) not in self._kept:
            storage = holdings.storage(owner) if is_own else ()
            extra = (FACTORY,) if has_factory else ()
            self._kept[id(one), Fielded] = Fielded(one, (*storage, *extra))

    def put_back(self) -> None:
        """Make everything what it was."""
        # Held to the end, so that no finaliser runs amid it.
        held = [one.put_back() for one in self._kept.values()]
        del held

    def differences(self) -> Memento:
        """Remember, as it is now, what has changed since."""
        found = Memento()
        for key, one in self._kept.items():
            names = one.changed()
            if names:
                found._kept[key] = one.now()
                found._keys.update((id(one.subject), name) for name in names)
                found._ways[key[0]] = self._ways.get(key[0], _NOWHERE)
        return found

    def forget_unchanged(self) -> None:
        """Give up what is as it was; only changes are put back."""
        kept: dict[tuple[int, type], Keepsake] = {}
        fields = self._fields | self._near.fields
        for key, one in self._kept.items():
            if one.changed():
                kept[key] = one
                if isinstance(one, Members):
                    one.narrow()
            elif _DICTS_SLOW_READS and isinstance(one, Table) and key[0] in fields:
                one.reads_fast()
        self._kept = kept  # only now: all is there if something above raises
        self._near, self._fields = Holdings(_nobody), set()

    def keys(self) -> set[tuple[int, object]]:
        """Give, by id of what holds them, the keys found other by ``differences``."""
        return self._keys

    def changed_names(self, without: Iterable[int] = ()) -> list[str]:
        """Name what is other now; ``without``: ids of what is passed by."""
        passed = frozenset(without)
        return [
            _name(self._ways.get(key[0], _NOWHERE), name)
            for key, one in self._kept.items()
            if key[0] not in passed
            for name in one.changed()
        ]


_NOWHERE: Way = (None, "", "")


def _name(way: Way, key: object) -> str:
    above = named(way)
    if not isinstance(key, str):
        return above or _SOMETHING
    return f"{above}.{key}" if above else key
