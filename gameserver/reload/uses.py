"""What a text reads while it runs, and which of its own names it makes of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Use:
    """A name that is read while the text runs, outside of functions.

    ``maker``: what the statement binds, with its scope (``C.k``); "" if nothing.
    """

    written: str
    line: int
    maker: str


@dataclass(frozen=True, slots=True)
class DottedUse(Use):
    """A dotted name that is read while the text runs.

    ``written``: as the text has it. ``target``: what an import statement bound to its
    first part. ``path``: all of it by full names.
    """

    target: str
    path: str

    def is_of(self, module: str, name: str) -> bool:
        """Say whether it reads a name of a module, by way of that module."""
        full = f"{module}.{name}."
        return f"{self.path}.".startswith(full) and f"{module}.".startswith(
            f"{self.target}."
        )


class Uses:
    """Collects names and dotted names that are read, until they are asked for.

    ``is_postponed``: the text's annotations are not evaluated.
    """

    def __init__(self, *, is_postponed: bool) -> None:
        self._is_postponed = is_postponed
        self._names: dict[Use, None] = {}
        self._chains: dict[tuple[str, str, int, str], None] = {}
        self._targets: dict[str, dict[str, None]] = {}

    def bind(self, name: str, target: str) -> None:
        """Say which module, or name of one, an import statement binds to a name."""
        self._targets.setdefault(name, {})[target] = None

    def read(self, node: ast.AST, maker: str) -> None:
        """Note what a node reads when the text runs."""
        self.note(self.nodes(node), [maker])

    def annotation(self, node: ast.expr | None, maker: str) -> None:
        """Note what an annotation reads, if it is evaluated."""
        if node is not None and not self._is_postponed:
            self.read(node, maker)

    def nodes(self, node: ast.AST) -> Iterator[ast.AST]:
        """Give the nodes of a statement that run with it, from the outside in.

        Nested blocks and what functions do when they are called are left out.
        """
        waiting = [node]
        while waiting:
            one = waiting.pop()
            yield one
            if isinstance(one, ast.Lambda):
                waiting.append(one.args)  # the defaults are made at once
            else:
                waiting += self._children(one)

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        postponed = getattr(node, "annotation", None) if self._is_postponed else None
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt) and child is not postponed:
                yield child

    def note(self, nodes: Iterable[ast.AST], makers: Sequence[str]) -> None:
        """Note what nodes of a statement read that binds some names."""
        passed: set[int] = set()
        for one in nodes:
            for maker in makers or [""]:
                if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Store):
                    self._names[Use(one.id, one.lineno, maker)] = None
                elif isinstance(one, ast.Attribute) and id(one) not in passed:
                    self._note(one, maker)
            if isinstance(one, ast.Attribute):
                passed.add(id(one.value))

    def _note(self, node: ast.Attribute, maker: str) -> None:
        names = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and isinstance(node.ctx, ast.Load):
            rest = ".".join(reversed(names))
            self._chains[inner.id, rest, node.lineno, maker] = None

    def names(self) -> list[Use]:
        """Give the names, first lines first."""
        return sorted(self._names, key=lambda one: one.line)

    def dotted(self) -> list[DottedUse]:
        """Give the dotted names whose first part was imported."""
        return [
            DottedUse(f"{root}.{rest}", line, maker, target, f"{target}.{rest}")
            for root, rest, line, maker in self._chains
            for target in self._targets.get(root, ())
        ]


def stored(nodes: Iterable[ast.AST]) -> list[ast.Name]:
    """Give the names that a statement binds; what a comprehension does is its own."""
    own: set[int] = set()
    found = []
    for one in nodes:
        if isinstance(one, ast.comprehension):
            own.update(map(id, ast.walk(one.target)))
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found.append(one)
    return [one for one in found if id(one) not in own]


def postpones(tree: ast.Module) -> bool:
    """Say whether a text's annotations are not evaluated."""
    return any(
        isinstance(one, ast.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in tree.body
    )
