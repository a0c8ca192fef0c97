"""Modules whose texts ran functions, when they were loaded, that do otherwise now.

A decorator registers what it is given; when it comes to register something else, what
it was given before is in the registry as it was. The modules that used it are to be
released, too: the plan names them, and a plan that names them runs them again.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import fields_of, is_of, members_of, mro_of
from gameserver.reload.outline import parse
from gameserver.reload.plan import Entry

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from gameserver.reload.pairing import Pairs
    from gameserver.reload.record import Record
    from gameserver.reload.source import Text

WHY = "ran {} when it was loaded; name it in the release, too, and it runs again"
_BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CARRIERS = (staticmethod, classmethod)
_MOST = 200  # functions that one calls, looked at


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is made while a text runs.

    ``path``: the dotted name. ``depth``: 2 of ``command("hi")(f)``, which calls what
    the function makes, too. ``maker``: what the statement binds.
    """

    path: tuple[str, ...]
    depth: int
    line: int
    maker: str


def stale_by_calls(
    records: Iterable[Record], pairs: Iterable[Pairs], planned: Container[str]
) -> list[Entry]:
    """Give the modules that are not ``planned`` and ran what changes."""
    changed: dict[int, tuple[CodeType, CodeType]] = {}
    modules: set[str] = set()
    for each in pairs:
        modules.add(each.staged.name)
        for _, live, staged in each.functions:
            changed[id(live)] = (live.__code__, staged.__code__)
    found: list[Entry] = []
    for record in records:
        if record.name not in planned and not modules.isdisjoint(
            record.outline.imports
        ):
            found += _stale(record, changed)
    return found


def running_again(
    records: Mapping[str, Record], named: Iterable[Text], changed: set[str]
) -> list[Text]:
    """Give the named texts that did not change but run again; mark their records.

    Those are stale, or import what is ``changed``.
    """
    for one in records.values():
        one.runs_again = False
    found = []
    for text in named:
        record = records.get(text.name)
        if record is None:
            continue
        is_near = not changed.isdisjoint(record.outline.imports)
        record.runs_again = record.is_stale or is_near
        if record.runs_again and text.name not in changed:
            found.append(text)
    return found


def _stale(
    record: Record, changed: dict[int, tuple[CodeType, CodeType]]
) -> Iterator[Entry]:
    """Give one entry for each function; its first use has the line."""
    told: set[int] = set()
    for call in calls_of(parse(record.text)):
        if call.path[0] not in record.outline.imported_names:
            continue
        for function in called(record.namespace, call.path):
            if id(function) in told or not _is_other(function, call.depth, changed):
                continue
            told.add(id(function))
            name = f"{function.__module__}.{function.__qualname__}"
            yield Entry(
                "stale",
                record.name,
                call.maker or ".".join(call.path),
                record.text.origin,
                call.line,
                WHY.format(name),
            )


def _is_other(
    function: FunctionType, depth: int, changed: dict[int, tuple[CodeType, CodeType]]
) -> bool:
    """Say whether what a call ran has changed, here or in what it calls in turn."""
    waiting, seen = [(function, depth)], {id(function)}
    while waiting and len(seen) < _MOST:
        one, deep = waiting.pop()
        if id(one) not in changed:
            continue  # of a module that stays, or a library's
        if differs(*changed[id(one)], deep):
            return True
        for name in _names(one.__code__, deep):
            inner = one.__globals__.get(name)
            if is_of(inner, FunctionType) and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append((inner, 1))
    return False


def _names(code: CodeType, depth: int) -> Iterator[str]:
    yield from code.co_names
    for one in _inner(code) if depth > 1 else ():
        yield from _names(one, depth - 1)


def differs(old: CodeType, new: CodeType, depth: int) -> bool:
    """Say whether what runs in so many calls is other code; deeper code is not run."""
    if any(getattr(old, part) != getattr(new, part) for part in _PARTS):
        return True
    before, after = ([repr(x) for x in _plain(one)] for one in (old, new))
    if before != after:
        return True
    inside, fresh = _inner(old), _inner(new)
    return depth > 1 and (
        len(inside) != len(fresh)
        or any(differs(*both, depth - 1) for both in zip(inside, fresh, strict=True))
    )


_PARTS = ("co_code", "co_names", "co_varnames", "co_argcount", "co_kwonlyargcount")


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _plain(code: CodeType) -> list[object]:
    return [one for one in code.co_consts if not isinstance(one, CodeType)]


def called(names: dict[str, Any], path: tuple[str, ...]) -> list[FunctionType]:
    """Give the functions that a call of a dotted name runs, past author's code."""
    value: Any = names.get(path[0])
    for part in path[1:]:
        value = _part(value, part)
    if is_of(value, type):
        found = [_member(value, "__new__"), _member(value, "__init__")]
    elif is_of(value, FunctionType):
        found = [value]
    else:
        found = [_member(type(value), "__call__")]
    return [one for one in found if is_of(one, FunctionType)]


def _part(value: Any, name: str) -> Any:  # noqa: ANN401 - any value of a game
    if is_of(value, type):
        return _member(value, name)
    fields = vars(value) if is_of(value, ModuleType) else fields_of(value)
    return fields[name] if name in fields else _member(type(value), name)


def _member(owner: type, name: str) -> Any:  # noqa: ANN401 - as above
    for one in mro_of(owner):
        if name in members_of(one):
            found = members_of(one)[name]
            return found.__func__ if is_of(found, _CARRIERS) else found
    return None


def calls_of(tree: ast.Module) -> Iterator[Call]:
    """Give the calls that a text makes while it runs; functions' bodies do not."""
    waiting: list[tuple[ast.AST, str]] = [(one, "") for one in tree.body[::-1]]
    while waiting:
        node, maker = waiting.pop()
        if isinstance(node, ast.stmt):
            maker = _maker(node) or maker
        inner: list[ast.AST] = list(ast.iter_child_nodes(node))
        if isinstance(node, _BLOCKS):
            for one in node.decorator_list:
                yield from _call(one, 1, maker)
                inner.remove(one)
                inner += ast.iter_child_nodes(one)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            body = node.body if isinstance(node.body, list) else [node.body]
            inner = [one for one in inner if one not in body]
        elif isinstance(node, ast.Call):
            yield from _call(node, 0, maker)
        waiting += [(one, maker) for one in inner[::-1]]


def _call(node: ast.expr, depth: int, maker: str) -> Iterator[Call]:
    line = node.lineno
    while isinstance(node, ast.Call):
        node, depth = node.func, depth + 1
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        yield Call((node.id, *path[::-1]), depth, line, maker)


def _maker(statement: ast.stmt) -> str:
    if isinstance(statement, _BLOCKS):
        return statement.name
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    names = [one.id for one in targets if isinstance(one, ast.Name)]
    return names[0] if names else ""
