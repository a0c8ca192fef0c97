"""Strategies that the laws of the pure floor are tried with."""

from __future__ import annotations

import enum
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, cycle, repeat, starmap, zip_longest
from types import UnionType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable


def law(*args, **kw):
    """Try a test with many values; a slow machine is no failure."""
    return lambda test: settings(deadline=None)(given(*args, **kw)(test))


class Typed(NamedTuple):
    """A declared type, and values of exactly that type."""

    hint: Any
    values: st.SearchStrategy[Any]


class Mood(enum.StrEnum):
    CALM = "calm"
    WILD = "wild"


@dataclass
class Item:
    name: str
    weight: float = 1.0
    marks: list[int] = field(default_factory=list)


class Spot(msgspec.Struct):
    x: int
    y: int | None = None


small = st.integers(-3, 3)
integers = st.integers(-(2**63), 2**63 - 1) | small
floats = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=8)
items = st.builds(Item, texts, floats, st.lists(small, max_size=3))
spots = st.builds(Spot, small, st.none() | small)

SORTABLE = [
    Typed(int, integers),
    Typed(str, texts),
    Typed(bool, st.booleans()),
    Typed(float, floats),
    Typed(bytes, st.binary(max_size=8)),
    Typed(Mood, st.sampled_from(Mood)),
    Typed(date, st.dates()),
    Typed(UUID, st.uuids()),
]
SCALARS = [
    *SORTABLE,
    Typed(int | None, st.none() | integers),
    Typed(float | None, st.none() | floats),
    Typed(int | str, integers | texts),
    Typed(Item, items),
    Typed(Spot, spots),
]
KEYS = [one for one in SORTABLE if one.hint not in (bool, bytes)]


def _containers(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    def listed(one):
        return Typed(list[one.hint], st.lists(one.values, max_size=3))

    def in_tuple(one):
        return Typed(tuple[one.hint, ...], st.lists(one.values, max_size=3).map(tuple))

    def paired(pair):
        first, second = pair
        hint = tuple[first.hint, second.hint]
        return Typed(hint, st.tuples(first.values, second.values))

    def keyed(pair):
        key, one = pair
        values = st.dictionaries(key.values, one.values, max_size=3)
        return Typed(dict[key.hint, one.hint], values)

    return (
        inner.map(listed)
        | inner.map(in_tuple)
        | st.tuples(inner, inner).map(paired)
        | st.tuples(st.sampled_from(KEYS), inner).map(keyed)
    )


def _a_set(one):
    return Typed(set[one.hint], st.sets(one.values, max_size=4))


sets = st.sampled_from(SORTABLE).map(_a_set)
typed = st.recursive(st.sampled_from(SCALARS) | sets, _containers, max_leaves=4)
"""Declared types, nested, each with values of it."""

json_values = st.recursive(
    st.none() | st.booleans() | integers | floats | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=6,
)


def circular() -> list[Any]:
    """Give a list that holds itself."""
    ring: list[Any] = []
    ring.append([ring])
    return ring


def nested(levels: int) -> list[Any]:
    """Give a list in a list in a list."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def doubled(times: int) -> list[Any]:
    """Give a list that shares its parts, so that to walk it takes 2**times steps."""
    value: list[Any] = [1, 1]
    for _ in range(times):
        value = [value, value]
    return value


odd_values = st.sampled_from(
    [
        *(float("nan"), float("inf"), 2**64, -(2**63) - 1, 2**70, 1j),
        *("\ud800", b"\xff", "x" * 40_000, object(), object, len, ...),
        *({1, "a"}, frozenset({(1, 2)}), (1, 2), deque([1]), Item("a"), Spot(1)),
        *({1: 2}, {None: 1}, {(1, 2): 3}, {b"a": 1}, {"\udfff": 1}),
        *(circular(), nested(1000), Mood.CALM, date(2026, 1, 1)),
    ]
)
"""What neither a store nor a peer can do anything with, or not everywhere."""

anything = st.recursive(
    json_values | st.binary(max_size=4) | odd_values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(texts | small, inner, max_size=3)
    ),
    max_leaves=6,
)


def alike(one: object, other: object) -> bool:
    """Say whether two values are equal and of the same types all the way down."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, list | tuple):
        return all(map(alike, one, other))
    if isinstance(one, dict):
        return all(alike(one[key], other[key]) for key in one)
    if isinstance(one, Item):
        return alike(one.__dict__, other.__dict__)
    return True


def rebuilt(value: Any) -> Any:
    """Give an equal value whose dicts and sets were filled in another order."""
    if isinstance(value, list | tuple):
        return type(value)(map(rebuilt, value))
    if isinstance(value, dict):
        return {key: rebuilt(value[key]) for key in reversed(value)}
    if isinstance(value, set):
        members = list(value)
        members.reverse()
        return set(members)
    return value


def fits(value: Any, hint: Any) -> bool:
    """Say whether a value is of a declared type, every part of it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return any(fits(value, one) for one in inner)
    if type(value) is not (origin or hint):
        return False
    if origin is not None:
        return all(starmap(fits, _parts(value, inner)))
    if hint in (Item, Spot):
        hints = get_type_hints(hint)
        return all(fits(getattr(value, name), hints[name]) for name in hints)
    return hint not in MOST or abs(value) <= MOST[hint]


def _parts(value: Any, inner: tuple[Any, ...]) -> Iterable[tuple[Any, Any]]:
    """Give each part of a container beside the type it should have."""
    if isinstance(value, dict):
        return zip(chain(*value.items()), cycle(inner))
    if isinstance(value, tuple) and inner[-1] is not ...:
        return zip_longest(value, inner, fillvalue=...)
    return zip(value, repeat(inner[0]))


MOST = {int: 2**63, float: sys.float_info.max}


def jellied(value: Any) -> Any:
    """Give what a peer sends for a typed value."""
    if type(value) in (list, tuple, set):
        return type(value)(map(jellied, value))
    if type(value) is dict:
        return {jellied(key): jellied(one) for key, one in value.items()}
    if isinstance(value, Mood | date | UUID):
        return str(value)
    if isinstance(value, Item | Spot):
        hints = get_type_hints(type(value))
        return {name: jellied(getattr(value, name)) for name in hints}
    return value
