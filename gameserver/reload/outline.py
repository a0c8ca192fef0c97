"""What a module's text says by itself, before anything runs.

Which names it binds, with what, and in which line; what it imports; whether it allows
to be reloaded. Two texts with equal ``shape`` differ in comments and blank space only.
"""

from __future__ import annotations

import ast
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gameserver.errors import PluginError
from gameserver.reload.uses import DottedUse, Use, Uses, postpones, stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

    from gameserver.reload.source import Text

MARK = "__reloadable__"


@dataclass(frozen=True, slots=True)
class Binding:
    """How a name gets its value: the line, and the statement without its layout.

    ``is_reference``: the value is another name's, so it is nothing made afresh.
    """

    line: int
    initialiser: str
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class FromImport:
    """``from module import name as alias``; a star import has ``*`` for both."""

    module: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class LateImport:
    """The first function that imports a module when it is called, and the line."""

    function: str
    line: int


@dataclass(slots=True)
class Outline:
    """The facts of one text; ``bindings`` by scope: "" is the module, "C" a class."""

    shape: str
    bindings: dict[str, dict[str, Binding]] = field(default_factory=dict)
    from_imports: list[FromImport] = field(default_factory=list)
    imports: dict[str, int] = field(default_factory=dict)
    """Module imported while the text runs, and the line."""
    imported_names: set[str] = field(default_factory=set)
    late_imports: dict[str, LateImport] = field(default_factory=dict)
    """Module that a function imports when it is called."""
    uses: list[Use] = field(default_factory=list)
    """Names read while the text runs, outside of functions."""
    dotted_uses: list[DottedUse] = field(default_factory=list)
    """The same, of names of imported modules: ``rules.limit``."""
    is_reloadable: bool = True
    fields: dict[str, int] = field(default_factory=dict)
    """Field of an object that a statement of the module sets last, and the line."""

    def line(self, scope: str, name: str) -> int:
        """Give the line that binds a name, 0 if none is known."""
        found = self.bindings.get(scope, {}).get(name)
        return found.line if found else 0


def outline(text: Text) -> Outline:
    """Read the facts; ``PluginError`` with file and line if it is no Python."""
    tree = parse(text)
    with _at_fault(text):
        found = Outline(ast.dump(tree))
    package = text.name if text.is_package else text.name.rpartition(".")[0]
    uses = Uses(is_postponed=postpones(tree))
    _Reader(found, package, uses).read(tree.body, "")
    found.uses, found.dotted_uses = uses.names(), uses.dotted()
    return found


def parse(text: Text) -> ast.Module:
    """Parse a text; ``PluginError`` names file, line and the words that are wrong."""
    with _at_fault(text):
        return ast.parse(text.source, text.origin)


def compiled(text: Text) -> CodeType:
    """Compile a text; ``PluginError`` for what only the compiler finds, too."""
    with _at_fault(text):
        return compile(text.source, text.origin, "exec", dont_inherit=True)


@contextmanager
def _at_fault(text: Text) -> Iterator[None]:
    """Let whatever is wrong with a text be its author's error."""
    try:
        yield
    except SyntaxError as error:
        words = f": {error.text.strip()}" if error.text else ""
        place = f"{text.origin}:{error.lineno or 1}"
        raise PluginError(
            place, f"{type(error).__name__}: {error.msg}{words}"
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise PluginError(text.origin, f"{type(error).__name__}: {error}") from error


class _Reader:
    """Reads statements that run with the text; functions' bodies are left out."""

    def __init__(self, found: Outline, package: str, uses: Uses) -> None:
        self._found = found
        self._package = package
        self._uses = uses
        self._settled: frozenset[tuple[str, str]] = frozenset()
        """Scope and name of what an earlier branch of the statement binds."""

    def read(self, body: Iterable[ast.stmt], scope: str) -> None:
        for statement in body:
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    path = self._define("def", statement, scope)
                    self._use(path, [statement.args])
                    self._uses.annotation(statement.returns, path)
                    self._late(statement, path)
                case ast.ClassDef():
                    path = self._define("class", statement, scope)
                    self._use(path, [*statement.bases, *statement.keywords])
                    self.read(statement.body, path)
                case ast.Import() | ast.ImportFrom():
                    self._import(statement, scope)
                case _:
                    self._statement(statement, scope)

    def _define(
        self,
        kind: str,
        statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        scope: str,
    ) -> str:
        """Enter a definition; give its path."""
        text = _decorated(kind, statement.decorator_list)
        self._bind(scope, statement.name, statement.lineno, text)
        path = _below(scope, statement.name)
        self._use(path, statement.decorator_list)
        return path

    def _statement(self, statement: ast.stmt, scope: str) -> None:
        inner = list(_blocks(statement))
        nodes = list(self._uses.nodes(statement))
        text = ast.dump(statement) if not inner else "block"
        alias = isinstance(getattr(statement, "value", None), (ast.Name, ast.Attribute))
        names = stored(nodes)
        for node in names:
            self._bind(scope, node.id, node.lineno, text, is_reference=alias)
        self._uses.note(nodes, [_below(scope, node.id) for node in names])
        self._read_blocks(statement, inner, scope)
        if not scope:
            self._found.fields |= _fields_set(nodes)
        if not scope and _forbids_reloading(statement):
            self._found.is_reloadable = False

    def _read_blocks(
        self, statement: ast.stmt, blocks: list[list[ast.stmt]], scope: str
    ) -> None:
        """Read nested blocks; of branches the first that binds a name has its line."""
        above, names = self._settled, self._found.bindings.setdefault(scope, {})
        for block in blocks:
            before = dict(names)
            self.read(block, scope)
            if isinstance(statement, (ast.If, ast.Match, ast.Try)):
                self._settled = self._settled | {
                    (scope, name)
                    for name, one in names.items()
                    if before.get(name) is not one
                }
        self._settled = above

    def _bind(
        self, scope: str, name: str, line: int, text: str, *, is_reference: bool = False
    ) -> None:
        names = self._found.bindings.setdefault(scope, {})
        if name in names:
            text = f"{names[name].initialiser}; {text}"
        if (scope, name) in self._settled:
            line = names[name].line
        names[name] = Binding(line, text, is_reference)

    def _use(self, path: str, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._uses.read(node, path)

    def _import(self, statement: ast.Import | ast.ImportFrom, scope: str) -> None:
        found, line = self._found, statement.lineno
        for name in self._modules(statement):
            found.imports.setdefault(name, line)
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._imported(scope, name, line, alias.name)
                self._uses.bind(name, alias.name if alias.asname else name)
            return
        module = self._source(statement)
        for alias in statement.names:
            name = alias.asname or alias.name
            if not scope:
                found.from_imports.append(FromImport(module, alias.name, name))
            self._imported(scope, name, line, f"{module}.{alias.name}")
            self._uses.bind(name, f"{module}.{alias.name}")

    def _imported(self, scope: str, name: str, line: int, text: str) -> None:
        self._bind(scope, name, line, f"import {text}", is_reference=True)
        if not scope:
            self._found.imported_names.add(name)

    def _late(self, function: ast.AST, name: str) -> None:
        for node in ast.walk(function):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for module in self._modules(node):
                    found = LateImport(name, node.lineno)
                    self._found.late_imports.setdefault(module, found)

    def _modules(self, statement: ast.Import | ast.ImportFrom) -> list[str]:
        """Give what may be modules: a from-import's names may be, too."""
        if isinstance(statement, ast.Import):
            return [alias.name for alias in statement.names]
        module = self._source(statement)
        return [module, *(f"{module}.{alias.name}" for alias in statement.names)]

    def _source(self, statement: ast.ImportFrom) -> str:
        return absolute(statement.module or "", statement.level, self._package)


def _below(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _decorated(kind: str, decorators: list[ast.expr]) -> str:
    return " ".join([kind, *(ast.dump(one) for one in decorators)])


def absolute(module: str, level: int, package: str) -> str:
    """Give the full name of a module that is imported relative to a package."""
    if not level:
        return module
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{module}".strip(".") if module else base


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Give the nested blocks of an ``if``, ``for``, ``try``, ``with`` or ``match``."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            yield block
    for part in (
        *getattr(statement, "handlers", ()),
        *getattr(statement, "cases", ()),
    ):
        yield part.body


def _fields_set(nodes: Iterable[ast.AST]) -> dict[str, int]:
    """Give ``thing.field`` and the line for each field that a statement sets."""
    return {
        ast.unparse(one): one.lineno
        for one in nodes
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
    }


def _forbids_reloading(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == MARK for t in statement.targets)
        and isinstance(statement.value, ast.Constant)
        and not statement.value.value
    )
