"""The resolution orders that zope.interface's specifications will have.

A specification keeps its order, and a dict of it, for all lookups; changing a base
computes them anew in every specification below, in Python, one by one. So that other
threads never meet it half done, the orders are computed beforehand on stand-ins, by
zope.interface's own algorithm, and written in the pass.
"""

from __future__ import annotations

import operator
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload.specifications import is_a, loaded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gameserver.reload.adapter import Desk


class _StandIn:
    """Has the bases that a specification will have: stand-ins, or untouched ones."""

    def __init__(self, spec: Any, bases: Iterable[Any]) -> None:  # noqa: ANN401 - a spec
        kind = loaded("Specification")
        self.spec = spec
        self.__bases__ = tuple(bases)
        self._ROOT = kind._ROOT  # noqa: SLF001 - zope names it so
        self.__sro__: list[Any] = kind._calculate_sro(self)  # noqa: SLF001 - as above

    def _do_calculate_ro(self, **given: Any) -> list[Any]:  # noqa: ANN401 - as zope's
        found: list[Any] = sys.modules["zope.interface.ro"].ro(self, **given)
        return found


class Orders:
    """What changes with the bases of some specifications, in all that depend on them.

    ``bases``: by id, a specification and the bases it will have.
    """

    def __init__(self, bases: Mapping[int, tuple[Any, tuple[Any, ...]]]) -> None:
        self._bases = bases
        self.dependents: list[Any] = []
        """Those that are told of changes and are no specifications: lookups."""
        self._below = {id(one): one for one in self._walk()}
        self._made: dict[int, _StandIn] = {}

    def _walk(self) -> Iterator[Any]:
        for one in below(spec for spec, _ in self._bases.values()):
            if is_a(one, "SpecificationBase"):
                yield one
            else:
                self.dependents.append(one)

    def of(self, spec: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a spec
        """Give the order that a specification will have."""
        if id(spec) not in self._below:
            order: tuple[Any, ...] = spec.__sro__
            return order
        return tuple(map(_untwinned, self._stand_in(spec).__sro__))

    def interfaces(self, spec: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a spec
        """Give the interfaces in that order."""
        return tuple(one for one in self.of(spec) if is_a(one, "InterfaceClass"))

    def _stand_in(self, spec: Any) -> _StandIn:  # noqa: ANN401 - a spec
        made = self._made.get(id(spec))
        if made is None:
            bases = self._bases.get(id(spec), (spec, spec._bases))[1]  # noqa: SLF001 - C member
            twins = [self._stand_in(b) if id(b) in self._below else b for b in bases]
            made = self._made[id(spec)] = _StandIn(spec, twins)
        return made

    def lay_down(self, desk: Desk) -> None:
        """Lay down the orders, and that what was looked up by them is forgotten."""
        for spec in self._below.values():
            order = self.of(spec)
            if not is_same(order, spec.__sro__):
                desk.set(spec, "__sro__", order)
                desk.set(spec, "__iro__", self.interfaces(spec))
                desk.set(spec, "_implied", dict.fromkeys(order, ()))
            forget = partial(object.__setattr__, spec, "_v_attrs", None)
            desk.do(forget, forget)
            if is_a(spec, "Implements"):
                forget = partial(vars(spec).pop, "_super_cache", None)
                desk.do(forget, forget)


def settle(specs: Iterable[Any]) -> None:
    """Mend what the pass could not foresee; others mostly find nothing to do.

    A specification made while the release was prepared, or declared anew between
    commit and undo, computes itself; those who are told of changes are told. But not
    lookups: they have forgotten all in the pass, and one that is told lets go of its
    subscriptions, even for an answer that another thread has just been given.
    """
    for one in list(below(specs)):
        if not is_a(one, "SpecificationBase"):
            if not is_lookup(one):
                one.changed(None)
        elif not is_same(tuple(one._calculate_sro()), one.__sro__):  # noqa: SLF001 - as above
            one.changed(one)


def is_lookup(dependent: object) -> bool:
    """Say whether somebody who is told of changes is a lookup of a registry."""
    base: Any = getattr(sys.modules.get("zope.interface.adapter"), "LookupBase", ())
    return isinstance(dependent, base)


def below(specs: Iterable[Any]) -> Iterator[Any]:
    """Give specifications, and all that is told of their changes, each once."""
    waiting = list(specs)
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            table = getattr(one, "_dependents", None)
            waiting += [] if table is None else list(table.keys())


def is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Say whether two tuples hold the same objects."""
    return len(one) == len(other) and all(map(operator.is_, one, other))


def _untwinned(one: Any) -> Any:  # noqa: ANN401 - a stand-in, or a spec
    return one.spec if isinstance(one, _StandIn) else one
