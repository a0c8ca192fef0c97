"""Generics: type variables stay the same objects, aliases name live classes.

A type variable that the text makes alike again is the live one, so parameters, bases
and annotations made from it compare equal. An alias such as ``Box[int]`` is rebuilt
with live classes in it. The typing library caches aliases by class; those caches are
emptied by each release that has staged any, or they would keep staged classes.
"""

from __future__ import annotations

import operator
import typing
from functools import reduce
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, TypeVarTuple

from gameserver.reload.adapter import Adapter
from gameserver.reload.kinds import is_of, members_of
from gameserver.reload.results import drop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.adapter import Desk, Same, Translate

_VARIABLES = (TypeVar, ParamSpec, TypeVarTuple)
_ALIAS: Any = type(typing.ClassVar[int])  # nobody gives it a public name
_ALIASES = (_ALIAS, GenericAlias, UnionType)
_CLAIMED = (*_VARIABLES, *_ALIASES)
_FACTS = (
    "__name__", "__bound__", "__constraints__", "__covariant__", "__contravariant__",
    "__infer_variance__", "__default__",
)  # fmt: skip


class Generics(Adapter):
    """Claims type variables and aliases."""

    def claims(self, value: object) -> bool:
        """Say whether a value is a type variable or an alias."""
        return issubclass(type(value), _CLAIMED)

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - see Adapter
        """Rebuild an alias with live classes and type variables."""
        if is_of(value, TypeVar):
            return _variable(value, translate)
        if is_of(value, _VARIABLES):
            return value
        args, origin = value.__args__, getattr(value, "__origin__", None)
        fresh, there = tuple(map(translate, args)), translate(origin)
        if there is origin and all(map(operator.is_, fresh, args)):
            return value
        return _rebuilt(value, there, fresh)

    def same(self, old: Any, new: Any, same: Same) -> bool:  # noqa: ANN401 - see Adapter
        """Compare aliases as they compare themselves, variables by what they say."""
        del same
        if is_of(old, _VARIABLES):
            return _is_alike(old, new)
        return bool(old == new)

    def pairs(self, live: Any, staged: Any) -> Iterator[tuple[object, object]]:  # noqa: ANN401 - see Adapter
        """Give the type variables that stay: those of a name, or of a class."""
        if is_of(live, _VARIABLES):
            if _is_alike(live, staged):
                yield live, staged
        elif is_of(live, type):
            yield from _parameters(live, staged)

    def merge_class(self, live: type, staged: type, desk: Desk) -> None:
        """Let the typing library forget staged classes."""
        if "__orig_bases__" in members_of(staged) or "__orig_bases__" in members_of(
            live
        ):
            for clear in typing._cleanups:  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
                drop(clear.__self__, clear, desk)


ADAPTER = Generics()


def _variable(value: Any, translate: Translate) -> object:  # noqa: ANN401 - a TypeVar
    """Give the type variable, or one bound by live classes in place of staged."""
    bound, limits = translate(value.__bound__), translate(value.__constraints__)
    if bound is value.__bound__ and limits is value.__constraints__:
        return value
    kinds = ("covariant", "contravariant", "infer_variance")
    given = {one: True for one in kinds if getattr(value, f"__{one}__", False)}
    if hasattr(value, "has_default") and value.has_default():
        given["default"] = translate(value.__default__)
    make: Any = TypeVar  # its name is in a variable, which a checker forbids
    fresh = make(value.__name__, *limits, bound=bound, **given)
    fresh.__module__ = value.__module__
    return fresh


def _is_alias(value: object) -> bool:
    return is_of(value, _ALIASES)


def _rebuilt(value: Any, origin: Any, args: tuple[Any, ...]) -> object:  # noqa: ANN401 - an alias
    if is_of(value, UnionType):
        return reduce(operator.or_, args)
    if is_of(value, GenericAlias):
        return GenericAlias.__new__(type(value), origin, args)
    fresh = value.copy_with(args)
    if fresh.__origin__ is not origin:
        vars(fresh)["__origin__"] = origin
    return fresh


def _parameters(live: type, staged: type) -> Iterator[tuple[object, object]]:
    for part in ("__type_params__", "__parameters__"):
        known = {one.__name__: one for one in members_of(live).get(part, ())}
        for new in members_of(staged).get(part, ()):
            old = known.get(new.__name__)
            if old is not None and old is not new and _is_alike(old, new):
                yield old, new


def _is_alike(old: object, new: object) -> bool:
    """Say whether two type variables say the same, classes taken by their names."""
    if type(old) is not type(new):
        return False
    try:
        return all(
            repr(getattr(old, fact, None)) == repr(getattr(new, fact, None))
            for fact in _FACTS
        )
    except Exception:  # noqa: BLE001 - a lazy bound runs the author's text
        return False
