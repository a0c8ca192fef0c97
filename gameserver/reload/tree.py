"""The code of one module as a tree: which ``def`` in one version is which in the next.

A place is the way from the module down: the names passed, each with its rank among
siblings of that name, so a getter and a setter that are both called ``hp`` differ. Two
functions of two versions correspond when their places are equal, however often they
are wrapped by decorators.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from types import CodeType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Place: TypeAlias = tuple[tuple[str, int], ...]


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
    """All code of one module, by place and by code object."""

    def __init__(self, root: CodeType) -> None:
        self.root = root
        self.nodes = {
            node.place: node for node in _below(root, (), is_once=True, is_local=False)
        }
        self._by_id = {id(node.code): node for node in self.nodes.values()}
        self._by_code: dict[CodeType, Node] | None = None

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
        live = replace(node, code=code)
        for one in (
            live,
            *_below(code, node.place, is_once=node.is_once, is_local=node.is_local),
        ):
            self.nodes[one.place] = one
            self._by_id[id(one.code)] = one


def _below(
    code: CodeType,
    place: Place,
    *,
    is_once: bool,
    is_local: bool,
) -> Iterator[Node]:
    ranks: dict[str, int] = {}
    is_body = not code.co_flags & inspect.CO_OPTIMIZED
    once = is_once and is_body
    local = is_local or (is_body and not is_once)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            name = constant.co_name
            rank = ranks[name] = ranks.get(name, -1) + 1
            below = (*place, (name, rank))
            yield Node(below, constant, once, local)
            yield from _below(constant, below, is_once=once, is_local=local)


def means_the_same(old: CodeType, new: CodeType) -> bool:
    """Say whether two codes do the same, wherever their lines are."""
    return (
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
