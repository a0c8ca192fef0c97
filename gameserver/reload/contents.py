"""What is in a container: copied, compared and put back exactly, by C alone.

A container counts as the type of C that it is or derives from: what an author's
subclass overrides is passed by, so nothing of the game runs. ``OrderedDict`` comes
before ``dict``, for it keeps an order of its own.
"""

from __future__ import annotations

import operator
from array import array
from collections import OrderedDict, deque
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import mro_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Act = Callable[[], object]

_ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one type of C is copied (to a plain dict, list, set, or bytes) and filled.

    ``fill``: C-level calls that give a container such content.
    """

    copy: Callable[[Any], Any]
    fill: Callable[[Any, Any], list[Act]]


def _ordered(table: Any) -> dict[Any, Any]:  # noqa: ANN401 - an OrderedDict
    return dict(list(OrderedDict.items(table)))


def _fill_ordered(table: Any, content: dict[Any, Any]) -> list[Act]:  # noqa: ANN401 - as above
    # One by one: its update() would call a subclass's __setitem__.
    pairs = (repeat(table), list(content), list(content.values()))
    store: Act = partial(deque, map(OrderedDict.__setitem__, *pairs), 0)
    return [partial(OrderedDict.clear, table), store]


def _fill_bytes(table: Any, content: bytes) -> list[Act]:  # noqa: ANN401 - an array
    clear = partial(array.__delitem__, table, _ALL)
    return [clear, partial(array.frombytes, table, content)]


def _items(table: Any) -> list[Any]:  # noqa: ANN401 - a deque; its copy() would call the subclass
    return next(map(list, map(deque.__iter__, (table,))))  # one call; see items_of


def _refilled(clear: Any, add: Any) -> Callable[[Any, Any], list[Act]]:  # noqa: ANN401 - methods of C
    return lambda table, new: [partial(clear, table), partial(add, table, new)]


def _replaced(store: Any) -> Callable[[Any, Any], list[Act]]:  # noqa: ANN401 - as above
    return lambda table, new: [partial(store, table, _ALL, new)]


def _bytes(table: Any) -> bytearray:  # noqa: ANN401 - a bytearray
    return bytearray.__getitem__(table, _ALL)


KINDS: dict[type, Kind] = {
    OrderedDict: Kind(_ordered, _fill_ordered),
    dict: Kind(dict.copy, _refilled(dict.clear, dict.update)),
    list: Kind(list.copy, _replaced(list.__setitem__)),
    set: Kind(set, _refilled(set.clear, set.update)),  # copy() would make a subclass's
    deque: Kind(_items, _refilled(deque.clear, deque.extend)),
    bytearray: Kind(_bytes, _replaced(bytearray.__setitem__)),
    array: Kind(array.tobytes, _fill_bytes),
}


def kind_of(owner: type) -> Kind | None:
    """Give the kind of container that a type is, None if it is none."""
    bases = (base for base in mro_of(owner) if type(base) is type)  # it hashes as such
    return next((KINDS[base] for base in bases if base in KINDS), None)


def is_same(one: Any, other: Any) -> bool:  # noqa: ANN401 - two copies of one container
    """Say whether two contents are the same objects, in the same order."""
    if len(one) != len(other):
        return False
    if isinstance(one, dict):
        return all(map(operator.is_, one, other)) and all(
            map(operator.is_, one.values(), other.values())
        )
    if isinstance(one, set):
        return set(map(id, one)) == set(map(id, other))
    if isinstance(one, list):
        return all(map(operator.is_, one, other))
    return bool(one == other)


_HASHED_BY_C = frozenset(map(id, (str, int, bytes, float, bool, type(None))))


def are_found_alike(one: Any, other: Any) -> bool:  # noqa: ANN401 - two contents that are the same
    """Say whether keys lie under the same hashes: an author's class may get another.

    Tables compare by the hashes that they keep, and objects by identity first. Only two
    keys of one hash ask a class of an author, which may raise.
    """
    if not isinstance(one, (dict, set)):
        return True
    if _HASHED_BY_C.issuperset(map(id, map(type, one))):
        return True
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - an author's __eq__ may raise anything
        return True


def run(acts: list[Act]) -> None:
    """Do them in one pass of C: no thread sees a module without its names."""
    deque(map(operator.call, acts), maxlen=0)
