"""Modules of the program around the game, which no source serves: its own registries.

A game may be one part of a program whose other modules are nobody's to reload. What new
bodies enter in their tables is watched as in the game's own modules. Left out are the
standard library, what is installed beside it, and this package.
"""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

_OWN = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Host:
    """One such module: its name, and its namespace."""

    name: str
    namespace: dict[str, Any]


def hosts(names: Iterable[str], records: Container[str]) -> list[Host]:
    """Give the loaded modules among some names that are the program's own."""
    found: dict[str, Host] = {}
    for name in names:
        module = sys.modules.get(name)
        if type(module) is not ModuleType or name in records or name in found:
            continue
        if is_of_a_program(name, getattr(module, "__file__", None)):
            found[name] = Host(name, vars(module))
    return list(found.values())


def is_of_a_program(name: str, file: object) -> bool:
    """Say whether a module is the program's own, by its name and file."""
    top = name.partition(".")[0]
    if top == _OWN or top in sys.stdlib_module_names or not isinstance(file, str):
        return False
    return not file.startswith(_installed())


@cache
def _installed() -> tuple[str, ...]:
    """Give the folders of the standard library and of what is installed."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple(sysconfig.get_path(name) for name in names)
