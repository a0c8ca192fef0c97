"""What a text writes for a value, and for each part of it, old text beside new.

``ROOMS = {"hall": Room("a"), "den": Room("b")}``: when the statement changes, this says
which entry of it did. Only what is written out can be told apart; of a call's result
nothing is known.
"""

from __future__ import annotations

import ast
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from gameserver.reload.outline import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gameserver.reload.source import Text

    Words = ast.expr | None


class Displays:
    """The values in two versions of a text; they are read when first asked for."""

    def __init__(self, old: Text, new: Text) -> None:
        self._texts = (old, new)
        self._trees: list[ast.Module] = []

    def __call__(self, path: str) -> tuple[Words, Words]:
        """Give what each version writes for a name, None where that is not plain."""
        if not self._trees:
            self._trees = [parse(one) for one in self._texts]
        old, new = (_words(tree, path) for tree in self._trees)
        return old, new


def _words(tree: ast.Module, path: str) -> Words:
    *above, name = path.split(".")
    body: Sequence[ast.stmt] = tree.body
    for scope in above:
        found = [
            one for one in body if isinstance(one, ast.ClassDef) and one.name == scope
        ]
        if len(found) != 1:
            return None
        body = found[0].body
    values = [value for one in body for value in _assigned(one, name)]
    return values[0] if len(values) == 1 else None


def _assigned(statement: ast.stmt, name: str) -> Iterable[Words]:
    """Give what a statement binds to a name; None if it does so in another way."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    for one in targets:
        if isinstance(one, ast.Name) and one.id == name:
            return [statement.value] if isinstance(statement, _ASSIGNS) else []
    stores = (
        isinstance(one, ast.Name)
        and one.id == name
        and isinstance(one.ctx, (ast.Store, ast.Del))
        for one in ast.walk(statement)
    )
    return [None, None] if any(stores) else []


_ASSIGNS = (ast.Assign, ast.AnnAssign)


def is_reference(words: Words) -> bool:
    """Say whether a part of a value is named: another name's, not made here."""
    return isinstance(words, (ast.Name, ast.Attribute))


def is_reworded(old: Words, new: Words) -> bool | None:
    """Say whether two words differ; None if that is not known."""
    if old is None or new is None:
        return None
    return ast.dump(old) != ast.dump(new)


def of_table(words: Words, table: Any) -> dict[Any, ast.expr]:  # noqa: ANN401 - any mapping
    """Give by key what is written for each value of a dict display."""
    if not isinstance(words, ast.Dict) or None in words.keys:
        return {}
    if len(words.values) != len(table):
        return {}
    return dict(zip(table, words.values, strict=True))


def of_row(words: Words, length: int) -> list[ast.expr]:
    """Give what is written for each item of a list or tuple."""
    if not isinstance(words, (ast.List, ast.Tuple)) or len(words.elts) != length:
        return []
    if any(isinstance(one, ast.Starred) for one in words.elts):
        return []
    return words.elts


def aligned(
    old: Sequence[ast.expr], new: Sequence[ast.expr]
) -> Iterable[tuple[int, int]]:
    """Give which item of a row is which in the next version, by their words."""
    before, after = ([ast.dump(one) for one in row] for row in (old, new))
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for _, start, end, first, last in steps:
        yield from zip(range(start, end), range(first, last), strict=False)
