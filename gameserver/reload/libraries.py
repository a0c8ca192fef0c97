"""Libraries that a text imports: their names are watched, and nothing deeper.

A text may put its own function in the place of a library's (``json.dumps = dumps``).
What the library does to its own names meanwhile is not the text's: submodules that it
loads, names that it makes when they are asked for, numbers and texts that it keeps.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.hosts import is_of_a_program
from gameserver.reload.kinds import is_of, module_of
from gameserver.reload.record import RUNTIME
from gameserver.reload.same import ATOMS
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from gameserver.reload.watched import Effect

_OWN = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Library:
    """One such module: its name, and its namespace."""

    name: str
    namespace: dict[str, Any]


def libraries(names: Iterable[str], records: Container[str]) -> list[Library]:
    """Give the loaded modules among some names, and their packages, that are nobody's.

    ``records``: the game's. Left out are the program's own, which are watched as those
    are, and this package, whose names change with the release itself.
    """
    found: dict[str, Library] = {}
    for name in (part for one in names for part in _with_packages(one)):
        module = sys.modules.get(name)
        if type(module) is not ModuleType or name in records or name in found:
            continue
        is_own = name.partition(".")[0] == _OWN
        if not is_own and not is_of_a_program(name, getattr(module, "__file__", None)):
            found[name] = Library(name, vars(module))
    return list(found.values())


def _with_packages(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def is_by_a_text(effect: Effect) -> bool:
    """Say whether a change of a library's name is not plainly the library's own."""
    name, new, library = effect.key, effect.new, effect.watched.where
    if type(name) is not str or name in RUNTIME:
        return False
    if new is MISSING:
        return True
    if is_of(new, ModuleType) or sys.modules.get(f"{library}.{name}") is new:
        return False
    is_its = _maker(new).partition(".")[0] == library.partition(".")[0]
    if name.startswith("_"):
        return not (is_its or type(new) in ATOMS)
    return not (is_its and effect.old is MISSING)


def _maker(value: object) -> str:
    if is_of(value, FunctionType):
        return value.__module__ if type(value.__module__) is str else ""
    return module_of(value if is_of(value, type) else type(value))
