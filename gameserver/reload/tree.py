"""The code of one module as a tree: which ``def`` in one version is which in the next.

A place is the way from the module down: the names passed, each with a number among
siblings of that name, so a getter and a setter that are both called ``hp`` differ. Two
functions of two versions correspond when their places are equal, however often they
are wrapped by decorators: where names repeat, a version gives the numbers of the former
one to those that are the same (see ``lineage.py``), and unused numbers to new ones.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from itertools import count
from types import CodeType
from typing import TYPE_CHECKING, TypeAlias

from gameserver.reload.labels import Label, labels
from gameserver.reload.lineage import Sibling, matched

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

Place: TypeAlias = tuple[tuple[str, int], ...]

_NAMELESS = frozenset({"<lambda>", "_"})
"""Names that do not say that two functions are one."""


@dataclass(frozen=True, slots=True)
class Node:
    """One ``def``, ``lambda`` or class body.

    ``is_once``: running the module's text runs this ``def`` once, not each time some
    function is called. ``is_local``: it belongs to a class made inside a function;
    the objects of such a class stay what they were.
    """

    place: Place
    code: CodeType
    is_once: bool
    is_local: bool

    @property
    def is_function(self) -> bool:
        """Say whether functions are made of it; a class body makes none."""
        return bool(self.code.co_flags & inspect.CO_OPTIMIZED)


class CodeTree:
    """All code of one module, by place and by code object.

    ``source``: the text that it was compiled from, as far as it is known; ``former``:
    the tree of the version before, with which it shares places.
    """

    def __init__(
        self, root: CodeType, source: str = "", former: CodeTree | None = None
    ) -> None:
        self.root = root
        self.nodes: dict[Place, Node] = {}
        self._source = source
        self._former = former
        self._labels: dict[int, Label] | None = None
        self._grown: dict[Place, CodeType] = {}
        """As compiled from the source; a graft leaves it as it is."""
        self._by_id: dict[int, Node] = {}
        self._by_code: dict[CodeType, Node] | None = None
        self._inner: dict[Place, list[Place]] | None = None
        self._grow(root, (), is_once=True, is_local=False)
        self._former = None

    def find(self, code: CodeType) -> Node | None:
        """Give the node that ``code`` is, or equals: a cached file was read twice."""
        found = self._by_id.get(id(code))
        if found is not None or code.co_filename != self.root.co_filename:
            return found
        if self._by_code is None:
            self._by_code = {node.code: node for node in self.nodes.values()}
        return self._by_code.get(code)

    def graft(self, node: Node, code: CodeType) -> None:
        """Take an equal code, and those in it, for a node's: they are the live ones."""
        inner = [self.nodes[one] for one in self.children(node.place)]
        self._enter(replace(node, code=code))
        for one, live in zip(inner, _codes_in(code), strict=True):
            self.graft(one, live)

    def _enter(self, node: Node) -> None:
        self.nodes[node.place] = node
        self._by_id[id(node.code)] = node

    def _grow(
        self, code: CodeType, place: Place, *, is_once: bool, is_local: bool
    ) -> None:
        is_body = not code.co_flags & inspect.CO_OPTIMIZED
        once = is_once and is_body
        local = is_local or (is_body and not is_once)
        inner = list(_codes_in(code))
        for one, number in zip(inner, self._numbers(inner, place), strict=True):
            below = (*place, (one.co_name, number))
            self._grown[below] = one
            self._enter(Node(below, one, once, local))
            self._grow(one, below, is_once=once, is_local=local)

    def _numbers(self, codes: list[CodeType], place: Place) -> list[int]:
        """Give each of a scope's codes its number among those of its name."""
        former: dict[str, list[Place]] = {}
        for below in self._former.children(place) if self._former else ():
            former.setdefault(below[-1][0], []).append(below)
        groups: dict[str, list[CodeType]] = {}
        for code in codes:
            groups.setdefault(code.co_name, []).append(code)
        numbers = {
            name: iter(self._numbered(former.get(name, []), group))
            for name, group in groups.items()
        }
        return [next(numbers[code.co_name]) for code in codes]

    def _numbered(self, old: list[Place], new: list[CodeType]) -> list[int]:
        if self._former is None or not old:
            return list(range(len(new)))
        used = [place[-1][1] for place in old]
        if len(old) == len(new) == 1 and new[0].co_name not in _NAMELESS:
            return used
        found = matched(self._former.siblings(old), list(map(self._sibling, new)))
        unused = (n for n in count() if n not in used)
        return [used[found[n]] if n in found else next(unused) for n in range(len(new))]

    def siblings(self, places: Iterable[Place]) -> list[Sibling]:
        """Give what tells the codes at these places apart."""
        return [self._sibling(self._grown[one]) for one in places]

    def _sibling(self, code: CodeType) -> Sibling:
        if self._labels is None:
            codes = _codes_below(self.root)
            self._labels = labels(self._source, codes) if self._source else {}
        return Sibling(self._labels.get(id(code), Label()), meaning(code))

    def children(self, place: Place) -> list[Place]:
        """Give the places right below one, in the order of the text."""
        if self._inner is None:
            self._inner = {}
            for one in self.nodes:
                self._inner.setdefault(one[:-1], []).append(one)
        return self._inner.get(place, [])


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    return (one for one in code.co_consts if isinstance(one, CodeType))


def _codes_below(code: CodeType) -> Iterator[CodeType]:
    for one in _codes_in(code):
        yield one
        yield from _codes_below(one)


def meaning(code: CodeType) -> Hashable:
    """Give what is equal of two codes when they do the same, wherever they are."""
    return (
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_posonlyargcount,
        tuple(
            meaning(one) if isinstance(one, CodeType) else (type(one), repr(one))
            for one in code.co_consts
        ),
    )


def means_the_same(old: CodeType, new: CodeType) -> bool:
    """Say whether two codes do the same, wherever their lines are."""
    return old is new or (
        old.co_code == new.co_code
        and old.co_names == new.co_names
        and old.co_varnames == new.co_varnames
        and old.co_freevars == new.co_freevars
        and old.co_cellvars == new.co_cellvars
        and old.co_flags == new.co_flags
        and old.co_argcount == new.co_argcount
        and old.co_kwonlyargcount == new.co_kwonlyargcount
        and old.co_posonlyargcount == new.co_posonlyargcount
        and len(old.co_consts) == len(new.co_consts)
        and all(map(_same_constant, old.co_consts, new.co_consts))
    )


def _same_constant(old: object, new: object) -> bool:
    if isinstance(old, CodeType) and isinstance(new, CodeType):
        return means_the_same(old, new)
    return type(old) is type(new) and repr(old) == repr(new)


def identical(old: CodeType, new: CodeType) -> bool:
    """Say whether two codes do the same in the same lines."""
    return old is new or (
        old == new
        and old.co_linetable == new.co_linetable
        and all(
            identical(one, other)
            for one, other in zip(old.co_consts, new.co_consts, strict=True)
            if isinstance(one, CodeType)
        )
    )


def dotted(place: Place) -> str:
    """Write a place as people do: ``Player.perspective_look``."""
    return ".".join(name for name, _ in place)
