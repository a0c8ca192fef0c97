"""Twisted's ``registerAdapter``: the process's one registry of adapters.

A text that is staged registers nothing; what it would have registered comes with the
commit, and what only its earlier version registered goes. Registering a second time is
an error only where a fresh import would raise it too: if another module did it first.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import Adapter
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Translate, Versions

    Key = tuple[Any, ...]


class RegisterAdapter(Adapter):
    """Notes what texts register, and lays down the difference."""

    def __init__(self) -> None:
        self._entries = Registrations(_registered)
        self._lock = threading.Lock()
        self._runs = 0
        self._spied: Any = None

    def staging(self) -> AbstractContextManager[object]:
        """Let the entries of one release know of each other."""
        return self._entries.staging()

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Note what the text registers; if it is only staged, register nothing."""
        self._enter()
        try:
            with self._entries.running(module):
                yield
        finally:
            self._leave()

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down what the texts register now, and take away what they did before."""
        registry = _registry()
        if registry is None:
            return
        changes = self._entries.changes(modules, translate)
        if changes:
            _lay_down(registry, changes, modules[0].desk)

    def _enter(self) -> None:
        with self._lock:
            self._runs += 1
            registry = _registry()
            if registry is not None and self._spied is None:
                self._spied = registry
                vars(registry).update(
                    register=self._register, registered=self._find_registered
                )

    def _leave(self) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0 and self._spied is not None:
                for name in ("register", "registered"):
                    del vars(self._spied)[name]
                self._spied = None

    def _register(
        self, required: Sequence[Any], provided: object, name: str, value: object
    ) -> None:
        """Stand in for ``globalRegistry.register``."""
        self._entries.note((*required, provided, name), value)
        if not is_staged(self._entries.current()):
            registry = _registry()
            type(registry).register(registry, required, provided, name, value)

    def _find_registered(
        self, required: Sequence[Any], provided: object, name: str = ""
    ) -> Any:  # noqa: ANN401 - a factory
        """Stand in for ``globalRegistry.registered``."""
        registry = _registry()
        live = type(registry).registered(registry, required, provided, name)
        current = self._entries.current()
        if not is_staged(current):
            return live
        assert current is not None
        key = (*required, provided, name)
        staged = self._entries.staged(key)
        if staged is not MISSING:
            return staged
        return None if self._entries.is_of_plan(key) else live


def _registry() -> Any:  # noqa: ANN401 - the registry, if the game uses it
    components = sys.modules.get("twisted.python.components")
    return None if components is None else components.globalRegistry


def _registered() -> dict[Key, Any]:
    registry = _registry()
    if registry is None:
        return {}
    return {
        (*required, provided, name): value
        for required, provided, name, value in registry.allRegistrations()
    }


def _lay_down(registry: Any, changes: dict[Key, Any], desk: Desk) -> None:  # noqa: ANN401 - as above
    """Put a whole new table in place of the old one, in one write with its undo."""
    before = _registered()
    after = {**before, **changes}
    after = {key: value for key, value in after.items() if value is not MISSING}
    table: list[dict[Any, Any]] = []
    provided = dict(registry._provided)  # noqa: SLF001 - there is no other way in
    for key, value in after.items():
        _enter(table, key, value)
    for key in {**before, **changes}:
        count = provided.get(key[-2], 0) + (key in after) - (key in before)
        provided[key[-2]] = count
    provided = {one: count for one, count in provided.items() if count}
    desk.refill(registry._adapters, table)  # noqa: SLF001 - as above
    desk.refill(registry._provided, provided)  # noqa: SLF001 - as above
    desk.afterwards(partial(_settle, registry))


def _enter(table: list[dict[Any, Any]], key: Key, value: object) -> None:
    order = len(key) - 2
    while len(table) <= order:
        table.append({})
    leaf = table[order]
    for one in key[:-1]:
        leaf = leaf.setdefault(one, {})
    leaf[key[-1]] = value


def _settle(registry: Any) -> None:  # noqa: ANN401 - as above
    """Have the registry see its new table; none of what it remembers holds."""
    registry._v_lookup.init_extendors()  # noqa: SLF001 - as above
    registry.changed(registry)


ADAPTER = RegisterAdapter()
