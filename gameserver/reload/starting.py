"""Whether modules could be imported by a fresh program, told from their texts alone.

A text is read as what it does in turn: bind names, import modules, take names of them.
``Start`` goes through that as ``import`` would, and finds who wants a name of a module
that is still being loaded and has not come to it. What cannot be told is taken to work:
``exec`` and the like, names that no statement binds, imports that may fail.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gameserver.reload.outline import absolute, parse
from gameserver.reload.trail import Effort
from gameserver.reload.uses import Uses, stored

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from gameserver.reload.source import Text

_WRITERS = frozenset({"__getattr__", "exec", "globals", "locals", "setattr", "vars"})
"""Names in a text that may bind others, or give what nobody bound."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one statement does; ``module``: that it imports, ``name``: what it takes.

    ``is_tried``: the text goes on if that fails.
    """

    binds: frozenset[str]
    module: str = ""
    name: str = ""
    line: int = 0
    is_tried: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What a text does in turn; ``names``: all that it binds, ``is_open``: or more."""

    steps: tuple[Step, ...]
    names: frozenset[str]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Early:
    """A name that a module takes of another one that does not have it yet."""

    taker: str
    module: str
    name: str
    line: int


class _FailsError(Exception):
    """An import fails."""

    def __init__(self, early: Early) -> None:
        super().__init__(early)
        self.early = early


def course(text: Text) -> Course:
    """Read what a text does; ``PluginError`` if it is no Python."""
    tree = parse(text)
    package = text.name if text.is_package else text.name.rpartition(".")[0]
    steps = tuple(_steps(tree.body, package))
    names = frozenset[str]().union(*(one.binds for one in steps))
    written = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}
    return Course(steps, names, not _WRITERS.isdisjoint(written | names))


def _steps(
    body: Iterable[ast.stmt], package: str, *, is_tried: bool = False
) -> Iterator[Step]:
    for one in body:
        match one:
            case ast.Import():
                for alias in one.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    binds = frozenset({bound})
                    yield Step(binds, alias.name, "", one.lineno, is_tried)
            case ast.ImportFrom():
                module = absolute(one.module or "", one.level, package)
                for alias in one.names:
                    binds = frozenset({alias.asname or alias.name} - {"*"})
                    yield Step(binds, module, alias.name, one.lineno, is_tried)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Step(frozenset({one.name}))
            case ast.ClassDef():
                for inner in _steps(one.body, package, is_tried=is_tried):
                    if inner.module:
                        line = inner.line
                        none = frozenset[str]()
                        yield Step(none, inner.module, inner.name, line, is_tried)
                yield Step(frozenset({one.name}))
            case _:
                yield from _others(one, package, is_tried=is_tried)


def _others(statement: ast.stmt, package: str, *, is_tried: bool) -> Iterator[Step]:
    nodes = Uses(is_postponed=True).nodes(statement)
    yield Step(frozenset(one.id for one in stored(nodes)))
    if isinstance(statement, ast.If) and _is_for_types(statement.test):
        yield from _steps(statement.orelse, package, is_tried=is_tried)
        return
    handlers = getattr(statement, "handlers", ())
    yield from _steps(
        getattr(statement, "body", ()), package, is_tried=is_tried or bool(handlers)
    )
    for one in handlers:  # only run if all else fails
        bound = (step.binds for step in _steps(one.body, package))
        yield Step(frozenset[str]().union(*bound))
    for block in (
        getattr(statement, "orelse", ()),
        getattr(statement, "finalbody", ()),
        *(one.body for one in getattr(statement, "cases", ())),
    ):
        yield from _steps(block, package, is_tried=is_tried)


def _is_for_types(test: ast.expr) -> bool:
    """Say whether a condition holds for type checkers only."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def imports_alike(old: Course, new: Course, game: Container[str]) -> bool:
    """Say whether two texts import the same of the game, each where the other does."""
    return _until_last(old, game) == _until_last(new, game)


def _until_last(one: Course, game: Container[str]) -> list[tuple[str, str, set[str]]]:
    """Give what is imported, with what is bound by then."""
    found: list[tuple[str, str, set[str]]] = []
    bound: set[str] = set()
    for step in one.steps:
        if any(prefix in game for prefix in prefixes(step.module)):
            found.append((step.module, step.name, set(bound)))
        bound |= step.binds
    return found


class Start:
    """One program that starts; ``courses``: of its modules, ``game``: names of all."""

    def __init__(
        self,
        courses: Mapping[str, Course],
        game: Container[str],
        effort: Effort | None = None,
    ) -> None:
        self._courses = courses
        self._game = game
        self._effort = effort or Effort()
        self._bound: dict[str, set[str]] = {}
        """By module that is loaded, or being loaded: what it has by now."""
        self._running: set[str] = set()

    def early(self, first: str) -> Early | None:
        """Give what makes an import fail, if it does; nothing is loaded before it.

        ``Untold``: it takes more effort than may be spent.
        """
        try:
            self._load(first)
        except _FailsError as error:
            return error.early
        except RecursionError:  # so deep that nobody can tell
            return None
        return None

    def _load(self, module: str) -> None:
        for name in prefixes(module):
            if name in self._courses and name not in self._bound:
                self._run(name)

    def _run(self, name: str) -> None:
        self._bound[name] = set()
        self._running.add(name)
        try:
            for step in self._courses[name].steps:
                self._effort.spend()
                try:
                    self._take(name, step)
                except _FailsError:
                    if not step.is_tried:
                        raise
                self._bound[name] |= step.binds
        except _FailsError:
            del self._bound[name]
            raise
        finally:
            self._running.discard(name)
        parent, _, child = name.rpartition(".")
        if parent in self._bound:
            self._bound[parent].add(child)

    def _take(self, taker: str, step: Step) -> None:
        module = step.module
        self._load(module)
        there = self._bound.get(module)
        if there is None or step.name in there:
            return
        if step.name == "*":
            self._bound[taker] |= there
        elif f"{module}.{step.name}" in self._game:
            self._load(f"{module}.{step.name}")
        elif module in self._running and self._comes(module, step.name):
            raise _FailsError(Early(taker, module, step.name, step.line))

    def _comes(self, module: str, name: str) -> bool:
        """Say whether a statement that has not run yet binds a name, and that alone."""
        course = self._courses[module]
        return name in course.names and not course.is_open


def prefixes(name: str) -> Iterator[str]:
    """Give a module's packages, outermost first, and the module."""
    parts = name.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts) + 1))
