"""Whether a name would be made of the very same things as when its text ran last.

``START = time.time()`` gives another value in each run, and nobody has changed it. A
name is made by the statement that binds it; of what this reads, through the functions
and classes that may be called, in the game's other modules too; and by the statements
that may change any of that while a text runs. If all these say the same in the versions
of then and of now, the name stays what it is. Where it cannot be told it does not:
``exec``, ``globals()``, star imports, several statements for one name, loops.
"""

from __future__ import annotations

from functools import cache
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.derivation import World
from gameserver.reload.equality import is_made_of_fields, is_worth
from gameserver.reload.kinds import is_of, module_of
from gameserver.reload.same import ATOMS, CONTAINERS
from gameserver.reload.statements import statements
from gameserver.reload.trail import Effort, Untold

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from gameserver.reload.record import Record
    from gameserver.reload.source import Text
    from gameserver.reload.staged import Staged
    from gameserver.reload.statements import Statements
    from gameserver.reload.trail import Node


class Constancy:
    """Compares what names of planned modules were made from with what they are now."""

    def __init__(
        self, records: Mapping[str, Record], planned: Mapping[str, Staged]
    ) -> None:
        self._records = records
        self._planned = planned
        self._effort = Effort()
        self._read: dict[int, tuple[Text, Statements]] = {}
        self._known: dict[Node, bool] = {}
        self._worlds: dict[str, tuple[World, World]] = {}

    def __call__(self, module: str, path: str) -> bool:
        """Say whether a name, ``X`` or ``C.k``, would be made of the same things."""
        if (module, path) not in self._known:
            self._known[module, path] = self._compared(module, path)
        return self._known[module, path]

    def _compared(self, module: str, path: str) -> bool:
        if module not in self._worlds:
            self._worlds[module] = self._before(module), self._now(module)
        before, now = self._worlds[module]
        try:
            return before.made(module, path) == now.made(module, path)
        except Untold:
            return False

    def _before(self, module: str) -> World:
        """Give the world in which a module's text ran last."""
        ran = self._records[module].ran

        def text(name: str) -> Text | None:
            record = self._records.get(name)
            return record.text_at(ran) if record is not None else None

        return self._world(module, text)

    def _now(self, module: str) -> World:
        def text(name: str) -> Text | None:
            staged, record = self._planned.get(name), self._records.get(name)
            if staged is not None:
                return staged.text
            return record.text if record is not None else None

        return self._world(module, text)

    def _world(self, module: str, text: Callable[[str], Text | None]) -> World:
        def facts(name: str) -> Statements | None:
            found = text(name)
            return None if found is None else self._statements(found)

        imports = {
            name: _imports(one)
            for name, one in self._planned.items()
            if one.has_run and name != module
        }
        return World(cache(facts), imports, self._is_firm, self._effort)

    def _statements(self, text: Text) -> Statements:
        known = self._read.get(id(text))
        if known is None:
            known = self._read[id(text)] = text, statements(text)
        return known[1]

    def _is_firm(self, node: Node) -> bool:
        """Say whether a name's value is one that nobody can change in place."""
        record = self._records.get(node[0])
        if record is None:
            return False
        owner, _, name = node[1].rpartition(".")
        there = record.classes[owner].members if owner in record.classes else {}
        table = there if owner else record.values
        return name in table and _is_firm(table[name], self._records)


def _is_firm(value: Any, game: Container[str]) -> bool:  # noqa: ANN401 - any value of a game
    """Say whether a value cannot be changed in place, or is a library's function."""
    kind = type(value)
    if is_of(value, MethodType):
        value = value.__func__
    if is_of(value, FunctionType):
        return value.__globals__.get("__name__") not in game
    if is_of(value, (*ATOMS, BuiltinFunctionType)):
        return module_of(kind) not in game
    if type(kind) is not type or kind in CONTAINERS or is_of(value, (type, tuple)):
        return False
    is_value = is_worth(kind) and not is_made_of_fields(kind)
    return is_value and module_of(kind) not in game


def _imports(staged: Staged) -> set[str]:
    old = staged.old.outline.imports if staged.old is not None else {}
    return {*staged.outline.imports, *old}
