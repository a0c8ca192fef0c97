"""Whether the words of a text may be why it makes a field otherwise than before.

``Settings()`` sets ``created`` to the time of now: each run of the text gives another
value, and none of its words says so. A live field follows the text only where words
have changed that the object, or the field, is made with.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from gameserver.reload.outline import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.reload.source import Text

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Reasons:
    """The words of two versions of a text.

    ``is_other``: says of an imported name whether its module is released, too.
    """

    def __init__(self, old: Text, new: Text, is_other: Callable[[str], bool]) -> None:
        self._is_other = is_other
        self._trees = [parse(one) for one in (old, new)]
        self._before, self._after = (_words(tree) for tree in self._trees)
        self._found: dict[str, bool] = {}

    def of(self, name: str) -> bool:
        """Say whether words changed that a name's object is made with."""
        if name not in self._found:
            self._found[name] = self._is_reworded(name)
        return self._found[name]

    def of_field(self, field: str) -> bool:
        """Say whether a field may differ by the text; False of a time or a token.

        Those are what a call gives that names nothing changed.
        """
        before, after = (list(_set(tree, field)) for tree in self._trees)
        if not before or [one for one, _ in before] != [one for one, _ in after]:
            return True
        names = [read for _, read in after]
        return any(one is None or any(map(self.of, one)) for one in names)

    def mention(self, field: str) -> bool:
        """Say whether a text speaks of a field of some object."""
        return any(
            field in {getattr(node, "attr", None), getattr(node, "arg", None)}
            for tree in self._trees
            for node in ast.walk(tree)
        )

    def _is_reworded(self, name: str) -> bool:
        waiting, seen = [name], {name}
        while waiting:
            one = waiting.pop()
            before, after = self._before.get(one, []), self._after.get(one, [])
            if [words for words, _ in before] != [words for words, _ in after]:
                return True
            if self._is_other(one):
                return True
            for _, read in after:
                waiting += read - seen
                seen |= read
        return False


_Words = dict[str, list[tuple[str, set[str]]]]


def _words(tree: ast.Module) -> _Words:
    """Give by name the statements that make or change its object, and what they read.

    What is only read in an assignment to other names is not changed by it.
    """
    found: _Words = defaultdict(list)
    for statement in tree.body:
        words, read = ast.dump(statement), _names(statement)
        for name in _touched(statement, read):
            reads = set() if isinstance(statement, _IMPORTS) else read
            found[name].append((words, reads))
    return found


_IMPORTS = (ast.Import, ast.ImportFrom)


def _touched(statement: ast.stmt, read: set[str]) -> set[str]:
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        decorators = map(_names, statement.decorator_list)
        return {statement.name}.union(*decorators)
    if isinstance(statement, _IMPORTS):
        names = statement.names
        return {one.asname or one.name.partition(".")[0] for one in names}
    if isinstance(statement, ast.Assign) and all(
        isinstance(one, ast.Name) for one in statement.targets
    ):
        return {name for one in statement.targets for name in _names(one)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    return read


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _set(tree: ast.Module, field: str) -> Iterator[tuple[str, set[str] | None]]:
    """Give what is set to a field, and the names in it; None where they say nothing.

    That is so without a call, and where a name is the function's own.
    """
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, own = waiting.pop()
        if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            own |= {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
            own |= {
                one.id
                for one in ast.walk(node)
                if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
            }
        value = getattr(node, "value", None)
        if value is not None and any(
            isinstance(one, ast.Attribute) and one.attr == field
            for one in getattr(node, "targets", [getattr(node, "target", None)])
        ):
            read = _names(value)
            calls = any(isinstance(one, ast.Call) for one in ast.walk(value))
            yield ast.dump(value), None if own & read or not calls else read
        waiting += [(child, own) for child in ast.iter_child_nodes(node)]
