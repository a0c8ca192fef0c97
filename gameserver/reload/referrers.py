"""Who refers to an object: told by the module, class, function or object that does.

From a container the search goes on to what holds that, a few steps far: a list is
told as ``plugins.keep.CACHE (a list)``. Each step is one pass over the whole heap.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections import OrderedDict, defaultdict, deque
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of
from gameserver.reload.naming import kind_of, module_of, namespace_name, said

if TYPE_CHECKING:
    from collections.abc import Iterable

STEPS = 5  # what is in a list in a module is two steps away: the list, the module
MANY = 400  # containers that one step goes on from
_ENGINE = "gameserver.reload."
_WAY_BACK = {
    f"{_ENGINE}{one}"
    for one in ("imprint", "journal", "keepsake", "memento", "release")
}
_RELEASE = "a release that is not permanent yet"
_PASSED = (dict, OrderedDict, defaultdict, deque, functools.partial)
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or in C as if


class Referrers:
    """Who refers to some objects, near or far, found when it is made.

    ``removed``: modules that are gone. What is in them is no news.
    """

    def __init__(self, subjects: list[Any], removed: Iterable[str]) -> None:
        self._removed = frozenset(removed)
        self._own = {id(one) for one in subjects}
        self._objects: dict[int, Any] = {}
        self._holders: dict[int, dict[int, None]] = {}
        """By id of an object, the ids of those that refer to it."""
        self._search(subjects)

    def of(self, subject: object) -> list[str]:
        """Say who holds one of the objects, nearest first."""
        found: dict[str, None] = {}
        kept: dict[str, None] = {}
        near: dict[str, None] = {}
        removed: dict[str, None] = {}
        waiting: list[tuple[Any, ...]] = [(subject,)]
        seen = {id(subject)}
        for chain in waiting:
            holders = self._holders.get(id(chain[0]), {})
            if not holders and len(chain) > 1:  # too far, or nobody's
                near[kind_of(chain[-2])] = None
            for key in holders:
                one = self._objects[key]
                if key in seen:
                    continue
                if self._is_removed(one):
                    removed[f"module {module_of(one)}, removed as well"] = None
                elif self._is_passed(one):
                    seen.add(key)
                    waiting.append((one, *chain))
                elif not self._is_ours(one):
                    found[said(one, chain)] = None
                elif module_of(type(one)) in _WAY_BACK:
                    kept[_RELEASE] = None
        return [*(found or kept or near or removed)]

    def _search(self, subjects: list[Any]) -> None:
        # A tuple is handed over as it is; of a list 3.13 would find the copy.
        frontier = tuple(subjects)
        for _ in range(STEPS):
            if not frontier:
                return
            hidden = {id(subjects), id(frontier), id(self._objects)}
            wanted = {id(one) for one in frontier}
            # What is found is bound to no name here: it would be found next time.
            frontier = self._enter(gc.get_referrers(*frontier), wanted, hidden)

    def _enter(
        self, holders: list[Any], wanted: set[int], hidden: set[int]
    ) -> tuple[Any, ...]:
        """Note who refers to whom; give the new ones that are to be passed."""
        passed: list[Any] = []
        for one in holders:
            if id(one) in hidden:
                continue
            is_new = id(one) not in self._objects
            self._objects[id(one)] = one
            for inner in gc.get_referents(one):
                if id(inner) in wanted:
                    self._holders.setdefault(id(inner), {})[id(one)] = None
            if is_new and len(passed) < MANY and self._is_passed(one):
                passed.append(one)
        return tuple(passed)

    def _is_removed(self, one: Any) -> bool:  # noqa: ANN401 - any object of the heap
        if id(one) in self._own:
            return True
        name = namespace_name(one)
        if name not in self._removed:
            return False
        return getattr(sys.modules.get(name), "__dict__", None) is not one

    def _is_passed(self, one: Any) -> bool:  # noqa: ANN401 - the same
        """Say whether an object tells nothing by itself, so that its holder must."""
        kind = type(one)
        if id(one) in self._own or namespace_name(one):
            return False
        if issubclass(kind, (ModuleType, FunctionType, type)):
            return False
        if kind in _PASSED or not kind.__flags__ & _HEAP_TYPE:
            return True
        # A record may be the engine's present one, or one that a release keeps.
        return module_of(kind) in {*self._removed, f"{_ENGINE}record"}

    def _is_ours(self, one: Any) -> bool:  # noqa: ANN401 - the same
        """Say whether it is the engine's own."""
        owner = one if is_of(one, FunctionType) else type(one)
        return module_of(owner).startswith(_ENGINE)
