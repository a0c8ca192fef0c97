"""Libraries that a text imports: their names are watched, and nothing deeper.

A text may put its own function in the place of a library's (``json.dumps = dumps``).
What the library does to its own names meanwhile is not the text's: submodules that it
loads, names that it makes when they are asked for, numbers and texts that it keeps,
names that its functions set by ``global``.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from dis import get_instructions
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.hosts import is_of_a_program
from gameserver.reload.kinds import is_of, members_of, module_of
from gameserver.reload.outline import parse
from gameserver.reload.record import RUNTIME
from gameserver.reload.same import ATOMS
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from gameserver.reload.source import Text
    from gameserver.reload.watched import Effect

_OWN = __name__.partition(".")[0]
_DECORATORS = 10  # around one function, at most
_METHODS = (classmethod, staticmethod)
_WRAPPERS: Any = (FunctionType, type(lru_cache(lambda: None)))
_SETTING = ("STORE_GLOBAL", "DELETE_GLOBAL")


@dataclass(frozen=True, slots=True)
class Library:
    """One such module: its name, its namespace, and the texts that import it."""

    name: str
    namespace: dict[str, Any]
    texts: tuple[Text, ...]

    def is_set(self, name: str) -> bool:
        """Say whether a text sets an attribute of that name, of whatever."""
        nodes = (node for one in self.texts for node in ast.walk(parse(one)))
        return any(_is_setting(node, name) for node in nodes)


def _is_setting(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Attribute(attr=found, ctx=ast.Store() | ast.Del()):
            return found == name
        case ast.Call(
            func=ast.Name(id="setattr" | "delattr"),
            args=[_, ast.Constant(value=found), *_],
        ):
            return bool(found == name)
    return False


def libraries(
    names: Iterable[str], records: Container[str], texts: Iterable[Text]
) -> list[Library]:
    """Give the loaded modules among some names, and their packages, that are nobody's.

    ``records``: the game's. ``texts``: those that name them. Left out are the program's
    own, which are watched as those are, and this package, whose names change with the
    release itself.
    """
    found: dict[str, Library] = {}
    texts = tuple(texts)
    for name in (part for one in names for part in _with_packages(one)):
        module = sys.modules.get(name)
        if type(module) is not ModuleType or name in records or name in found:
            continue
        is_own = name.partition(".")[0] == _OWN
        if not is_own and not is_of_a_program(name, getattr(module, "__file__", None)):
            found[name] = Library(name, vars(module), texts)
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
    known = effect.watched.library
    if known and _is_its_global(known.namespace, name) and not known.is_set(name):
        return False
    if new is MISSING:
        return True
    if is_of(new, ModuleType) or sys.modules.get(f"{library}.{name}") is new:
        return False
    is_its = _maker(new).partition(".")[0] == library.partition(".")[0]
    if name.startswith("_"):
        return not (is_its or type(new) in ATOMS)
    return not (is_its and effect.old is MISSING)


def _is_its_global(namespace: dict[str, Any], name: str) -> bool:
    """Say whether a function or method of the library's sets a name by ``global``."""
    for value in list(namespace.values()):
        inside = list(members_of(value).values()) if is_of(value, type) else [value]
        inside += [
            part
            for one in inside
            if is_of(one, property)
            for part in (one.fget, one.fset, one.fdel)
        ]
        for function in filter(None, map(_function_in, inside)):
            if function.__globals__ is namespace and _sets(function.__code__, name):
                return True
    return False


def _function_in(value: Any) -> FunctionType | None:  # noqa: ANN401 - anything
    """Give the function itself: of a method, or of one that is decorated."""
    for _ in range(_DECORATORS):
        if is_of(value, FunctionType) and "__wrapped__" not in value.__dict__:
            return value
        if is_of(value, _METHODS):
            value = value.__func__
        elif is_of(value, _WRAPPERS):
            value = value.__wrapped__
        else:
            return None
    return None


def _sets(code: CodeType, name: str) -> bool:
    if name in code.co_names and any(
        one.opname in _SETTING and one.argval == name for one in get_instructions(code)
    ):
        return True
    return any(_sets(one, name) for one in code.co_consts if isinstance(one, CodeType))


def _maker(value: object) -> str:
    if is_of(value, FunctionType):
        return value.__module__ if type(value.__module__) is str else ""
    return module_of(value if is_of(value, type) else type(value))
