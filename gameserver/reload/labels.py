"""What tells functions of one name apart in a text: what each is bound or passed under.

``heal = lambda: 1`` is under ``heal``, ``T = {'potion': lambda: 1}`` under ``T`` and
``'potion'``, ``Item('potion', use=lambda: 1)`` under ``'potion'`` and ``use``, and a
``def _`` under its decorators. A code object does not say so; its line and columns lead
back to the expression that it was compiled from.
"""

from __future__ import annotations

import ast
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType

_Def: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension: TypeAlias = ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp
_At: TypeAlias = tuple[int, int]

_NAMELESS = "_"
_WEAK = "~"
_COMPREHENSIONS: dict[type[ast.expr], str] = {
    ast.GeneratorExp: "<genexpr>",
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
}


@dataclass(frozen=True, slots=True)
class Label:
    """What one function is under, outermost first.

    ``full``: with what is called on the way, and decorators. ``firm``: what it cannot
    lose and still be the same function.
    """

    full: tuple[str, ...] = ()
    firm: tuple[str, ...] = ()

    def contradicts(self, other: Label) -> bool:
        """Say whether two functions are under different things."""
        return any(one != two for one, two in zip(self.firm, other.firm, strict=False))


@dataclass(frozen=True, slots=True)
class _Spot:
    start: _At
    end: _At
    label: Label

    def has(self, start: _At, end: _At) -> bool:
        return self.start <= start and end <= self.end


def labels(source: str, codes: Iterable[CodeType]) -> dict[int, Label]:
    """Give the labels of codes that were compiled from a text, by the code's id."""
    reader = _Reader()
    try:
        reader.visit(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}  # it was compiled: nested too deep, or not from this text
    groups: dict[tuple[str, int], list[CodeType]] = {}
    for code in codes:
        groups.setdefault((code.co_name, code.co_firstlineno), []).append(code)
    found: dict[int, Label] = {}
    for key, group in groups.items():
        found.update(_told_apart(group, reader.spots.get(key, [])))
    return found


def _told_apart(
    codes: Sequence[CodeType], spots: list[_Spot]
) -> Iterator[tuple[int, Label]]:
    """Say which code of one name and line was compiled from what."""
    spots = sorted(spots, key=lambda spot: spot.start)
    if len(codes) == len(spots) == 1:
        yield id(codes[0]), spots[0].label
        return
    sure = {id(code): spot for code in codes if (spot := _spot_of(code, spots))}
    yield from ((code, spot.label) for code, spot in sure.items())
    # CPython 3.12 gives no columns for a body that is a constant.
    others = [code for code in codes if id(code) not in sure]
    taken = set(map(id, sure.values()))
    free = [spot for spot in spots if id(spot) not in taken]
    if len(others) == len(free):
        yield from ((id(c), s.label) for c, s in zip(others, free, strict=True))


def _spot_of(code: CodeType, spots: Sequence[_Spot]) -> _Spot | None:
    """Give the innermost spot that an instruction of the code lies in."""
    for line, last, column, end in code.co_positions():
        if line is None or last is None or column is None or not end:
            continue
        inside = [one for one in spots if one.has((line, column), (last, end))]
        if inside:
            return max(inside, key=lambda one: one.start)
    return None


class _Reader(ast.NodeVisitor):
    """Collects, by name and first line, what is compiled to a code of its own."""

    def __init__(self) -> None:
        self.spots: dict[tuple[str, int], list[_Spot]] = {}
        self._path: tuple[str, ...] = ()

    @contextmanager
    def _at(self, path: tuple[str, ...]) -> Iterator[None]:
        before, self._path = self._path, path
        yield
        self._path = before

    def _under(self, more: tuple[str, ...], *nodes: ast.AST | None) -> None:
        with self._at(self._path + more):
            self._all(nodes)

    def _body(self, nodes: Iterable[ast.AST]) -> None:
        with self._at(()):
            self._all(nodes)

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _spot(self, name: str, line: int, node: ast.expr | ast.stmt) -> None:
        full = self._path
        firm = tuple(one for one in full if not one.startswith(_WEAK)) or full
        self._enter(name, line, node, Label(full, firm))

    def _enter(
        self, name: str, line: int, node: ast.expr | ast.stmt, label: Label
    ) -> None:
        end = (node.end_lineno or 0, node.end_col_offset or 0)
        spot = _Spot((node.lineno, node.col_offset), end, label)
        self.spots.setdefault((name, line), []).append(spot)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._spot("<lambda>", node.lineno, node)
        self.visit(node.args)
        self._body([node.body])

    def visit_arguments(self, node: ast.arguments) -> None:
        plain = [*node.posonlyargs, *node.args][-len(node.defaults) or None :]
        for one, value in (
            *zip(plain, node.defaults, strict=False),
            *zip(node.kwonlyargs, node.kw_defaults, strict=True),
        ):
            self._under((one.arg,), value)

    def visit_FunctionDef(self, node: _Def) -> None:
        label = Label(tuple(map(_told, node.decorator_list)))
        if node.name == _NAMELESS:  # singledispatch reads annotations
            plain = [*node.args.posonlyargs, *node.args.args]
            types = (_told(one.annotation) for one in plain if one.annotation)
            label = Label(*[(*label.full, *types)] * 2)
        self._enter(node.name, _first_line(node), node, label)
        self._under((node.name,), *node.decorator_list, node.args)
        self._body(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._enter(node.name, _first_line(node), node, Label())
        outside = [*node.decorator_list, *node.bases, *node.keywords]
        self._under((node.name,), *outside)
        self._body(node.body)

    def _comprehension(self, node: _Comprehension) -> None:
        self._spot(_COMPREHENSIONS[type(node)], node.lineno, node)
        self.generic_visit(node)

    visit_GeneratorExp = visit_ListComp = visit_SetComp = _comprehension
    visit_DictComp = _comprehension

    def visit_Assign(self, node: ast.Assign) -> None:
        self._all(node.targets)
        target = node.targets[0]
        if (
            isinstance(target, (ast.Tuple, ast.List))
            and isinstance(node.value, (ast.Tuple, ast.List))
            and len(target.elts) == len(node.value.elts)
        ):
            for one, value in zip(target.elts, node.value.elts, strict=True):
                self._under(_target(one), value)
        else:
            self._under(_target(target), node.value)

    def _bound(self, node: ast.AnnAssign | ast.AugAssign | ast.NamedExpr) -> None:
        self.visit(node.target)
        self._under(_target(node.target), node.value)

    visit_AnnAssign = visit_AugAssign = visit_NamedExpr = _bound

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._under(() if key is None else (_told(key),), key, value)

    def visit_keyword(self, node: ast.keyword) -> None:
        self._under((node.arg,) if node.arg else (), node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        self._under(_called(node), *node.args, *node.keywords)

    def _row(self, node: ast.Tuple | ast.List) -> None:
        self._under(_first(node.elts), *node.elts)

    visit_Tuple = visit_List = _row


def _first_line(node: _Def | ast.ClassDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _called(node: ast.Call) -> tuple[str, ...]:
    """Give what is called, and its first argument: ``reg('a')(f)`` has one, too."""
    first = _first([*node.args, *(one.value for one in node.keywords)])
    if isinstance(node.func, ast.Call):
        return (*_called(node.func), *first)
    return (f"{_WEAK}{_told(node.func)}", *first)


def _first(nodes: Sequence[ast.expr]) -> tuple[str, ...]:
    """Give what the first of a row says, if it says the same in every run."""
    return (_told(nodes[0]),) if nodes and _is_said(nodes[0]) else ()


def _is_said(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.Name():
            return True
        case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner):
            return _is_said(inner)
        case ast.Tuple(elts=parts):
            return all(map(_is_said, parts))
    return False


def _target(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Subscript):  # T['a'] = f is as T = {'a': f}
        return (*_target(node.value), _told(node.slice))
    return (_told(node),)


def _told(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return repr(value)
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            return f"{_told(inner)}.{name}"
    return ast.dump(node)
