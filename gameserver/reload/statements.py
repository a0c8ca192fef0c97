"""The statements of a text: what each says, which names it binds, and what it reads.

A class is several: its head, and each statement of its body. What a function reads when
it is called is told from what is read while the text runs.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gameserver.reload.outline import absolute, parse
from gameserver.reload.uses import stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gameserver.reload.source import Text

Dotted = tuple[str, ...]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_LAZY = frozenset(
    {
        "abstractmethod", "cache", "cached_property", "classmethod", "contextmanager",
        "dataclass", "final", "lru_cache", "override", "property", "setter",
        "staticmethod", "total_ordering", "wraps",
    }
)  # fmt: skip
"""Decorators that do not call what they are given, by their last name."""
_OF_ITS_CLASS = frozenset({"__class__", "__dict__", "cls", "setattr", "type"})


@dataclass(slots=True)
class Statement:
    """One statement, or the head of a class.

    ``reads``: dotted names, with those of its functions' bodies; ``runs``: without.
    ``sets``: dotted names to which it, or a body, gives another meaning.
    ``is_plain``: an assignment by itself.
    """

    words: str
    binds: frozenset[str]
    reads: frozenset[Dotted]
    runs: frozenset[Dotted]
    sets: frozenset[Dotted]
    is_plain: bool = False


@dataclass(slots=True)
class Statements:
    """The statements of one text, in order; names of classes' members are dotted."""

    all: list[Statement] = field(default_factory=list)
    binders: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By name, the statements that bind it."""
    members: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By class, the statements in it that run with the text."""
    methods: dict[str, dict[str, list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """By class, those that make its methods."""
    imports: dict[str, set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """By name, the module and the name in it; "" for the module itself."""
    stars: set[str] = field(default_factory=set)
    calm: set[str] = field(default_factory=set)
    """Functions and classes that hold no state of their own."""
    reflexive: set[str] = field(default_factory=set)
    """Classes with methods that mean their class."""


def statements(text: Text) -> Statements:
    """Read the statements of a text that can be parsed."""
    package = text.name if text.is_package else text.name.rpartition(".")[0]
    reader = _Reader(package)
    tree = parse(text)
    reader.imports(tree)
    for one in tree.body:
        reader.read(one, "")
    return reader.found


class _Reader:
    def __init__(self, package: str) -> None:
        self.found = Statements()
        self._package = package

    def imports(self, tree: ast.Module) -> None:
        """Enter what import statements bind, those in functions too."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    name = one.asname or one.name.partition(".")[0]
                    target = one.name if one.asname else name
                    self.found.imports[name].add((target, ""))
            elif isinstance(node, ast.ImportFrom):
                module = absolute(node.module or "", node.level, self._package)
                for one in node.names:
                    if one.name == "*":
                        self.found.stars.add(module)
                    self.found.imports[one.asname or one.name].add((module, one.name))

    def read(self, node: ast.stmt, scope: str) -> None:
        if isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, _FUNCTIONS):
            self._function(node, scope)
        else:
            self._enter(scope, _names_bound(node), node, [node])

    def _class(self, node: ast.ClassDef, scope: str) -> None:
        path = _below(scope, node.name)
        head = ast.ClassDef(**{**dict(ast.iter_fields(node)), "body": []})
        self._enter(scope, {node.name}, head, [head])
        if _is_reflexive(node):
            self.found.reflexive.add(path)
        elif _is_calm_class(node):
            self.found.calm.add(path)
        self.found.members[path] += []
        for one in node.body:
            self.read(one, path)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str
    ) -> None:
        is_lazy = all(map(_is_lazy, node.decorator_list))
        head = [*node.decorator_list, *_defaults(node.args)]
        runs = head if is_lazy else [node]
        self._enter(scope, {node.name}, node, runs)
        if not scope and not node.decorator_list and _is_constant(head):
            self.found.calm.add(node.name)
        if scope and is_lazy:
            self.found.members[scope].pop()
            index = len(self.found.all) - 1
            self.found.methods[scope][node.name].append(index)

    def _enter(
        self, scope: str, names: Iterable[str], node: ast.AST, runs: Iterable[ast.AST]
    ) -> None:
        found, index = self.found, len(self.found.all)
        paths = frozenset(_below(scope, name) for name in names)
        read = frozenset(_read(node))
        run = frozenset(name for one in runs for name in _read(one))
        found.all.append(
            Statement(
                ast.dump(node),
                paths,
                read,
                run,
                frozenset(_set(node)),
                is_plain=_is_plain(node),
            )
        )
        for path in paths:
            found.binders[path].append(index)
        while scope:
            found.members[scope].append(index)
            scope = scope.rpartition(".")[0]


def _below(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _is_plain(node: ast.AST) -> bool:
    if isinstance(node, ast.AnnAssign):
        return node.value is not None
    return isinstance(node, ast.Assign)


def _names_bound(node: ast.stmt) -> set[str]:
    """Give the names that a statement binds, with the blocks in it."""
    found = {one.id for one in stored(ast.walk(node))}
    for one in ast.walk(node):
        if isinstance(one, _DEFINITIONS):
            found.add(one.name)
        elif isinstance(one, _IMPORTS):
            found |= {x.asname or x.name.partition(".")[0] for x in one.names}
        elif isinstance(one, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            found |= {one.name} if one.name else set()
    return found


def _dotted(node: ast.AST) -> Dotted:
    """Give a dotted name; empty for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *names[::-1]) if isinstance(node, ast.Name) else ()


def _read(node: ast.AST) -> Iterator[Dotted]:
    """Give the names that are read, each with what follows it after dots."""
    passed: set[int] = set()
    for one in ast.walk(node):
        name = () if id(one) in passed else _dotted(one)
        if name and (len(name) > 1 or isinstance(getattr(one, "ctx", None), ast.Load)):
            yield name
        if isinstance(one, ast.Attribute):
            passed.add(id(one.value))


def _set(node: ast.AST) -> Iterator[Dotted]:
    for one in ast.walk(node):
        if isinstance(one, ast.Global):
            yield from ((name,) for name in one.names)
        elif isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load):
            yield from filter(None, [_dotted(one)])


def _is_lazy(decorator: ast.expr) -> bool:
    """Say whether a decorator leaves alone what it is given."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _dotted(called)[-1:] != () and _dotted(called)[-1] in _LAZY


def _defaults(given: ast.arguments) -> list[ast.expr]:
    return [*given.defaults, *(one for one in given.kw_defaults if one is not None)]


def _is_constant(nodes: Iterable[ast.AST]) -> bool:
    return all(isinstance(one, ast.Constant) for one in nodes)


def _is_calm_class(node: ast.ClassDef) -> bool:
    """Say whether a class holds constants alone, besides its methods."""
    values = [
        getattr(one, "value", None)
        for one in node.body
        if not isinstance(one, _FUNCTIONS)
    ]
    is_constant = _is_constant(one for one in values if one is not None)
    return is_constant and all(map(_is_lazy, node.decorator_list))


def _is_reflexive(node: ast.ClassDef) -> bool:
    names = {part for name in _read(node) for part in name}
    return not _OF_ITS_CLASS.isdisjoint(names)
