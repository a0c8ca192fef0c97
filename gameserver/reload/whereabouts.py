"""How an author would name a table: ``registry.COMMANDS``, ``bot.hooks['join']``."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import fields_of, is_of, items_of, members_of
from gameserver.reload.record import RUNTIME, classes_of, made_in
from gameserver.reload.watched import length_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gameserver.reload.puts import Put
    from gameserver.reload.record import Record

MOST = 20_000  # objects looked at; what lies further off has no name
_LARGE = 10_000
_TABLES = (dict, list, set, deque, tuple)
_PLAIN_KEYS = (str, int, bytes)


class Whereabouts:
    """The names of some tables, searched for in the game's modules once.

    A name begins with its module's. ``records``: the game's modules.
    """

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records
        self._names: dict[int, str] = {}
        self._named: set[int] = set()
        """Ids of namespaces and objects' fields: their keys are names."""

    def look(self, tables: Iterable[object]) -> None:
        """Search for tables; those that are known are not searched for again."""
        wanted = {id(one) for one in tables} - self._names.keys()
        if not wanted:
            return
        self._names |= dict.fromkeys(wanted, "")
        for left, (table, where, is_named) in zip(
            range(MOST, 0, -1), self._walk(), strict=False
        ):
            if not wanted or left == 1:
                return
            if id(table) in wanted:
                wanted.discard(id(table))
                self._names[id(table)] = where
                self._named |= {id(table)} if is_named else set()

    def entry(self, put: Put, module: str) -> tuple[str, str]:
        """Give the name of an entry, as a module's line has it, and what it is.

        ``module``: its own tables are named without it.
        """
        shown = str(getattr(put.value, "__name__", type(put.value).__name__))
        where = self._names.get(id(put.table), "").removeprefix(f"{module}.")
        if not where:
            return shown, "its entry in a table; the object may stay"
        if not is_of(put.table, dict):
            return where, f"the entry {shown}"
        if id(put.table) in self._named:
            return f"{where}.{put.key}", ""
        return f"{where}[{_shown(put.key)}]", ""

    def _walk(self) -> Iterator[tuple[object, str, bool]]:
        """Give containers and fields, from the modules' names inwards."""
        is_own = made_in(*self._records)
        waiting: deque[tuple[object, str]] = deque()
        seen: set[int] = set()
        for record in self._records.values():
            yield record.namespace, record.name, True
            for name, value in list(record.namespace.items()):
                if name not in RUNTIME:
                    waiting.append((value, f"{record.name}.{name}"))
            for path, owner in classes_of(record.namespace, record.name):
                above = f"{record.name}.{path}"
                waiting += [(x, f"{above}.{n}") for n, x in members_of(owner).items()]
        while waiting:
            value, where = waiting.popleft()
            if id(value) in seen:
                continue
            seen.add(id(value))
            if is_of(value, _TABLES):
                yield value, where, False
                waiting += _inside(value, where)
            elif is_own(type(value)):
                fields = fields_of(value)
                yield fields, where, True
                waiting += [(one, f"{where}.{name}") for name, one in fields.items()]


def _inside(table: Any, where: str) -> Iterator[tuple[object, str]]:  # noqa: ANN401 - a container
    """Give what is in a container that is not too large, with its place."""
    if not is_of(table, tuple) and length_in(table) > _LARGE:
        return
    if is_of(table, dict):
        for key, one in list(dict.items(table)):
            yield one, f"{where}[{_shown(key)}]"
    else:
        for index, one in enumerate(items_of(table)):
            yield one, f"{where}[{index}]"


def _shown(key: object) -> str:
    return repr(key) if type(key) in _PLAIN_KEYS else "..."
