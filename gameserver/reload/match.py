"""Which of a text's new registrations is which of its old ones.

In a dict the key says so. In a list or set: what holds the same function or class, and
of the others, one of the same class after the other, in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of
from gameserver.reload.puts import held_by
from gameserver.reload.same import ATOMS, content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.reload.puts import Put

    Counterpart = Callable[[Any], Any]
    SameCode = Callable[[Any, Any], bool]
    Written = Iterable[tuple[Any, object, Any]]


_PLAIN = frozenset(ATOMS)


@dataclass(slots=True)
class Matched:
    """Old registrations with what stands for each now; those not made any more."""

    pairs: list[tuple[Put, Any]] = field(default_factory=list)
    gone: list[Put] = field(default_factory=list)
    fresh: list[Any] = field(default_factory=list)
    """Staged values that were not registered before."""


def match(
    puts: Iterable[Put], written: Written, counterpart: Counterpart, same_code: SameCode
) -> Matched:
    """Match what a text had put into tables with what its new version has.

    ``written``: table, key and staged value. ``counterpart``: the live object that a
    staged one is the new version of, None if there is none. ``same_code``: says of two
    codes whether they are one place of a text.
    """
    waiting: dict[int, list[tuple[object, Any]]] = {}
    for table, key, staged in written:
        waiting.setdefault(id(table), []).append((key, staged))
    found = Matched()
    left = list(puts)
    rules = (
        _has_key,
        _is_equal,
        _holds_the_same,
        partial(_is_like_closure, same_code),
        _is_of_one_class,
    )
    for rule in rules:
        left = [
            put
            for put in left
            if not _take(put, waiting.get(id(put.table), []), rule, counterpart, found)
        ]
    found.gone = left
    found.fresh = [staged for one in waiting.values() for _, staged in one]
    return found


def _take(
    put: Put,
    entries: list[tuple[object, Any]],
    rule: Callable[[Put, object, Any, Counterpart], bool],
    counterpart: Counterpart,
    found: Matched,
) -> bool:
    for index, (key, staged) in enumerate(entries):
        if rule(put, key, staged, counterpart):
            found.pairs.append((put, staged))
            del entries[index]
            return True
    return False


def _has_key(put: Put, key: object, staged: Any, counterpart: Counterpart) -> bool:  # noqa: ANN401 - any value of a game
    del staged, counterpart
    return is_of(put.table, dict) and _is_same_key(put.key, key)


def _is_same_key(one: object, other: object) -> bool:
    try:
        return one is other or bool(one == other)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return False


def _is_equal(put: Put, key: object, staged: Any, counterpart: Counterpart) -> bool:  # noqa: ANN401 - as above
    del key, counterpart
    if is_of(put.table, dict) or type(staged) not in _PLAIN:
        return False
    return type(staged) is type(put.value) and bool(staged == put.value)


def _is_like_closure(
    same_code: SameCode,
    put: Put,
    key: object,
    staged: Any,  # noqa: ANN401 - any value of a game
    counterpart: Counterpart,
) -> bool:
    del key
    if is_of(put.table, dict):
        return False
    return is_closure_like(put.value, staged, counterpart, same_code)


def is_closure_like(
    live: object, staged: object, counterpart: Counterpart, same_code: SameCode
) -> bool:
    """Say whether two functions were made by one call of two texts, so to speak.

    ``inner`` of a decorator, say: the same place, and around the same function.
    """
    if not is_of(live, FunctionType) or not is_of(staged, FunctionType):
        return False
    if counterpart(staged) is not None or not same_code(live.__code__, staged.__code__):
        return False
    if live.__code__.co_freevars != staged.__code__.co_freevars:
        return False
    held = [content(cell) for cell in staged.__closure__ or ()]
    there = [content(cell) for cell in live.__closure__ or ()]
    return all(
        (counterpart(one) or one) is other
        for one, other in zip(held, there, strict=True)
        if is_of(one, (type, FunctionType))
    )


def _holds_the_same(
    put: Put,
    key: object,
    staged: Any,  # noqa: ANN401 - any value of a game
    counterpart: Counterpart,
) -> bool:
    del key
    if is_of(put.table, dict):
        return False
    if is_of(staged, MethodType) and is_of(put.value, MethodType):
        method = (staged.__func__, staged.__self__)
        now = (put.value.__func__, put.value.__self__)
        return all(
            a is b or counterpart(a) is b for a, b in zip(method, now, strict=True)
        )
    if counterpart(staged) is put.value:
        return True
    return is_like(put.value, staged, counterpart) and any(
        is_of(one, (type, FunctionType)) and (counterpart(one) or one) is other
        for one, other in zip(held_by(staged), held_by(put.value), strict=False)
    )


def _is_of_one_class(
    put: Put,
    key: object,
    staged: Any,  # noqa: ANN401 - any value of a game
    counterpart: Counterpart,
) -> bool:
    del key
    if is_of(put.table, dict) or is_of(staged, (type, FunctionType)):
        return False
    return counterpart(staged) is None and is_like(put.value, staged, counterpart)


def is_like(live: object, staged: object, counterpart: Counterpart) -> bool:
    """Say whether two objects are instances of one class, in two versions perhaps.

    A number or a text is no object in this sense: it is its value.
    """
    if type(staged) in _PLAIN:
        return False
    owner = counterpart(type(staged)) or type(staged)
    return type(live) is owner and live is not staged
