"""Twisted's ``registerAdapter``: the process's one registry of adapters.

A text that is staged registers nothing; what it would have registered comes with the
commit, and what only its earlier version registered goes. Registering a second time is
an error only where a fresh import would raise it too: if another module did it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.reload.adapter import library
from gameserver.reload.listening import Listening
from gameserver.reload.registrations import Registrations, is_staged
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gameserver.reload.adapter import Desk, Translate, Versions
    from gameserver.reload.listening import Place

    Key = tuple[Any, ...]


class ComponentRegistry(Listening):
    """Notes what texts register, and lays down the change; for ``ZopeInterface``."""

    def __init__(self) -> None:
        super().__init__(Registrations(_registered))

    def stand_ins(self) -> Iterable[Place]:
        """Give what hears a registration, and a question about one."""
        registry = _registry()
        if registry is not None:
            yield vars(registry), "register", self._register
            yield vars(registry), "registered", self._find_registered

    def lay_down(
        self, modules: Sequence[Versions], translate: Translate
    ) -> dict[Any, Any]:
        """Lay down the table, as texts register now and no longer as they did before.

        Gives the registry, if there is one, and what it will have something for.
        """
        registry = _registry()
        if registry is None:
            return {}
        changes = self.entries.changes(modules, translate)
        if not changes:
            return {registry: registry._provided}  # noqa: SLF001 - there is no other way in
        return {registry: _lay_down(registry, changes, modules[0].desk)}

    def _register(
        self, required: Sequence[Any], provided: object, name: str, value: object
    ) -> None:
        """Stand in for ``globalRegistry.register``."""
        self.entries.note((*required, provided, name), value)
        if not is_staged(self.entries.current()):
            registry = _registry()
            type(registry).register(registry, required, provided, name, value)

    def _find_registered(
        self, required: Sequence[Any], provided: object, name: str = ""
    ) -> Any:  # noqa: ANN401 - a factory
        """Stand in for ``globalRegistry.registered``."""
        registry = _registry()
        live = type(registry).registered(registry, required, provided, name)
        current = self.entries.current()
        if not is_staged(current):
            return live
        assert current is not None
        key = (*required, provided, name)
        staged = self.entries.staged(key)
        if staged is not MISSING:
            return staged
        return None if self.entries.is_of_plan(key) else live


def _registry() -> Any:  # noqa: ANN401 - the registry, if the game uses it
    components = library("twisted.python.components")
    return None if components is None else components.globalRegistry


def _registered() -> dict[Key, Any]:
    registry = _registry()
    if registry is None:
        return {}
    return {
        (*required, provided, name): value
        for required, provided, name, value in registry.allRegistrations()
    }


def _lay_down(registry: Any, changes: dict[Key, Any], desk: Desk) -> dict[Any, int]:  # noqa: ANN401 - as above
    """Put a whole new table in place of the old one; give what it counts."""
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
    return provided


def _enter(table: list[dict[Any, Any]], key: Key, value: object) -> None:
    order = len(key) - 2
    while len(table) <= order:
        table.append({})
    leaf = table[order]
    for one in key[:-1]:
        leaf = leaf.setdefault(one, {})
    leaf[key[-1]] = value
