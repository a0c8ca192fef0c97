"""What a text reads of other modules by way of their names: ``rules.limit``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class DottedUse:
    """A dotted name that is read while the text runs.

    ``written``: as the text has it. ``target``: what an import statement bound to its
    first part. ``path``: all of it by full names.
    """

    written: str
    target: str
    path: str
    line: int

    def is_of(self, module: str, name: str) -> bool:
        """Say whether it reads a name of a module, by way of that module."""
        full = f"{module}.{name}."
        return f"{self.path}.".startswith(full) and f"{module}.".startswith(
            f"{self.target}."
        )


class Uses:
    """Collects names and dotted names that are read, until ``dotted`` is asked for.

    ``is_postponed``: the text's annotations are not evaluated.
    """

    def __init__(self, *, is_postponed: bool) -> None:
        self.names: set[str] = set()
        self._is_postponed = is_postponed
        self._chains: dict[tuple[str, str, int], None] = {}
        self._targets: dict[str, dict[str, None]] = {}

    def bind(self, name: str, target: str) -> None:
        """Say which module, or name of one, an import statement binds to a name."""
        self._targets.setdefault(name, {})[target] = None

    def read(self, node: ast.AST) -> None:
        """Note what a node reads when the text runs."""
        for _ in self.nodes(node):
            pass

    def annotation(self, node: ast.expr | None) -> None:
        """Note what an annotation reads, if it is evaluated."""
        if node is not None and not self._is_postponed:
            self.read(node)

    def nodes(self, node: ast.AST) -> Iterator[ast.AST]:
        """Give the nodes of a statement that run with it; note what they read.

        Nested blocks and what functions do when they are called are left out.
        """
        waiting = [node]
        passed: set[int] = set()
        while waiting:
            one = waiting.pop()
            yield one
            if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Store):
                self.names.add(one.id)
            elif isinstance(one, ast.Attribute):
                if id(one) not in passed:
                    self._note(one)
                passed.add(id(one.value))
            if isinstance(one, ast.Lambda):
                waiting.append(one.args)  # the defaults are made at once
            else:
                waiting += self._children(one)

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        postponed = getattr(node, "annotation", None) if self._is_postponed else None
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt) and child is not postponed:
                yield child

    def _note(self, node: ast.Attribute) -> None:
        names = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and isinstance(node.ctx, ast.Load):
            rest = ".".join(reversed(names))
            self._chains[inner.id, rest, node.lineno] = None

    def dotted(self) -> list[DottedUse]:
        """Give the dotted names whose first part was imported."""
        return [
            DottedUse(f"{root}.{rest}", target, f"{target}.{rest}", line)
            for root, rest, line in self._chains
            for target in self._targets.get(root, ())
        ]


def postpones(tree: ast.Module) -> bool:
    """Say whether a text's annotations are not evaluated."""
    return any(
        isinstance(one, ast.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in tree.body
    )
